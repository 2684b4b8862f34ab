"""Fetches attachments and publishes the revisions that wait for them; its tables drive it, so a restart goes on."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from services.ingest.connectors.errors import MediaRefused, PlatformError
from services.ingest.polling.connections import Connections
from services.ingest.reads import DueAttachment, IngestReader
from services.ingest.revise import MediaState
from services.ingest.writes import IngestWriter
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.errors import DependencyUnavailable
from services.shared.health import Part
from services.shared.process import Stop, pause

AT_ONCE: Final = 8
RELEASES: Final = 200
MAX_ATTEMPTS: Final = 40
CLAIM: Final = timedelta(seconds=60)
LONGEST_RETRY: Final = timedelta(minutes=15)
"""With MAX_ATTEMPTS, eight hours in all: a platform's bad night must not cost a picture its check."""
AFTER_OUTAGE: Final = timedelta(seconds=5)
IDLE_SECONDS: Final = 0.5
RETRY_SECONDS: Final = 2.0
EXPIRED: Final = "expired"
UNREACHABLE: Final = "unreachable"
log = structlog.get_logger()


class MediaLoop:
    """Works through due attachments and waiting revisions. `released` is called after checks were added."""

    def __init__(
        self,
        connections: Connections,
        reader: IngestReader,
        writer: IngestWriter,
        content: ContentStore,
        clock: Clock,
        part: Part,
        released: Callable[[], None],
    ) -> None:
        self._connections = connections
        self._reader = reader
        self._writer = writer
        self._content = content
        self._clock = clock
        self._part = part
        self._released = released
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be something to do, so that the loop does not wait."""
        self._wake.set()

    async def run(self, stop: Stop) -> None:
        """Work until `stop`; a dependency that fails is tried again."""
        while not stop.is_set():
            self._wake.clear()
            try:
                busy = await self.round()
            except DependencyUnavailable as error:
                self._part.failed("dependency_unavailable")
                log.warning("media_waits", exc_info=error)
                await pause(stop, RETRY_SECONDS)
                continue
            self._part.ready()
            if not busy:
                await pause(self._wake, IDLE_SECONDS)

    async def round(self) -> bool:
        """Fetch what is due, publish what is ready, and tell whether more may be due at once.

        Raises:
            DependencyUnavailable: the database, the register or the content store does not answer.
        """
        due = await self._reader.due_attachments(self._clock.now(), AT_ONCE)
        results = await asyncio.gather(*(self._fetch(each) for each in due), return_exceptions=True)
        await self._release()
        for error in results:
            if isinstance(error, DependencyUnavailable):
                raise error
            if isinstance(error, BaseException):  # one attachment's failure: it is tried again when its claim ends
                log.error("media_failed", exc_info=error)
        return len(due) == AT_ONCE

    async def _release(self) -> None:
        now, any_released = self._clock.now(), False
        for revisions in await self._reader.waiting(RELEASES):
            for revision in revisions:
                if not await self._writer.release(revision.event, overdue=revision.release_at <= now):
                    break
                any_released = True
        if any_released:
            self._released()

    async def _fetch(self, due: DueAttachment) -> None:
        now = self._clock.now()
        if not await self._writer.claim(due, now + CLAIM):
            return
        try:
            state = await self._try(due)
        except DependencyUnavailable:  # of ours, and no fault of the attachment: it counts as no attempt
            await self._writer.retry_media(due, now + AFTER_OUTAGE, due.url, attempts=due.attempts)
            raise
        if state is not None:
            await self._writer.settle_media(due, state)
            metrics.MEDIA_FETCHED.labels(due.platform, state.missing_reason or "stored").inc()

    async def _try(self, due: DueAttachment) -> MediaState | None:
        """Return what became of an attachment, or None when it is to be tried again."""
        try:
            if due.attempts >= MAX_ATTEMPTS:
                raise MediaRefused(UNREACHABLE)  # noqa: TRY301  # one place decides what a refusal means
            return await self._store(due)
        except MediaRefused as error:
            if error.reason == EXPIRED and await self._has_new_address(due):
                return None
            return MediaState(missing_reason=error.reason)
        except PlatformError:
            await self._try_later(due)
            return None

    async def _store(self, due: DueAttachment) -> MediaState:
        connector = await self._connections.get(due.account_id)
        fetched = await connector.fetch_media(due.url)
        key = f"{due.school_id}/media/{hashlib.sha256(fetched.data).hexdigest()}"
        await self._writer.reserve(due.school_id, {key: due.post_id})
        await self._content.put(key, fetched.data)
        return MediaState(media=key)

    async def _has_new_address(self, due: DueAttachment) -> bool:
        """Ask the platform where an attachment is now; tell whether it is to be fetched from there.

        An address that it still gives, or a post of which it says nothing now, may work later.
        """
        try:
            connector = await self._connections.get(due.account_id)
            found = await connector.lookup([due.object_id])
        except PlatformError:
            await self._try_later(due)
            return True
        post = found.get(due.object_id)
        fresh = next((each.url for each in post.attachments if each.key == due.key), None) if post else None
        if due.object_id not in found or fresh == due.url:
            await self._try_later(due)
        elif fresh is None:
            return False
        else:
            await self._writer.retry_media(due, self._clock.now(), fresh, attempts=due.attempts + 1)
        return True

    async def _try_later(self, due: DueAttachment) -> None:
        at = self._clock.now() + _back_off(due.attempts)
        await self._writer.retry_media(due, at, due.url, attempts=due.attempts + 1)


def _back_off(attempts: int) -> timedelta:
    return min(timedelta(seconds=2.0 ** min(attempts, 20)), LONGEST_RETRY)
