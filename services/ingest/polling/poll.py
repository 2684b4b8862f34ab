"""One reading of one stream: lease, pages, revisions, blobs, commit; every failure ends in an outcome."""

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.ingest.connectors.connector import Budget, Page
from services.ingest.connectors.errors import PermissionMissing, PlatformError, RateLimited, TokenRejected
from services.ingest.polling.connections import Connections
from services.ingest.polling.lease import Lease, LeaseLost
from services.ingest.polling.record import Changes, Recorder
from services.ingest.revise import CheckRules
from services.ingest.status import OK, Reading, StatusBoard
from services.ingest.writes import RevisionConflict
from services.register.models import Account
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.errors import DependencyUnavailable, SchoolgateError
from services.shared.process import Stop

HELD_ELSEWHERE: Final = "held_elsewhere"
OURS_UNAVAILABLE: Final = "dependency_unavailable"
THREADS_REACH: Final = timedelta(days=7)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reading ended: `ok`, `held_elsewhere` or an error's code; `new` counts revisions.

    `read_at` is when a reading began that came to the stream's end.
    """

    code: str
    new: int = 0
    budget: Budget | None = None
    retry_at: datetime | None = None
    read_at: datetime | None = None


class Poller:
    """Reads streams."""

    def __init__(self, connections: Connections, recorder: Recorder, status: StatusBoard, clock: Clock) -> None:
        self._connections = connections
        self._recorder = recorder
        self._storage = recorder.storage
        self._status = status
        self._clock = clock

    async def poll(self, account: Account, stream: str, stop: Stop) -> Outcome:
        """Read what is new on a stream until its end or `stop`; never raises.

        A gap is declared once, at the end: a reading that is cut short is repeated, and finds it again.
        """
        with metrics.POLL_SECONDS.labels(account.platform, stream).time():
            try:
                outcome = await self._read(account, stream, stop)
            except Exception as error:  # noqa: BLE001  # the boundary of an account: the others go on
                outcome = await self._failed(account, error)
        metrics.POLLS.labels(account.platform, stream, outcome.code).inc()
        if outcome.code == OK:
            metrics.LAST_POLL.labels(account.account_id, stream).set(self._clock.now().timestamp())
        elif outcome.code != HELD_ELSEWHERE:
            log.warning("not_polled", account=account.account_id, stream=stream, code=outcome.code)
        await self._note(account, stream, outcome)
        return outcome

    async def _note(self, account: Account, stream: str, outcome: Outcome) -> None:
        if outcome.code in (HELD_ELSEWHERE, LeaseLost.code):
            return  # the process that polls the account now says how it is
        used = outcome.budget.used if outcome.budget else None
        try:
            await self._status.note(account, Reading(stream, outcome.code, outcome.read_at, used))
        except DependencyUnavailable as error:
            log.warning("status_not_kept", account=account.account_id, exc_info=error)

    async def _failed(self, account: Account, error: Exception) -> Outcome:
        if isinstance(error, TokenRejected | PermissionMissing):
            await self._connections.drop(account.account_id)
        match error:
            case RateLimited():
                return Outcome(error.code, retry_at=error.retry_at)
            case PlatformError() | LeaseLost() | RevisionConflict():
                return Outcome(error.code)
            case DependencyUnavailable():
                return Outcome(OURS_UNAVAILABLE)
        log.error("poll_failed", account=account.account_id, exc_info=error)
        return Outcome("misconfigured" if isinstance(error, SchoolgateError) else "failed")

    async def _read(self, account: Account, stream: str, stop: Stop) -> Outcome:
        reader, begun = self._storage.reader, self._clock.now()
        lease = await self._storage.leases.acquire(account.account_id, account.school_id)
        if lease is None:
            return Outcome(HELD_ELSEWHERE)
        connector = await self._connections.get(account.account_id)
        rules = await self._recorder.rules(account)
        cursor = await reader.cursor(account.account_id, stream)
        threads = await reader.threads(account.account_id, self._clock.now() - THREADS_REACH)
        new, budget, read_at, gap = 0, None, None, None
        async with contextlib.aclosing(connector.poll(stream, cursor, threads=threads)) as pages:
            async for page in pages:
                gap = gap or page.gap
                new += await self._store(lease, stream, replace(page, gap=None if page.more else gap), rules)
                budget = page.budget
                read_at = None if page.more else begun
                if stop.is_set():
                    break
        if budget is not None:
            metrics.PLATFORM_BUDGET.labels(account.account_id).set(budget.used)
        return Outcome(OK, new, budget, read_at=read_at)

    async def _store(self, lease: Lease, stream: str, page: Page, rules: CheckRules) -> int:
        if page.gap is not None:
            log.error("gap", account=lease.account_id, stream=stream, code=page.gap)

        async def commit(changes: Changes) -> None:
            await self._storage.writer.store_page(lease, stream, page, changes.new, changes.returned)

        return await self._recorder.record(rules, page.posts, commit, always=not page.more)
