"""Removes what may be kept no longer: what deleted posts said and showed, and what a crash left without a revision."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import BlobKey, PostId, SchoolId
from services.ingest.tables import attachments, posts, purges
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.database import Database, insert_new, upsert
from services.shared.errors import ContentGone, DependencyUnavailable

BLOB: Final = "blob"
PARENT_TEXT: Final = "parent_text"
AT_ONCE: Final = 16
TAKEN_OVER_AFTER: Final = timedelta(minutes=5)
"""After so long a removal that was begun has failed, or its process died: nothing deletes a blob that late."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Purge:
    """One thing to remove: a blob, or from a comment's blob the text of the deleted post that it answers."""

    blob: BlobKey
    post_id: PostId
    school_id: SchoolId
    part: str


class Purges:
    """The table of what is to be removed, each row due `after` it was written (or as it says).

    A blob is reserved here before it is written, and the reservation goes with the commit that refers to the blob: what
    a crash leaves behind is removed like the rest. Every method may raise DependencyUnavailable.
    """

    def __init__(self, database: Database, clock: Clock, after: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._after = after

    async def reserve(self, school_id: SchoolId, blobs: Mapping[BlobKey, PostId]) -> None:
        """Say that these blobs of these posts are about to be written.

        Raises:
            DependencyUnavailable: one of them is being removed at this moment; try again.
        """
        going = select(purges.c.begun_at).where(purges.c.blob.in_(blobs)).order_by(purges.c.blob).with_for_update()
        async with self._database.transaction() as connection:
            if any((await connection.execute(going)).scalars()):
                raise DependencyUnavailable("a blob is being removed: it can be written again in a moment")
            await self.schedule(connection, [Purge(blob, post, school_id, BLOB) for blob, post in blobs.items()])

    async def schedule(self, connection: AsyncConnection, what: Iterable[Purge], since: datetime | None = None) -> None:
        """Have these removed, `after` this moment or `since`, within the caller's transaction."""
        due_at = (since or self._clock.now()) + self._after
        for each in what:
            await upsert(connection, purges, asdict(each) | {"due_at": due_at, "purged_at": None})

    async def schedule_once(self, connection: AsyncConnection, what: Iterable[Purge]) -> None:
        """Have these removed unless that was asked for before, within the caller's transaction."""
        due_at = self._clock.now() + self._after
        await insert_new(connection, purges, [asdict(each) | {"due_at": due_at} for each in what])

    async def due(self, limit: int) -> list[Purge]:
        """Return what is to be removed now, the longest due first."""
        query = (
            select(*(purges.c[name] for name in Purge.__slots__))
            .where(purges.c.purged_at.is_(None), _to_do(self._clock.now()))
            .order_by(purges.c.due_at)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [Purge(*row) for row in await connection.execute(query)]

    async def overdue(self) -> timedelta:
        """Return for how long the oldest row has been due; zero when none is."""
        query = select(func.min(purges.c.due_at)).where(purges.c.purged_at.is_(None))
        async with self._database.reading() as connection:
            oldest = (await connection.execute(query)).scalar_one_or_none()
        return max(self._clock.now() - oldest, timedelta()) if oldest else timedelta()

    async def begin(self, purge: Purge) -> bool:
        """Keep others from writing the blob; False when it is not to be removed (any more): a live post shows it."""
        now = self._clock.now()
        due = update(purges).where(_is(purge), purges.c.purged_at.is_(None), _to_do(now))
        async with self._database.transaction() as connection:
            await _lock(connection, purge.post_id)
            if (await connection.execute(due.values(begun_at=now))).rowcount != 1:
                return False
            if purge.part == BLOB and await _needed(connection, purge, now):
                await connection.execute(delete(purges).where(_is(purge)))
                await _close(connection, purge.post_id, now)
                return False
        return True

    async def end(self, purge: Purge) -> bool:
        """Record that it is gone; False when that was recorded before."""
        now = self._clock.now()
        begun = update(purges).where(_is(purge), purges.c.begun_at.is_not(None))
        async with self._database.transaction() as connection:
            await _lock(connection, purge.post_id)
            ended = (await connection.execute(begun.values(begun_at=None, purged_at=now))).rowcount == 1
            if purge.part == PARENT_TEXT:  # another process may have removed the whole blob before it was rewritten
                removed = or_(purges.c.begun_at.is_not(None), purges.c.purged_at.is_not(None))
                again = update(purges).where(purges.c.blob == purge.blob, purges.c.part == BLOB, removed)
                await connection.execute(again.values(begun_at=None, purged_at=None))
            await _close(connection, purge.post_id, now)
        return ended


class PurgeLoop:
    """Removes what is due. Every step may be repeated: a crash between blob and row repeats it."""

    def __init__(self, purges: Purges, content: ContentStore) -> None:
        self._purges = purges
        self._content = content

    async def round(self) -> int:
        """Remove some of what is due and return how much it was.

        Raises:
            DependencyUnavailable: the database or the content store does not answer.
        """
        due = await self._purges.due(AT_ONCE)
        results = await asyncio.gather(*(self._purge(each) for each in due), return_exceptions=True)
        metrics.PURGE_OVERDUE.set((await self._purges.overdue()).total_seconds())
        for error in results:
            if isinstance(error, DependencyUnavailable):
                raise error
            if isinstance(error, BaseException):  # one blob's failure: it stays due, and the others go on
                log.error("purge_failed", exc_info=error)
        return sum(result is True for result in results)

    async def _purge(self, purge: Purge) -> bool:
        if not await self._purges.begin(purge):
            return False
        if purge.part == BLOB:
            await self._content.delete(purge.blob)
        else:
            await self._rewrite(purge.blob)
        if await self._purges.end(purge):
            metrics.PURGED.labels(purge.part).inc()
        return True

    async def _rewrite(self, blob: BlobKey) -> None:
        try:
            content = await self._content.get_content(blob)
        except ContentGone:
            return
        if content.parent_text is not None:
            await self._content.put_content(blob, content.model_copy(update={"parent_text": None}))


async def keep(connection: AsyncConnection, post_id: PostId, blobs: Iterable[BlobKey]) -> None:
    """Take back the reservation of blobs that the caller's transaction refers to."""
    await connection.execute(
        delete(purges).where(purges.c.blob.in_(list(blobs)), purges.c.post_id == post_id, purges.c.part == BLOB)
    )


def _is(purge: Purge) -> Any:
    return (purges.c.blob == purge.blob) & (purges.c.post_id == purge.post_id)


def _to_do(now: datetime) -> Any:
    """What is due, unless it is being removed; what a crash or a failure left begun comes again later."""
    return and_(
        or_(purges.c.due_at <= now, purges.c.begun_at.is_not(None)),
        or_(purges.c.begun_at.is_(None), purges.c.begun_at <= now - TAKEN_OVER_AFTER),
    )


async def _needed(connection: AsyncConnection, purge: Purge, now: datetime) -> bool:
    """Tell whether another post shows the blob, or is about to: a reservation is asked for before what it becomes."""
    others = select(purges.c.blob).where(
        purges.c.blob == purge.blob,
        purges.c.post_id != purge.post_id,
        purges.c.part == BLOB,
        purges.c.purged_at.is_(None),
        purges.c.due_at > now,
    )
    shown = select(attachments.c.media).where(attachments.c.media == purge.blob)
    for query in (others, shown):
        if (await connection.execute(query.limit(1))).first() is not None:
            return True
    return False


async def _lock(connection: AsyncConnection, post_id: PostId) -> None:
    """Keep the post's other writers waiting: of two blobs removed at once, the later must see that it was the last."""
    await connection.execute(select(posts.c.post_id).where(posts.c.post_id == post_id).with_for_update())


async def _close(connection: AsyncConnection, post_id: PostId, now: datetime) -> None:
    """Record with the last of a deleted post's blobs that the post is purged."""
    left = exists().where(purges.c.post_id == post_id, purges.c.purged_at.is_(None))
    gone = update(posts).where(posts.c.post_id == post_id, posts.c.deleted_at.is_not(None), ~left)
    await connection.execute(gone.values(purged_at=now))
