"""Looks at what has waited too long: findings held back, checks without an answer, answers without a check."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.casebook import operations
from services.casebook.checks import ledger, waiting
from services.casebook.checks.check import Check, PostKey, checks_of_revision
from services.casebook.checks.waiting import OrphanAnswer, WaitingCheck
from services.notify.assess import COLLECT_SECONDS, Assess, Effects
from services.notify.profiles import Profiles
from services.policy.profile import Profile
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

BATCH: Final = 100
ORPHAN_SECONDS: Final = 600.0
BEHIND_SECONDS: Final = 120.0
"""After an outage of ours the answers come behind the checks, a hundred events a second."""
Waiting = TypeVar("Waiting", WaitingCheck, OrphanAnswer)
log = structlog.get_logger()


class Overdue:
    """Each method does up to a batch of one kind of work and returns how much; one post, one transaction."""

    def __init__(self, database: Database, profiles: Profiles, assess: Assess, clock: Clock) -> None:
        self._database = database
        self._profiles = profiles
        self._assess = assess
        self._clock = clock

    async def release(self) -> int:
        """Raise what was found by checks that are open for longer than findings are held back."""
        before = self._clock.now() - timedelta(seconds=COLLECT_SECONDS)
        async with self._database.reading() as connection:
            checks = await waiting.held_back(connection, before, BATCH)
            metrics.CHECKS_OPEN.set(await waiting.open_checks(connection))
        return await self._each(checks, self._release)

    async def end_overdue(self) -> int:
        """End the checks whose deadline has passed.

        A check that was recorded late itself, after an outage of ours, first gets the time to be answered: its answers
        may have been given long ago, and not be read yet.
        """
        now = self._clock.now()
        async with self._database.reading() as connection:
            recorded_before = now - timedelta(seconds=BEHIND_SECONDS)
            checks = await waiting.past_deadline(connection, now, recorded_before, BATCH)
        return await self._each(checks, self._end)

    async def report_orphans(self) -> int:
        """Tell operations of answers to checks that never came."""
        before = self._clock.now() - timedelta(seconds=ORPHAN_SECONDS)
        async with self._database.reading() as connection:
            orphans = await waiting.orphans(connection, before, BATCH)
        return await self._each(orphans, self._report)

    async def _each(
        self,
        found: tuple[Waiting, ...],
        do: Callable[[AsyncConnection, Profile, Waiting, datetime], Awaitable[Effects]],
    ) -> int:
        done = 0
        for one in found:
            key: PostKey = one.key
            try:
                profile = await self._profiles.of(key.school_id)
            except InputRejected:
                log.exception("school_unknown", school_id=key.school_id, post_id=key.post_id)
                continue
            async with self._database.transaction() as connection:
                await ledger.lock_post(connection, key.school_id, key.post_id, one.revision_no)
                effects = await do(connection, profile, one, self._clock.now())
            effects.count()
            done += 1
        return done

    async def _release(self, connection: AsyncConnection, profile: Profile, one: WaitingCheck, at: datetime) -> Effects:
        await ledger.set_collected(connection, await _check(connection, one))
        return await self._assess.revision(connection, profile, one.key.school_id, one.key.post_id, one.revision_no, at)

    async def _end(self, connection: AsyncConnection, profile: Profile, one: WaitingCheck, at: datetime) -> Effects:
        return await self._assess.overdue(connection, profile, await _check(connection, one), at)

    async def _report(self, connection: AsyncConnection, profile: Profile, one: OrphanAnswer, at: datetime) -> Effects:
        effects = Effects()
        missing = operations.decision([operations.POST_MISSING])
        await self._assess.announce(connection, profile, one.key, missing, at, effects)
        await waiting.set_reported(connection, one)
        return effects


async def _check(connection: AsyncConnection, one: WaitingCheck) -> Check:
    checks = await checks_of_revision(connection, one.key.school_id, one.key.post_id, one.revision_no)
    return next(check for check in checks if check.check_id == one.check_id)
