"""What ingest knows: last revisions, cursors, threads, media to fetch, revisions that wait."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.post import Post
from services.ingest.connectors.connector import Cursor
from services.ingest.revise import Known, MediaState
from services.ingest.tables import attachments, cursors, posts, revisions
from services.shared.database import Database

_newest_first = posts.c.published_at.desc().nulls_first()
"""What is live comes before what an audit digs up, however much of it waits for its pictures."""


@dataclass(frozen=True, slots=True)
class DueAttachment:
    """An attachment to fetch now; `attempts` counts those made before, `next_at` is the moment it was due."""

    post_id: str
    key: str
    school_id: str
    account_id: str
    platform: str
    object_id: str
    url: str
    attempts: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingRevision:
    """A revision that is not published yet."""

    event: Post
    release_at: datetime


class IngestReader:
    """Reads the database `ingest`; every method may raise DependencyUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, account_id: str, first_ids: Iterable[str]) -> dict[str, Known]:
        """Return the last revisions of these posts by the posts' platform ids."""
        wanted = [ids.post_id(account_id, first_id) for first_id in first_ids]
        waiting = select(revisions.c.post_id).where(revisions.c.post_id.in_(wanted), revisions.c.released_at.is_(None))
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(posts).where(posts.c.post_id.in_(wanted)))).all()
            held = set((await connection.execute(waiting)).scalars())
            media = await media_states(connection, wanted)
        return {
            row.first_id: Known(
                number=row.revision_no,
                content_hash=row.content_hash,
                visibility=row.visibility,
                version=row.version,
                waiting=row.post_id in held,
                media=media.get(row.post_id, {}),
            )
            for row in rows
        }

    async def absent(self, account_id: str, first_ids: Iterable[str]) -> list[str]:
        """Return the ids of those posts, given by their platform ids, that were looked up in vain."""
        wanted = [ids.post_id(account_id, first_id) for first_id in first_ids]
        query = select(posts.c.post_id).where(
            posts.c.post_id.in_(wanted), posts.c.absent_at.is_not(None), posts.c.deleted_at.is_(None)
        )
        async with self._database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def cursor(self, account_id: str, stream: str) -> Cursor:
        """Return where the stream was read up to; empty before the first reading."""
        query = select(cursors.c.state).where(cursors.c.account_id == account_id, cursors.c.stream == stream)
        async with self._database.reading() as connection:
            state = (await connection.execute(query)).scalar_one_or_none()
        cursor: Cursor = json.loads(state) if state else {}
        return cursor

    async def threads(self, account_id: str, since: datetime) -> list[str]:
        """Return the platform ids of the account's own posts since then, newest first."""
        query = (
            select(posts.c.first_id)
            .where(
                posts.c.account_id == account_id,
                posts.c.kind == "post",
                posts.c.relation == "official",
                posts.c.published_at >= since,
            )
            .order_by(posts.c.published_at.desc())
        )
        async with self._database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def due_attachments(self, now: datetime, limit: int) -> list[DueAttachment]:
        """Return attachments to fetch, those of the newest posts first."""
        columns = [attachments.c[name] for name in DueAttachment.__slots__]
        query = (
            select(*columns)
            .join_from(attachments, posts, attachments.c.post_id == posts.c.post_id)
            .where(attachments.c.next_at <= now)
            .order_by(_newest_first, attachments.c.next_at)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [DueAttachment(*row) for row in await connection.execute(query)]

    async def waiting(self, limit: int) -> list[Sequence[WaitingRevision]]:
        """Return unpublished revisions of the newest posts, grouped by post in the order of their numbers."""
        newest = (
            select(revisions.c.post_id)
            .join_from(revisions, posts, revisions.c.post_id == posts.c.post_id)
            .where(revisions.c.released_at.is_(None))
            .order_by(_newest_first, revisions.c.observed_at)
            .limit(limit)
        )
        query = (
            select(revisions.c.event, revisions.c.release_at)
            .where(revisions.c.released_at.is_(None), revisions.c.post_id.in_(newest))
            .order_by(revisions.c.revision_no)
        )
        groups: defaultdict[str, list[WaitingRevision]] = defaultdict(list)
        async with self._database.reading() as connection:
            for row in await connection.execute(query):
                event = Post.model_validate_json(row.event)
                groups[event.post_id].append(WaitingRevision(event, row.release_at))
        return list(groups.values())


async def media_states(connection: AsyncConnection, post_ids: Sequence[str]) -> dict[str, Mapping[str, MediaState]]:
    """Return what became of the attachments of these posts, by post and key."""
    query = select(attachments.c.post_id, attachments.c.key, attachments.c.media, attachments.c.missing_reason).where(
        attachments.c.post_id.in_(post_ids)
    )
    states: defaultdict[str, dict[str, MediaState]] = defaultdict(dict)
    for row in await connection.execute(query):
        states[row.post_id][row.key] = MediaState(row.media, row.missing_reason)
    return dict(states)
