"""Deletes what drafts were made of once it is old: their text and pictures; what was decided on them stays."""

from datetime import datetime, timedelta
from typing import Final

from services.casebook import drafts
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.database import Database

KEPT: Final = timedelta(days=30)
LOOKS_BACK: Final = timedelta(days=90)
"""How long this may not have run, and still nothing stays."""
EVERY_SECONDS: Final = 3600.0


class PurgeDrafts:
    """Deletes the blobs of the drafts that became old since the last step."""

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
        until = self._clock.now() - KEPT
        since = self._until or until - LOOKS_BACK
        async with self._casebook.reading() as connection:
            found = await drafts.blobs_checked_between(connection, since, until)
        for blob in found:
            await self._store.delete(blob)
        self._until = until
        return 0
