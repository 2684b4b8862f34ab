"""Reads the back catalogue of accounts that are audited: one page at a time, after the account's own polls."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog

from services.ingest.backfill.again import AUDIT, Again, Run
from services.ingest.backfill.audit_runs import AuditRuns, Progress
from services.ingest.backfill.live_posts import has_room
from services.ingest.connectors.connector import Budget, Page
from services.ingest.connectors.errors import PermissionMissing, PlatformError, RateLimited, TokenRejected
from services.ingest.polling.connections import Connections
from services.ingest.polling.lease import Lease, LeaseLost
from services.ingest.polling.record import Changes, Recorder
from services.ingest.writes import RevisionConflict
from services.register.models import Account, Audit
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.errors import DependencyUnavailable
from services.shared.fingerprint import text_ref

AT_ONCE: Final = 4
SHARE: Final = 0.5
"""So much of a platform's allowance may be used before an audit leaves the rest to what is live."""
FIRST_BACK_OFF: Final = timedelta(seconds=30)
LONGEST_BACK_OFF: Final = timedelta(minutes=15)
log = structlog.get_logger()


class AuditRegister(Protocol):
    """What ingest does with the audits in the register; every method may raise DependencyUnavailable."""

    async def running(self) -> Sequence[Audit]:
        """Return the audits to go on with."""
        ...

    async def report(self, run_id: str, *, posts_read: int, read_to_the_end: bool) -> None:
        """Record how far ingest has read."""
        ...


class Polled(Protocol):
    """What is polled by this process."""

    def accounts(self) -> Mapping[str, Account]:
        """Return the accounts by their ids."""
        ...

    def turn(self, account_id: str) -> asyncio.Lock | None:
        """Return what one reading of the account at a time holds; None while the account must be left alone."""
        ...


@dataclass(frozen=True, slots=True)
class _Wait:
    """An audit that failed `failures` times in a row is left alone `until` then."""

    until: datetime
    failures: int


class AuditReader:
    """Goes on with the audits that run."""

    def __init__(
        self,
        register: AuditRegister,
        polled: Polled,
        connections: Connections,
        recorder: Recorder,
        runs: AuditRuns,
        clock: Clock,
    ) -> None:
        self._register = register
        self._polled = polled
        self._connections = connections
        self._recorder = recorder
        self._runs = runs
        self._clock = clock
        self._waits: dict[str, _Wait] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def round(self) -> int:
        """Read the next page of each running audit whose account is polled here and not being read.

        Return 0: however much there is left to read, an audit takes its time.

        Raises:
            DependencyUnavailable: the database, the register or the content store does not answer.
        """
        running = await self._register.running()
        metrics.AUDITS_RUNNING.set(len(running))
        self._waits = {audit.run_id: self._waits[audit.run_id] for audit in running if audit.run_id in self._waits}
        results = await asyncio.gather(*(self._go_on(audit) for audit in running), return_exceptions=True)
        for error in results:
            if isinstance(error, BaseException):
                raise error
        return 0

    async def _go_on(self, audit: Audit) -> None:
        account, turn = self._polled.accounts().get(audit.account_id), self._polled.turn(audit.account_id)
        wait = self._waits.get(audit.run_id)
        if account is None or turn is None or turn.locked() or (wait and wait.until > self._clock.now()):
            return
        async with turn, self._turns:
            try:
                await self._read(audit, account)
            except Exception as error:  # noqa: BLE001  # the boundary of an audit: the others go on
                await self._failed(audit, error)
            else:
                self._waits.pop(audit.run_id, None)

    async def _read(self, audit: Audit, account: Account) -> None:
        storage = self._recorder.storage
        lease = await storage.leases.acquire(account.account_id, account.school_id)
        if lease is None or not await has_room(self._runs.database):
            return
        progress = await self._runs.progress(audit.run_id)
        if not progress.read_to_the_end:
            connector = await self._connections.get(account.account_id)
            if _is_spent(connector.budget, self._clock.now()):
                return
            async with contextlib.aclosing(connector.history(progress.cursor)) as pages:
                page = await anext(pages)
            progress = await self._store(audit, account, lease, page, progress)
        await self._register.report(
            audit.run_id, posts_read=progress.posts_read, read_to_the_end=progress.read_to_the_end
        )

    async def _store(self, audit: Audit, account: Account, lease: Lease, page: Page, progress: Progress) -> Progress:
        progress = progress.after(page)
        rules = await self._recorder.rules(account)
        empty_text = await text_ref(self._recorder.storage.content.keyring, account.school_id, "")
        again = Again(Run(AUDIT, audit.run_id), rules, self._clock.now(), empty_text)

        async def commit(changes: Changes) -> None:
            await self._runs.store(lease, again, page, changes, progress)

        await self._recorder.record(rules, page.posts, commit, always=True)
        metrics.AUDITED.labels(account.platform).inc(len(page.posts))
        if page.gap is not None:
            log.error("gap", run=audit.run_id, account=audit.account_id, code=page.gap)
        log.info("audited", run=audit.run_id, account=audit.account_id, posts=len(page.posts), more=page.more)
        return progress

    async def _failed(self, audit: Audit, error: Exception) -> None:
        """Leave the audit alone for a while; a dependency of all audits is not its failure.

        Raises:
            DependencyUnavailable: that is what failed.
        """
        if isinstance(error, DependencyUnavailable) and not isinstance(error, PlatformError):
            raise error
        if isinstance(error, TokenRejected | PermissionMissing):
            await self._connections.drop(audit.account_id)
        failures = self._waits[audit.run_id].failures + 1 if audit.run_id in self._waits else 1
        back_off = min(FIRST_BACK_OFF * 2.0 ** min(failures - 1, 10), LONGEST_BACK_OFF)
        until = error.retry_at if isinstance(error, RateLimited) else self._clock.now() + back_off
        self._waits[audit.run_id] = _Wait(until, failures)
        say = partial(log.warning, run=audit.run_id, account=audit.account_id, until=until.isoformat())
        if isinstance(error, PlatformError | LeaseLost | RevisionConflict):
            say("audit_waits", code=error.code)
        else:
            say("audit_failed", exc_info=error)


def _is_spent(budget: Budget | None, now: datetime) -> bool:
    return budget is not None and budget.used >= SHARE and budget.resets_at > now
