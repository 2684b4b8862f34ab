"""Takes what schools change in their registers: what shows a pupil who must not be shown any more is to come down."""

import structlog

from schemas.status import RegisterChange
from services.casebook import tasks
from services.casebook.checks import ledger
from services.notify.profiles import Profiles
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

log = structlog.get_logger()


class Changes:
    """Handles the events of the topic `register.changes`; a repeated one finds everything done."""

    def __init__(self, database: Database, profiles: Profiles, clock: Clock) -> None:
        self._database = database
        self._profiles = profiles
        self._clock = clock

    async def changed(self, change: RegisterChange) -> None:
        """Keep the change, and open a task for each post that shows one of its pupils: one post, one transaction.

        An answer that is written at the same moment may miss the change, and this the answer; the recheck that the
        change causes makes up for it.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer; the rest is done when it is repeated.
        """
        async with self._database.transaction() as connection:
            await tasks.remember(connection, change)
            posts = await tasks.posts_showing(connection, change)
        for school, post in posts:
            try:
                profile = await self._profiles.of(school)
            except InputRejected:
                log.exception("school_unknown", school_id=school, post_id=post)
                continue
            async with self._database.transaction() as connection:
                await ledger.lock_post(connection, school, post, 0)
                await tasks.open_takedowns(connection, profile, school, post, self._clock.now())
