"""Deletes what drafts were made of once it is old or nobody's: texts and pictures; what was decided on them stays."""

from datetime import datetime, timedelta
from typing import Final

from services.casebook import drafts
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.database import Database

KEPT: Final = timedelta(days=30)
LOOKS_BACK: Final = timedelta(days=90)
"""How long this may not have run, and still nothing stays."""
UNRECORDED: Final = timedelta(hours=6)
"""No check takes so long: a draft that is not recorded by then was left behind by a process that ended."""
EVERY_SECONDS: Final = 3600.0


class PurgeDrafts:
    """Deletes the blobs of the drafts that became old since the last step, and of those that were never recorded."""

    def __init__(self, casebook: Database, store: ContentStore, clock: Clock) -> None:
        self._casebook = casebook
        self._store = store
        self._clock = clock
        self._until: datetime | None = None

    async def step(self) -> int:
        """Do it once; the next step is due at its time, so this one counts as nothing done.

        Raises:
            DependencyUnavailable: the database or the store does not answer; what is left is tried again.
        """
        await self._delete_old()
        await self._delete_unrecorded()
        return 0

    async def _delete_old(self) -> None:
        until = self._clock.now() - KEPT
        since = self._until or until - LOOKS_BACK
        async with self._casebook.reading() as connection:
            found = await drafts.blobs_checked_between(connection, since, until)
        for blob in found:
            await self._store.delete(blob)
        self._until = until

    async def _delete_unrecorded(self) -> None:
        async with self._casebook.reading() as connection:
            found = await drafts.never_recorded(connection, self._clock.now() - UNRECORDED)
        for left in found:
            for blob in left.blobs:
                await self._store.delete(blob)
            async with self._casebook.transaction() as connection:
                await drafts.release(connection, left.school_id, left.draft_id)
