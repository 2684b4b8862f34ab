"""The posts that are live, each with its last revision, and whether more checks of them may be published now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.post import Post
from services.ingest.reads import media_states
from services.ingest.revise import DELETED, MediaState
from services.ingest.tables import outbox, posts, revisions
from services.shared.database import Database, UtcTimestamp

BATCH: Final = 100
"""So many checks at a time: one that is live waits behind no more of them for the broker."""
_UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
_published = func.coalesce(posts.c.published_at, literal(_UNDATED, UtcTimestamp()))


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
    conditions: list[ColumnElement[bool]] = [posts.c.account_id.in_(accounts)]
    if behind is not None:
        place = (literal(behind.published_at, UtcTimestamp()), literal(behind.post_id))
        conditions.append(tuple_(_published, posts.c.post_id) < tuple_(*place))
    if released_since is not None:
        conditions.append(or_(revisions.c.released_at.is_(None), revisions.c.released_at >= released_since))
    ordered = _live().where(*conditions).order_by(_published.desc(), posts.c.post_id.desc())
    return await _read(connection, ordered.limit(BATCH))


async def named(connection: AsyncConnection, post_ids: Collection[str]) -> list[LivePost]:
    """Return those of these posts that are live."""
    return await _read(connection, _live().where(posts.c.post_id.in_(post_ids)).order_by(posts.c.post_id))


async def has_room(database: Database) -> bool:
    """Tell whether so few checks wait for the broker that a batch more delays nothing live."""
    waiting = select(func.count()).select_from(select(outbox.c.seq).limit(BATCH).subquery())
    async with database.reading() as connection:
        return (await connection.execute(waiting)).scalar_one() < BATCH


def _live() -> Select[Any]:
    last = and_(revisions.c.post_id == posts.c.post_id, revisions.c.revision_no == posts.c.revision_no)
    columns = (posts.c.post_id, _published.label("published"), revisions.c.event, revisions.c.released_at)
    return select(*columns).join_from(posts, revisions, last).where(revisions.c.cause != DELETED)


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[LivePost]:
    rows = (await connection.execute(query)).all()
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
