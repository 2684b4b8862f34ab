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
STATUS_ABSENT: Final = "status_absent"
BUDGET_SHORT: Final = "budget_short"
NOT_CHECKED: Final = "not_checked_"
GAP: Final = "gap_"
UNKNOWN: Final = "unknown"
_OVERDUE: Final = "overdue_"
_UNCHECKED: Final = "unchecked_"

_HEADLINES: Final = {
    DELIVERY_FAILED: "A message was refused for good",
    DELIVERY_LATE: "A message could not be sent for a day",
    NOBODY_TO_TELL: "An alert has nobody to go to",
    POST_MISSING: "An answer came for a post that never did",
    STATUS_ABSENT: "Nothing is heard of an account: it may not be being checked",
    BUDGET_SHORT: "An account will soon not be checked any more: the platform's budget is nearly used up",
}
_REASONS: Final = {
    "platform_error": "the platform answered with an error",
    "platform_unavailable": "the platform does not answer",
    "rate_limited": "the platform wants fewer requests for now",
    "budget_spent": "the platform's budget is used up",
    "token_rejected": "the token was revoked or has expired",
    "permission_missing": "the token lacks a permission",
    "request_refused": "the platform refuses what is asked of it",
    "media_refused": "the platform does not give the attachments",
    "misconfigured": "its settings are wrong",
    "dependency_unavailable": "a part of Schoolgate does not answer",
    "not_read_yet": "it has not been read yet",
    "not_read": "it has not been read to the end for too long",
    "failed": "reading it failed",
    "unread_over_7_days": "the platform gives no posts older than seven days",
    "comments_beyond_reach": "the platform does not give all comments below a post",
    STATUS_ABSENT: "no word comes from the program that reads it",
    BUDGET_SHORT: "the platform's budget is nearly used up",
    UNKNOWN: "the reason is not known",
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
    if code.startswith(NOT_CHECKED):
        return f"An account is not being checked: {reason(code)}"
    if code.startswith(GAP):
        return f"Posts on an account may have been missed: {reason(code)}"
    return _HEADLINES.get(code, code)


def reason(code: str) -> str:
    """Say in words why an account is not read as it should be; a code without words names itself."""
    bare = code.removeprefix(NOT_CHECKED).removeprefix(GAP)
    return _REASONS.get(bare, bare.replace("_", " "))
