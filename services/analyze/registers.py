"""The registers a detector matches against: which state of each counts now, and the people when the engine asks.

Only versions are remembered here, never people: those live prepared in the engine's child, and nowhere else for long.
"""

import time
from typing import Final, Protocol

import structlog

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.analyze.detectors.detector import DetectorInfo, RegisterSnapshot
from services.register.models import Roster, Template
from services.register.reads import SERVED_WITHOUT_REGISTER
from services.shared.errors import DependencyUnavailable, InputRejected

REREAD_SECONDS: Final = 2.0
log = structlog.get_logger()


class Reader(Protocol):
    """What the register offers (services/register/reads.py)."""

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        """Return the current versions."""
        ...

    async def roster(self, school_id: SchoolId) -> Roster:
        """Return pupils, staff and facts."""
        ...

    async def templates(self, school_id: SchoolId) -> tuple[Template, ...]:
        """Return the gallery's templates, opened."""
        ...


class Registers:
    """The schools' registers, as far as one detector needs them."""

    def __init__(self, reader: Reader, detector: DetectorInfo) -> None:
        self._reader = reader
        self._detector = detector
        self._known: dict[SchoolId, tuple[float, RegisterVersions]] = {}

    async def versions(self, school: SchoolId, at_least: RegisterVersions) -> RegisterVersions:
        """Return the versions to match against, read two seconds ago at most and not older than `at_least`.

        Raises:
            DependencyUnavailable: the register does not answer and what is known is too old to be trusted.
        """
        read_at, known = self._known.get(school, (0.0, None))
        age = time.monotonic() - read_at
        if known is not None and age < REREAD_SECONDS and not known.older_than(at_least):
            return known
        try:
            return await self._read_versions(school)
        except DependencyUnavailable:
            if known is None or age > SERVED_WITHOUT_REGISTER.total_seconds() or known.older_than(at_least):
                raise
            return known

    async def snapshot(self, school: SchoolId) -> RegisterSnapshot:
        """Read a school's register as it is now.

        Raises:
            DependencyUnavailable: the register does not answer.
            InputRejected: there is none, or part of it cannot be opened; the message is the reason's code.
        """
        # The versions are read first: a write in between gives newer data under an older version, which is read again.
        versions = await self._read_versions(school)
        try:
            roster = await self._reader.roster(school) if self._detector.needs_roster else None
            templates = await self._reader.templates(school) if self._detector.needs_gallery else ()
        except InputRejected as error:
            log.exception("register_unreadable", school=school)
            raise InputRejected("register_unreadable") from error
        return RegisterSnapshot(school, versions, roster, templates)

    async def _read_versions(self, school: SchoolId) -> RegisterVersions:
        asked_at = time.monotonic()
        versions = await self._reader.versions(school)
        self._known[school] = (asked_at, versions)
        return versions
