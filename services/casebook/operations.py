"""What people in operations are told: a detector, a post or a message did not come through."""

from collections.abc import Iterable
from typing import Final

from schemas.categories import SEVERITIES
from services.casebook.checks.check import Check
from services.policy.decide import AudienceDecision

AUDIENCE: Final = "operations"
URGENT: Final = SEVERITIES[1]
MINOR: Final = SEVERITIES[2]
WHOLE_POST: Final = "all"
"""The part that a detector names when it could not look at the post at all."""

DELIVERY_FAILED: Final = "delivery_failed"
DELIVERY_LATE: Final = "delivery_late"
NOBODY_TO_TELL: Final = "nobody_to_tell"
POST_MISSING: Final = "post_missing"
_OVERDUE: Final = "overdue_"
_UNCHECKED: Final = "unchecked_"

_HEADLINES: Final = {
    DELIVERY_FAILED: "A message was refused for good",
    DELIVERY_LATE: "A message could not be sent for a day",
    NOBODY_TO_TELL: "An alert has nobody to go to",
    POST_MISSING: "An answer came for a post that never did",
}


def decision(codes: Iterable[str], severity: str = URGENT) -> AudienceDecision:
    """Make what operations must be told out of codes."""
    return AudienceDecision(
        audience=AUDIENCE,
        severity=severity,
        categories=tuple(sorted(codes)),
        clause_ids=(),
        axis="none",
        nature="none",
        kcsie_area="none",
        finding_ids=(),
    )


def overdue(check: Check) -> AudienceDecision:
    """Say which detectors did not answer in time."""
    return decision(_OVERDUE + detector for detector in check.missing)


def unchecked(check: Check) -> AudienceDecision | None:
    """Say which detectors left something out; urgent when one could not look at all. None when nothing was."""
    if not check.unchecked:
        return None
    whole = any(part.part == WHOLE_POST for parts in check.unchecked.values() for part in parts)
    return decision((_UNCHECKED + detector for detector in check.unchecked), URGENT if whole else MINOR)


def headline(code: str) -> str:
    """Say a code in words."""
    if code.startswith(_OVERDUE):
        return f"The check for {code.removeprefix(_OVERDUE)} did not answer in time"
    if code.startswith(_UNCHECKED):
        return f"The check for {code.removeprefix(_UNCHECKED)} could not look at everything"
    return _HEADLINES.get(code, code)
