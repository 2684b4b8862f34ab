"""Takes posts and analyses of both lanes, in any order and any number of times: one event, one transaction."""

from schemas.analysis import Analysis
from schemas.events import CheckEvent
from schemas.post import Post
from services.casebook.checks import ledger
from services.casebook.tasks import open_takedowns
from services.notify.assess import Assess, Effects
from services.notify.profiles import Profiles
from services.shared.clock import Clock
from services.shared.database import Database


class Intake:
    """Handles the events of the topics `posts` and `analyses`, and of their backfill lanes."""

    def __init__(self, database: Database, profiles: Profiles, assess: Assess, clock: Clock) -> None:
        self._database = database
        self._profiles = profiles
        self._assess = assess
        self._clock = clock

    async def post(self, post: Post) -> None:
        """Record a check, and judge what was already answered to it.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer; nothing was written.
            InputRejected: there is no such school.
        """
        await self._take(post)

    async def analysis(self, analysis: Analysis) -> None:
        """Record an answer, and judge it once its check is known.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer; nothing was written.
            InputRejected: there is no such school.
        """
        await self._take(analysis)

    async def _take(self, event: CheckEvent) -> None:
        profile = await self._profiles.of(event.school_id)
        at = self._clock.now()
        effects = Effects()
        async with self._database.transaction() as connection:
            if await ledger.record(connection, event, at):
                effects = await self._assess.revision(
                    connection, profile, event.school_id, event.post_id, event.revision_no, at
                )
                await open_takedowns(connection, profile, event.school_id, event.post_id, at)
        effects.count()
