"""Comes back to the official posts whose comparison with the approved drafts had to wait."""

from typing import Final

import structlog

from services.casebook.approvals import live
from services.casebook.approvals.live import DueRevision
from services.casebook.checks import ledger
from services.notify.assess import Assess
from services.notify.profiles import Profiles
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

BATCH: Final = 100
log = structlog.get_logger()


class Approvals:
    """Compares a post with the drafts once no approval that counts can come any more; one post, one transaction."""

    def __init__(self, database: Database, profiles: Profiles, assess: Assess, clock: Clock) -> None:
        self._database = database
        self._profiles = profiles
        self._assess = assess
        self._clock = clock

    async def settle(self) -> int:
        """Compare up to a batch of posts, and return how many.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer.
        """
        async with self._database.reading() as connection:
            due = await live.due(connection, self._clock.now(), BATCH)
        return sum([await self._compare(one) for one in due])

    async def _compare(self, one: DueRevision) -> bool:
        key = one.key
        try:
            profile = await self._profiles.of(key.school_id)
        except InputRejected:
            log.exception("school_unknown", school_id=key.school_id, post_id=key.post_id)
            return False
        async with self._database.transaction() as connection:
            await ledger.lock_post(connection, key.school_id, key.post_id, one.revision_no)
            effects = await self._assess.revision(
                connection, profile, key.school_id, key.post_id, one.revision_no, self._clock.now()
            )
        effects.count()
        return True
