"""Everything ingest records, each step in one transaction: pages, media, releases."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import PostId
from schemas.post import Post
from services.ingest.connectors.connector import Page
from services.ingest.polling.lease import Lease, Leases
from services.ingest.purge import PARENT_TEXT, Purge, Purges, keep
from services.ingest.reads import DueAttachment, media_states
from services.ingest.revise import (
    LIVE,
    NOT_OFFERED,
    PENDING,
    MediaState,
    Revision,
    is_settled,
    media_arrived,
    with_media,
)
from services.ingest.tables import attachments, cursors, outbox, posts, revisions
from services.shared.clock import Clock
from services.shared.database import Database, insert_new, upsert
from services.shared.outbox import add

TOPIC = "posts"
BACKFILL_TOPIC = "posts.backfill"


class RevisionConflict(Exception):
    """Another revision of a post was recorded since the last one was read; read again and repeat."""

    code = "revision_conflict"


class IngestWriter:
    """Writes the database `ingest`; every method may raise DependencyUnavailable and then has written nothing."""

    def __init__(self, database: Database, leases: Leases, clock: Clock, media_wait: timedelta, purges: Purges) -> None:
        self._database = database
        self._leases = leases
        self._clock = clock
        self._media_wait = media_wait
        self._purges = purges

    async def store_page(
        self, lease: Lease, stream: str, page: Page, new: Sequence[Revision], returned: Sequence[str] = ()
    ) -> None:
        """Record a page as `record` does, and with the last page the cursor and the reading's gap.

        Raises:
            LeaseLost: another process polls the account.
            RevisionConflict: media arrived for one of the posts meanwhile.
        """
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await self._leases.keep(connection, lease)
            await self.record(connection, new, returned)
            if not page.more:
                await upsert(connection, cursors, _cursor_row(lease, stream, page, now))

    async def record(self, connection: AsyncConnection, new: Sequence[Revision], returned: Sequence[str] = ()) -> None:
        """Record new revisions and the checks that need not wait, within the caller's transaction.

        `returned` are the ids of posts that looked absent and are shown again.

        Raises:
            RevisionConflict: another revision of one of the posts was recorded; the transaction must not commit.
        """
        now = self._clock.now()
        for revision in new:
            await self._record(connection, revision, now)
        await add_checks(connection, [with_media(each.event, each.media) for each in new if not each.waits])
        shown = update(posts).where(posts.c.post_id.in_(returned), posts.c.deleted_at.is_(None))
        await connection.execute(shown.values(absent_at=None, looked_up_at=now))
        await self._have_parents_purged(connection, new)

    async def reserve(self, school_id: str, blobs: Mapping[str, str]) -> None:
        """Say that these blobs (with their posts' ids) are about to be written, in a transaction of its own.

        What is not referred to by what is recorded next is removed later.
        """
        await self._purges.reserve(school_id, blobs)

    async def offer(self, addresses: Mapping[tuple[PostId, str], str]) -> None:
        """Have attachments fetched, told by post and key, for which the platform gives an address only now."""
        late = {"missing_reason": PENDING, "next_at": self._clock.now()}
        async with self._database.transaction() as connection:
            for (post_id, key), url in addresses.items():
                named = update(attachments).where(attachments.c.post_id == post_id, attachments.c.key == key)
                not_offered = named.where(attachments.c.missing_reason == NOT_OFFERED)
                await connection.execute(not_offered.values(late | {"url": url}))

    async def claim(self, due: DueAttachment, until: datetime) -> bool:
        """Take an attachment to fetch it, so that no other process does before `until`; tell whether it was free."""
        taken = (
            _pending(due).where(attachments.c.next_at == due.next_at).values(attempts=due.attempts + 1, next_at=until)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(taken)).rowcount == 1

    async def retry_media(self, due: DueAttachment, next_at: datetime, url: str, *, attempts: int) -> None:
        """Try an attachment again later, perhaps at another address, unless it was settled meanwhile."""
        async with self._database.transaction() as connection:
            await connection.execute(_pending(due).values(next_at=next_at, url=url, attempts=attempts))

    async def settle_media(self, due: DueAttachment, state: MediaState) -> None:
        """Record that an attachment arrived or was given up.

        When it arrives for a revision that was published without it, the post gets a revision with cause `media`.
        """
        now = self._clock.now()
        async with self._database.transaction() as connection:
            post = (await connection.execute(_locked(due.post_id))).one()
            changed = await connection.execute(
                _pending(due).values(media=state.media, missing_reason=state.missing_reason, next_at=None, url=None)
            )
            if changed.rowcount != 1 or state.media is None:
                return
            await keep(connection, due.post_id, [state.media])
            last = (
                await connection.execute(
                    select(revisions.c.event, revisions.c.released_at).where(
                        revisions.c.post_id == due.post_id, revisions.c.revision_no == post.revision_no
                    )
                )
            ).one()
            event = Post.model_validate_json(last.event)
            if last.released_at is not None and due.key in {each.key for each in event.attachments}:
                late = media_arrived(event, now)
                await connection.execute(revisions.insert().values(revision_row(late, now + self._media_wait)))
                await connection.execute(
                    update(posts).where(posts.c.post_id == due.post_id).values(revision_no=late.revision_no)
                )

    async def release(self, event: Post, *, overdue: bool) -> bool:
        """Publish a revision that waited, if its media is settled or it waited long enough; tell whether it was."""
        now = self._clock.now()
        free = (
            update(revisions)
            .where(revisions.c.revision_id == event.revision_id, revisions.c.released_at.is_(None))
            .values(released_at=now)
        )
        async with self._database.transaction() as connection:
            await connection.execute(_locked(event.post_id))
            states = (await media_states(connection, [event.post_id])).get(event.post_id, {})
            if not overdue and not is_settled(event, states):
                return False
            if (await connection.execute(free)).rowcount != 1:
                return True
            await add_checks(connection, [with_media(event, states)])
        return True

    async def _record(self, connection: AsyncConnection, revision: Revision, now: datetime) -> None:
        event, seen = revision.event, revision.observation
        changing = {
            "revision_no": event.revision_no,
            "content_hash": revision.content_hash,
            "visibility": event.visibility,
            "version": seen.version,
            "object_id": seen.object_id,
            "looked_up_at": now,
            "absent_at": None,
            "deleted_at": None,
            "purged_at": None,
        }
        if revision.previous is None:
            recorded = await insert_new(connection, posts, [_post_row(revision) | changing])
        else:
            same = update(posts).where(
                posts.c.post_id == event.post_id, posts.c.revision_no == revision.previous.number
            )
            recorded = (await connection.execute(same.values(changing))).rowcount
        if recorded != 1:
            raise RevisionConflict
        row = revision_row(event, now + self._media_wait, None if revision.waits else now)
        await connection.execute(revisions.insert().values(row))
        await keep(connection, event.post_id, [event.content] if event.content else [])
        await insert_new(connection, attachments, _attachment_rows(revision, now))

    async def _have_parents_purged(self, connection: AsyncConnection, new: Sequence[Revision]) -> None:
        """Have the texts of posts that are deleted already removed from the comments that still carry them."""
        carrying = [each.event for each in new if each.content.parent_text is not None]
        parents = select(posts.c.post_id, posts.c.deleted_at).where(
            posts.c.post_id.in_({event.parent_id for event in carrying}), posts.c.deleted_at.is_not(None)
        )
        deleted = {row.post_id: row.deleted_at for row in await connection.execute(parents)}
        for event in carrying:
            if event.content and event.parent_id and event.parent_id in deleted:
                what = Purge(event.content, event.parent_id, event.school_id, PARENT_TEXT)
                await self._purges.schedule(connection, [what], since=deleted[event.parent_id])


def revision_row(event: Post, release_at: datetime, released_at: datetime | None = None) -> dict[str, Any]:
    """Return the row of a revision, which is published at `release_at` unless it was already."""
    return {
        "revision_id": event.revision_id,
        "post_id": event.post_id,
        "school_id": event.school_id,
        "revision_no": event.revision_no,
        "cause": event.cause,
        "event": event.model_dump_json(exclude_none=True),
        "observed_at": event.observed_at,
        "release_at": release_at,
        "released_at": released_at,
    }


async def add_checks(connection: AsyncConnection, events: Sequence[Post]) -> None:
    """Add checks to the outbox within the caller's transaction, each in the lane of its trigger."""
    await add(connection, outbox, [(TOPIC if event.trigger == LIVE else BACKFILL_TOPIC, event) for event in events])


def _locked(post_id: str) -> Select[Any]:
    """Read a post and keep its other writers waiting: media that arrives and a release must see each other."""
    return select(posts).where(posts.c.post_id == post_id).with_for_update()


def _pending(due: DueAttachment) -> Any:
    return update(attachments).where(
        attachments.c.post_id == due.post_id, attachments.c.key == due.key, attachments.c.missing_reason == PENDING
    )


def _cursor_row(lease: Lease, stream: str, page: Page, now: datetime) -> dict[str, Any]:
    row = {
        "account_id": lease.account_id,
        "stream": stream,
        "school_id": lease.school_id,
        "state": json.dumps(page.cursor),
        "fence": lease.fence,
        "moved_at": now,
    }
    return row | ({"gap": page.gap, "gap_at": now} if page.gap else {})


def _post_row(revision: Revision) -> dict[str, Any]:
    event = revision.event
    return {
        "post_id": event.post_id,
        "school_id": event.school_id,
        "account_id": event.account_id,
        "first_id": revision.observation.first_id,
        "kind": event.kind,
        "relation": event.author.relation,
        "parent_id": event.parent_id,
        "published_at": event.published_at,
    }


def _attachment_rows(revision: Revision, now: datetime) -> list[dict[str, Any]]:
    event = revision.event
    return [
        {
            "post_id": event.post_id,
            "key": each.key,
            "school_id": event.school_id,
            "account_id": event.account_id,
            "platform": event.platform,
            "object_id": revision.observation.object_id,
            "url": each.url,
            "missing_reason": revision.media[each.key].missing_reason,
            "attempts": 0,
            "next_at": now if each.url else None,
        }
        for each in revision.observation.attachments
    ]
