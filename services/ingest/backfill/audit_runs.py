"""How far each audit has read its account, kept together with what it read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.ids import RunId
from schemas.post import Post
from services.ingest.backfill.again import Again
from services.ingest.backfill.live_posts import named
from services.ingest.connectors.connector import Cursor, Page
from services.ingest.polling.lease import Lease
from services.ingest.polling.record import Changes, Storage
from services.ingest.revise import Revision
from services.ingest.tables import audit_runs
from services.ingest.writes import add_checks
from services.shared.clock import Clock
from services.shared.database import Database, upsert


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audit has read: from where it goes on, how many posts it has read in all."""

    cursor: Cursor
    posts_read: int = 0
    read_to_the_end: bool = False

    def after(self, page: Page) -> "Progress":
        """Return the progress once a page is stored."""
        return Progress(page.cursor, self.posts_read + len(page.posts), not page.more)


class AuditRuns:
    """Reads and writes the progress of audits; `backlog` is how far back the first reading of an account goes.

    Every method may raise DependencyUnavailable.
    """

    def __init__(self, database: Database, storage: Storage, clock: Clock, backlog: timedelta) -> None:
        self.database = database
        self._storage = storage
        self._clock = clock
        self._backlog = backlog

    async def progress(self, run_id: RunId) -> Progress:
        """Return how far an audit has read; nothing before its first page."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(audit_runs).where(audit_runs.c.run_id == run_id))
            row = found.one_or_none()
        return Progress(json.loads(row.cursor), row.posts_read, row.read_to_the_end) if row else Progress({})

    async def store(self, lease: Lease, again: Again, page: Page, changes: Changes, progress: Progress) -> None:
        """Record a page: what is new with its checks, checks of what is known, and how far the audit is after it.

        What the account's polls only have yet to see (a recent post, an edit) is checked as live.

        Raises:
            LeaseLost: another process polls the account.
            RevisionConflict: one of the posts got another revision meanwhile.
        """
        live_since = self._clock.now() - self._backlog
        new = [_audited(each, again, live_since) for each in changes.new]
        shown = {ids.post_id(lease.account_id, post.first_id) for post in page.posts}
        known = shown - {each.event.post_id for each in new}
        async with self.database.transaction() as connection:
            await self._storage.leases.keep(connection, lease)
            await self._storage.writer.record(connection, new, changes.returned)
            await add_checks(connection, await _checks(connection, known, again))
            await upsert(connection, audit_runs, self._row(lease, again.run.run_id, progress))

    def _row(self, lease: Lease, run_id: RunId, progress: Progress) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "school_id": lease.school_id,
            "account_id": lease.account_id,
            "cursor": json.dumps(progress.cursor),
            "posts_read": progress.posts_read,
            "read_to_the_end": progress.read_to_the_end,
            "fence": lease.fence,
            "moved_at": self._clock.now(),
        }


async def _checks(connection: AsyncConnection, post_ids: set[str], again: Again) -> Sequence[Post]:
    """Return the audit's checks of posts that are known; one that waits for its media is being checked anyway."""
    return [again.check(post.event, post.media) for post in await named(connection, post_ids) if post.released]


def _audited(revision: Revision, again: Again, live_since: datetime) -> Revision:
    published_at = revision.event.published_at
    if revision.previous is not None or published_at is None or published_at >= live_since:
        return revision
    return replace(revision, event=again.run.owns(revision.event))
