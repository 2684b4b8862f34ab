"""Pure: which detectors must look again after a change of a register, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.categories import DETAILS, FACES
from schemas.post import RegisterVersions
from schemas.status import RegisterChange

AT_ONCE: Final = "at_once"
WHEN_QUIET: Final = "when_quiet"
QUIET: Final = timedelta(minutes=10)
"""A register is rarely changed by one pupil only: additions wait until nothing has followed for so long ..."""
LONGEST_WAIT: Final = timedelta(minutes=60)
"""... and no longer than this after the first of them."""
_NEEDS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "photo_consent_withdrawn": (AT_ONCE, frozenset({DETAILS, FACES})),
    "name_consent_withdrawn": (AT_ONCE, frozenset({DETAILS})),
    "enrolled": (WHEN_QUIET, frozenset({FACES})),
    "joined": (WHEN_QUIET, frozenset({DETAILS})),
    "renamed": (WHEN_QUIET, frozenset({DETAILS})),
}
"""What only takes something away (a consent given, a pupil who left, a face no longer looked for) needs no recheck."""


@dataclass(frozen=True, slots=True)
class Need:
    """A recheck to come: by which detectors, with which register at least, since when it is needed, when it begins."""

    detectors: frozenset[str]
    versions: RegisterVersions
    first_at: datetime
    due_at: datetime

    def joined_with(self, other: "Need") -> "Need":
        """Return the one recheck that does for both. In whatever order changes are joined, the result is the same."""
        first_at = min(self.first_at, other.first_at)
        return Need(
            detectors=self.detectors | other.detectors,
            versions=_newest(self.versions, other.versions),
            first_at=first_at,
            due_at=min(max(self.due_at, other.due_at), first_at + LONGEST_WAIT),
        )


def needs(change: RegisterChange) -> dict[str, Need]:
    """Return the rechecks that a change of a register makes necessary, by urgency; often none."""
    detectors: dict[str, frozenset[str]] = {}
    for pupil in change.pupils:
        if pupil.what in _NEEDS:
            urgency, by = _NEEDS[pupil.what]
            detectors[urgency] = detectors.get(urgency, frozenset()) | by
    at = change.changed_at
    wait = {AT_ONCE: timedelta(), WHEN_QUIET: QUIET}
    return {urgency: Need(by, change.versions, at, at + wait[urgency]) for urgency, by in detectors.items()}


def _newest(one: RegisterVersions, other: RegisterVersions) -> RegisterVersions:
    names = RegisterVersions.model_fields
    return RegisterVersions(**{name: max(getattr(one, name), getattr(other, name)) for name in names})
