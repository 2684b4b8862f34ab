"""What look-ups found, in the database: posts seen, posts absent, and deletions with the purges that they cause."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import PostId
from schemas.post import Post
from services.ingest.polling.lease import Lease, Leases
from services.ingest.purge import BLOB, PARENT_TEXT, Purge, Purges
from services.ingest.revise import DELETED_HASH, Revision, deleted
from services.ingest.tables import attachments, posts, revisions
from services.ingest.writes import IngestWriter, add_checks, revision_row
from services.shared.clock import Clock
from services.shared.database import Database


@dataclass(frozen=True, slots=True)
class LookUp:
    """A post to look up; `absent_at` is when it was first not there."""

    post_id: PostId
    object_id: str
    revision_no: int
    absent_at: datetime | None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a look-up said of posts, by their ids: there, not there, or nothing that can be relied upon.

    `alone` are those that came without the text that they answer.
    """

    there: Collection[PostId] = ()
    absent: Collection[PostId] = ()
    unknown: Collection[PostId] = ()
    alone: Collection[PostId] = ()


class Deletions:
    """Keeps what look-ups found; every method may raise DependencyUnavailable and then has written nothing."""

    def __init__(self, database: Database, leases: Leases, writer: IngestWriter, purges: Purges, clock: Clock) -> None:
        self._database = database
        self._leases = leases
        self._writer = writer
        self._purges = purges
        self._clock = clock

    async def due(self, account_id: str, *, seen_before: datetime, absent_before: datetime, limit: int) -> list[LookUp]:
        """Return live posts not looked up since, those that were absent then first, then the oldest look-up first."""
        first_time = posts.c.looked_up_at.is_(None)
        regular = and_(posts.c.absent_at.is_(None), posts.c.looked_up_at <= seen_before)
        again = and_(posts.c.absent_at.is_not(None), posts.c.looked_up_at <= absent_before)
        query = (
            select(
                posts.c.post_id,
                func.coalesce(posts.c.object_id, posts.c.first_id),
                posts.c.revision_no,
                posts.c.absent_at,
            )
            .where(posts.c.account_id == account_id, posts.c.deleted_at.is_(None), or_(first_time, regular, again))
            .order_by(posts.c.absent_at.is_(None), posts.c.looked_up_at.nulls_first(), posts.c.post_id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [LookUp(*row) for row in await connection.execute(query)]

    async def oldest(self, account_id: str) -> datetime | None:
        """Return when the live post that has waited longest was looked up or recorded; None without posts."""
        query = select(func.min(posts.c.looked_up_at)).where(
            posts.c.account_id == account_id, posts.c.deleted_at.is_(None)
        )
        async with self._database.reading() as connection:
            found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def record(self, lease: Lease, found: LookedUp, new: Sequence[Revision]) -> None:
        """Record what was found, with the revisions of what had changed.

        Raises:
            LeaseLost: another process polls the account.
            RevisionConflict: another revision of a post was recorded meanwhile.
        """
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await self._leases.keep(connection, lease)
            await self._writer.record(connection, new)
            for post_ids, absent_at in (
                (found.there, None),
                (found.absent, func.coalesce(posts.c.absent_at, now)),
                (found.unknown, posts.c.absent_at),
            ):
                live = update(posts).where(posts.c.post_id.in_(post_ids), posts.c.deleted_at.is_(None))
                await connection.execute(live.values(looked_up_at=now, absent_at=absent_at))
            await self._have_others_words_purged(connection, found.alone)

    async def delete(self, lease: Lease, post: LookUp) -> bool:
        """Record that a post was deleted and have its text and pictures purged; False if it was shown meanwhile.

        Raises:
            LeaseLost: another process polls the account.
        """
        now = self._clock.now()
        unchanged = update(posts).where(
            posts.c.post_id == post.post_id,
            posts.c.revision_no == post.revision_no,
            posts.c.absent_at == post.absent_at,
            posts.c.deleted_at.is_(None),
        )
        async with self._database.transaction() as connection:
            await self._leases.keep(connection, lease)
            last = await _last(connection, post.post_id)
            event = deleted(last, now)
            changes = {
                "revision_no": event.revision_no,
                "content_hash": DELETED_HASH,
                "visibility": event.visibility,
                "looked_up_at": now,
                "deleted_at": now,
            }
            if (await connection.execute(unchanged.values(changes))).rowcount != 1:
                return False
            waits = await _is_waiting(connection, post.post_id)
            row = revision_row(event, release_at=now, released_at=None if waits else now)
            await connection.execute(revisions.insert().values(row))
            await add_checks(connection, [] if waits else [event])
            await self._have_purged(connection, event)
        return True

    async def forget(self, connection: AsyncConnection, post_id: PostId) -> None:
        """Have a post's text and pictures purged without a word to anybody, within the caller's transaction.

        It counts as deleted, so that it comes back with its content if it is ever read again.
        """
        gone = update(posts).where(posts.c.post_id == post_id)
        await connection.execute(gone.values(content_hash=DELETED_HASH, deleted_at=self._clock.now()))
        await self._have_purged(connection, await _last(connection, post_id))

    async def _have_others_words_purged(self, connection: AsyncConnection, post_ids: Collection[PostId]) -> None:
        """Have what they answer removed where that was never recorded: no look-up will tell that it was deleted."""
        above = posts.alias()
        recorded = exists().where(above.c.post_id == posts.c.parent_id)
        query = select(posts.c.post_id, posts.c.school_id, posts.c.parent_id).where(
            posts.c.post_id.in_(post_ids), posts.c.parent_id.is_not(None), ~recorded
        )
        for row in (await connection.execute(query)).all():
            texts = await _contents(connection, revisions.c.post_id == row.post_id)
            what = [Purge(blob, row.parent_id, row.school_id, PARENT_TEXT) for blob in texts]
            await self._purges.schedule_once(connection, what)

    async def _have_purged(self, connection: AsyncConnection, event: Post) -> None:
        own, comments = attachments.c.post_id == event.post_id, posts.c.parent_id == event.post_id
        texts = await _contents(connection, revisions.c.post_id == event.post_id)
        answers = await _contents(connection, revisions.c.post_id.in_(select(posts.c.post_id).where(comments)))
        media = select(attachments.c.media).where(own, attachments.c.media.is_not(None)).distinct()
        blobs = [*texts, *(await connection.execute(media)).scalars()]
        what = [Purge(blob, event.post_id, event.school_id, BLOB) for blob in blobs]
        what += [Purge(blob, event.post_id, event.school_id, PARENT_TEXT) for blob in answers]
        await self._purges.schedule(connection, what)
        await connection.execute(attachments.delete().where(own))  # nothing is fetched any more, and no address kept


async def _last(connection: AsyncConnection, post_id: PostId) -> Post:
    query = select(revisions.c.event).where(revisions.c.post_id == post_id).order_by(revisions.c.revision_no.desc())
    return Post.model_validate_json((await connection.execute(query.limit(1))).scalar_one())


async def _is_waiting(connection: AsyncConnection, post_id: PostId) -> bool:
    query = select(revisions.c.post_id).where(revisions.c.post_id == post_id, revisions.c.released_at.is_(None))
    return (await connection.execute(query.limit(1))).first() is not None


async def _contents(connection: AsyncConnection, which: ColumnElement[bool]) -> list[str]:
    events = (await connection.execute(select(revisions.c.event).where(which))).scalars()
    return sorted({post.content for post in map(Post.model_validate_json, events) if post.content})
