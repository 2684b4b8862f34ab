"""One reading of one stream: lease, pages, revisions, blobs, commit; every failure ends in an outcome."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from schemas.categories import DETECTORS
from services.ingest.connectors.connector import Budget, Observation, Page
from services.ingest.connectors.errors import PermissionMissing, PlatformError, RateLimited, TokenRejected
from services.ingest.polling.connections import Connections, Register
from services.ingest.polling.lease import Lease, LeaseLost, Leases
from services.ingest.reads import IngestReader
from services.ingest.revise import CheckRules, Refs, Revision, revise
from services.ingest.writes import IngestWriter, RevisionConflict
from services.policy.load import load_profile
from services.policy.profile import Profile
from services.register.models import Account
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.errors import DependencyUnavailable, SchoolgateError
from services.shared.fingerprint import text_ref
from services.shared.process import Stop

OK: Final = "ok"
HELD_ELSEWHERE: Final = "held_elsewhere"
STORE_ATTEMPTS: Final = 3
THREADS_REACH: Final = timedelta(days=7)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reading ended: `ok`, `held_elsewhere` or an error's code; `new` counts revisions."""

    code: str
    new: int = 0
    budget: Budget | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """Where a reading is kept."""

    reader: IngestReader
    writer: IngestWriter
    leases: Leases
    content: ContentStore


class Poller:
    """Reads streams. `stored` is called after every commit that may have added checks or media to fetch."""

    def __init__(
        self,
        register: Register,
        connections: Connections,
        storage: Storage,
        clock: Clock,
        stored: Callable[[], None],
        detectors: Sequence[str] = DETECTORS,
        profiles: Callable[[str], Profile] = load_profile,
    ) -> None:
        self._register = register
        self._connections = connections
        self._storage = storage
        self._clock = clock
        self._stored = stored
        self._detectors = detectors
        self._profiles = profiles

    async def poll(self, account: Account, stream: str, stop: Stop) -> Outcome:
        """Read what is new on a stream until its end or `stop`; never raises."""
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
        return outcome

    async def _failed(self, account: Account, error: Exception) -> Outcome:
        if isinstance(error, TokenRejected | PermissionMissing):
            await self._connections.drop(account.account_id)
        match error:
            case RateLimited():
                return Outcome(error.code, retry_at=error.retry_at)
            case PlatformError() | LeaseLost() | RevisionConflict():
                return Outcome(error.code)
            case DependencyUnavailable():
                return Outcome("dependency_unavailable")
        log.error("poll_failed", account=account.account_id, exc_info=error)
        return Outcome("misconfigured" if isinstance(error, SchoolgateError) else "failed")

    async def _read(self, account: Account, stream: str, stop: Stop) -> Outcome:
        reader = self._storage.reader
        lease = await self._storage.leases.acquire(account.account_id, account.school_id)
        if lease is None:
            return Outcome(HELD_ELSEWHERE)
        connector = await self._connections.get(account.account_id)
        rules = await self._rules(account)
        cursor = await reader.cursor(account.account_id, stream)
        threads = await reader.threads(account.account_id, self._clock.now() - THREADS_REACH)
        new, budget = 0, None
        async with contextlib.aclosing(connector.poll(stream, cursor, threads=threads)) as pages:
            async for page in pages:
                new += await self._store(lease, stream, page, rules)
                budget = page.budget
                if stop.is_set():
                    break
        if budget is not None:
            metrics.PLATFORM_BUDGET.labels(account.account_id).set(budget.used)
        return Outcome(OK, new, budget)

    async def _rules(self, account: Account) -> CheckRules:
        school = await self._register.school(account.school_id)
        schools = account.checked_against or (account.school_id,)
        return CheckRules(
            account=account,
            profile=self._profiles(school.profile),
            versions={each: await self._register.versions(each) for each in schools},
            detectors=self._detectors,
            biometric_basis=school.face_matching.dpia_reference is not None,
        )

    async def _store(self, lease: Lease, stream: str, page: Page, rules: CheckRules) -> int:
        if page.gap is not None:
            log.error("gap", account=lease.account_id, stream=stream, code=page.gap)
        new = await self._record(lease, stream, page, rules)
        for revision in new:
            metrics.REVISIONS.labels(revision.event.platform, revision.event.cause).inc()
        if new:
            self._stored()
        return len(new)

    async def _record(
        self, lease: Lease, stream: str, page: Page, rules: CheckRules, attempts: int = STORE_ATTEMPTS
    ) -> list[Revision]:
        new = await self._revisions(page, rules)
        if page.more and not new and page.gap is None:
            return new
        for revision in new:  # before the commit: a crash leaves a blob too many, never one too few
            if revision.event.content is not None:
                await self._storage.content.put_content(revision.event.content, revision.content)
        try:
            await self._storage.writer.store_page(lease, stream, page, new)
        except RevisionConflict:
            if attempts <= 1:
                raise
            return await self._record(lease, stream, page, rules, attempts - 1)
        return new

    async def _revisions(self, page: Page, rules: CheckRules) -> list[Revision]:
        account = rules.account
        known = await self._storage.reader.known(account.account_id, {post.first_id for post in page.posts})
        now, new = self._clock.now(), []
        for post in page.posts:
            revision = revise(post, known.get(post.first_id), rules, await self._refs(account, post), now)
            if revision is not None:
                known[post.first_id] = revision.as_known()
                new.append(revision)
        return new

    async def _refs(self, account: Account, post: Observation) -> Refs:
        keyring, author = self._storage.content.keyring, None
        if post.author.platform_id is not None:
            writer = f"{account.platform}:{post.author.platform_id}"
            author = await keyring.pseudonym(account.school_id, "author", writer)
        return Refs(author, await text_ref(keyring, account.school_id, post.text))
