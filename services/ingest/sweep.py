"""Looks up again what was read before: a post that is not there twice was deleted, one that changed was edited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.ingest.connectors.connector import Budget, Observation
from services.ingest.connectors.errors import PermissionMissing, PlatformError, RateLimited, TokenRejected
from services.ingest.deletions import Deletions, LookedUp, LookUp
from services.ingest.polling.connections import Connections
from services.ingest.polling.lease import Lease, LeaseLost
from services.ingest.polling.pace import SLOW_FROM
from services.ingest.polling.record import Changes, Recorder
from services.ingest.writes import RevisionConflict
from services.register.models import Account
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.errors import DependencyUnavailable

BATCH: Final = 100
BACK_OFF: Final = timedelta(minutes=5)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often a live post is looked up, and how soon again one that was not there."""

    regular: timedelta
    confirmation: timedelta


class Sweep:
    """Looks the posts of the accounts that are polled here up, some at a time, and records what became of them.

    `stored` is called after a deletion was recorded.
    """

    def __init__(
        self,
        connections: Connections,
        recorder: Recorder,
        deletions: Deletions,
        accounts: Callable[[], Mapping[str, Account]],
        clock: Clock,
        intervals: Intervals,
        stored: Callable[[], None],
    ) -> None:
        self._connections = connections
        self._recorder = recorder
        self._deletions = deletions
        self._accounts = accounts
        self._clock = clock
        self._intervals = intervals
        self._stored = stored
        self._parked: dict[str, datetime] = {}
        self._told: set[str] = set()

    async def round(self) -> int:
        """Look one batch of each account up and return how many posts that were.

        Raises:
            DependencyUnavailable: the database, the register or the content store does not answer.
        """
        count = 0
        self._forget_others()
        for account in list(self._accounts().values()):
            now = self._clock.now()
            if self._parked.get(account.account_id, now) <= now:
                count += await self._attempt(account)
            await self._tell_age(account)
        return count

    async def _attempt(self, account: Account) -> int:
        try:
            return await self._look_up(account)
        except PlatformError as error:
            await self._failed(account, error)
        except (LeaseLost, RevisionConflict) as error:
            log.info("look_up_repeated", account=account.account_id, code=error.code)
        except DependencyUnavailable:
            raise
        except Exception:  # the boundary of an account: the others go on
            log.exception("look_up_failed", account=account.account_id)
            self._parked[account.account_id] = self._clock.now() + BACK_OFF
        return 0

    async def _failed(self, account: Account, error: PlatformError) -> None:
        """Leave the account alone for a while: nothing is concluded from a failure."""
        log.warning("not_looked_up", account=account.account_id, code=error.code)
        retry_at = error.retry_at if isinstance(error, RateLimited) else self._clock.now() + BACK_OFF
        self._parked[account.account_id] = retry_at
        if isinstance(error, TokenRejected | PermissionMissing):
            await self._connections.drop(account.account_id)

    async def _look_up(self, account: Account) -> int:
        lease = await self._recorder.storage.leases.acquire(account.account_id, account.school_id)
        if lease is None:
            return 0
        now = self._clock.now()
        confirming = now - self._intervals.confirmation
        due = await self._deletions.due(
            account.account_id, seen_before=now - self._intervals.regular, absent_before=confirming, limit=BATCH
        )
        if not due:
            return 0
        deciding = any(post.absent_at is not None for post in due)
        connector = await self._connections.get(account.account_id, validated=deciding)
        if self._is_short(account, connector.budget):
            return 0
        found = await connector.lookup([post.object_id for post in due])
        if not found:  # are all of them withheld, or is it the whole account?
            await self._connections.get(account.account_id, validated=True)
        await self._record(account, lease, due, found)
        for post in due:
            if post.absent_at is not None and post.absent_at <= confirming and _is_absent(found, post):
                await self._delete(account, lease, post)
        self._is_short(account, connector.budget)
        return len(due)

    async def _record(
        self, account: Account, lease: Lease, due: list[LookUp], found: Mapping[str, Observation | None]
    ) -> None:
        there = {post.post_id: shown for post in due if (shown := found.get(post.object_id)) is not None}
        answer = LookedUp(
            there=there.keys(),
            absent=[post.post_id for post in due if _is_absent(found, post)],
            unknown=[post.post_id for post in due if post.object_id not in found],
            alone=[post_id for post_id, shown in there.items() if shown.parent_text is None],
        )

        async def commit(changes: Changes) -> None:
            await self._deletions.record(lease, answer, changes.new)

        rules = await self._recorder.rules(account)
        await self._recorder.record(rules, list(there.values()), commit, always=True)

    async def _delete(self, account: Account, lease: Lease, post: LookUp) -> None:
        if await self._deletions.delete(lease, post):
            metrics.REVISIONS.labels(account.platform, "deleted").inc()
            self._stored()

    def _is_short(self, account: Account, budget: Budget | None) -> bool:
        """Tell whether what is left of the allowance is for live posts, and park the account until there is more."""
        if budget is None or budget.used < SLOW_FROM:
            return False
        self._parked[account.account_id] = budget.resets_at
        return budget.resets_at > self._clock.now()

    def _forget_others(self) -> None:
        """Leave it to the process that polls an account now to say how long its posts have waited."""
        for account_id in self._told - self._accounts().keys():
            metrics.LOOK_UP_AGE.remove(account_id)
            self._told.remove(account_id)

    async def _tell_age(self, account: Account) -> None:
        oldest = await self._deletions.oldest(account.account_id)
        age = self._clock.now() - oldest if oldest else timedelta()
        metrics.LOOK_UP_AGE.labels(account.account_id).set(age.total_seconds())
        self._told.add(account.account_id)


def _is_absent(found: Mapping[str, Observation | None], post: LookUp) -> bool:
    return post.object_id in found and found[post.object_id] is None
