"""The posts that are live, each with its last revision, and whether more checks of them may be published now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.post import Post
from services.ingest.reads import media_states
from services.ingest.revise import MediaState
from services.ingest.tables import outbox, posts, revisions
from services.shared.database import Database, UtcTimestamp

BATCH: Final = 100
"""So many checks at a time: one that is live waits behind no more of them for the broker."""
_UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
_published = func.coalesce(posts.c.published_at, literal(_UNDATED, UtcTimestamp()))
_newest_first = (_published.desc(), posts.c.post_id.desc())
_last = and_(revisions.c.post_id == posts.c.post_id, revisions.c.revision_no == posts.c.revision_no)


@dataclass(frozen=True, slots=True)
class Position:
    """A place among the posts, newest first: behind the post of this moment and name."""

    published_at: datetime
    post_id: str


@dataclass(frozen=True, slots=True)
class LivePost:
    """A post that is live: the check of its last revision, not `released` while that waits for its media."""

    event: Post
    released: bool
    media: Mapping[str, MediaState]
    position: Position


async def newest_first(
    connection: AsyncConnection, accounts: Collection[str], behind: Position | None, released_since: datetime | None
) -> list[LivePost]:
    """Return the next BATCH posts of the accounts; with `released_since` only those published later or not yet."""
    page = select(posts.c.post_id).where(posts.c.account_id.in_(accounts), posts.c.deleted_at.is_(None))
    if behind is not None:
        place = (literal(behind.published_at, UtcTimestamp()), literal(behind.post_id))
        page = page.where(tuple_(_published, posts.c.post_id) < tuple_(*place))
    if released_since is not None:
        late = or_(revisions.c.released_at.is_(None), revisions.c.released_at >= released_since)
        page = page.join_from(posts, revisions, _last).where(late)
    # The page first, and its checks then: the database need not sort the checks of every post.
    found = (await connection.execute(page.order_by(*_newest_first).limit(BATCH))).scalars().all()
    return await named(connection, found)


async def named(connection: AsyncConnection, post_ids: Collection[str]) -> list[LivePost]:
    """Return those of these posts that are live, newest first."""
    columns = (posts.c.post_id, _published.label("published"), revisions.c.event, revisions.c.released_at)
    live = select(*columns).join_from(posts, revisions, _last).where(posts.c.deleted_at.is_(None))
    rows = (await connection.execute(live.where(posts.c.post_id.in_(post_ids)).order_by(*_newest_first))).all()
    media = await media_states(connection, [row.post_id for row in rows])
    return [
        LivePost(
            event=Post.model_validate_json(row.event),
            released=row.released_at is not None,
            media=media.get(row.post_id, {}),
            position=Position(row.published, row.post_id),
        )
        for row in rows
    ]


async def has_room(database: Database) -> bool:
    """Tell whether so few checks wait for the broker that a batch more delays nothing live."""
    waiting = select(func.count()).select_from(select(outbox.c.seq).limit(BATCH).subquery())
    async with database.reading() as connection:
        return (await connection.execute(waiting)).scalar_one() < BATCH
