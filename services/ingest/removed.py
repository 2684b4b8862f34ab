"""Forgets the accounts that were taken out of the register: what was read on them is purged like deleted posts."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import delete, select

from schemas.ids import AccountId, SchoolId
from services.ingest.deletions import Deletions
from services.ingest.polling.connections import Register
from services.ingest.tables import account_status, cursors, leases, posts, stream_status
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

UNREAD_FOR: Final = timedelta(hours=10)
"""An account that comes back sooner, because it was removed by mistake, loses nothing."""
BATCH: Final = 100
log = structlog.get_logger()


class RemovedAccounts:
    """Looks for accounts that nobody reads any more and that `register`, asked at this moment, does not have.

    A register that does not even know the account's school is another one, or an empty one: it says nothing.
    """

    def __init__(self, register: Register, database: Database, deletions: Deletions, clock: Clock) -> None:
        self._register = register
        self._database = database
        self._deletions = deletions
        self._clock = clock

    async def round(self) -> int:
        """Forget a batch of posts of each such account and return how many posts that were.

        Raises:
            DependencyUnavailable: the register or the database does not answer.
        """
        watched = {account.account_id for account in await self._register.accounts()}
        unread_since = self._clock.now() - UNREAD_FOR
        unread = select(leases.c.account_id, leases.c.school_id).where(leases.c.expires_at <= unread_since)
        async with self._database.reading() as connection:
            left = [tuple(row) for row in await connection.execute(unread) if row.account_id not in watched]
        return sum([await self._forget(one, unread_since) for one, school in left if await self._knows(school)])

    async def _knows(self, school_id: SchoolId) -> bool:
        try:
            await self._register.school(school_id)
        except InputRejected:
            log.exception("school_unknown", school_id=school_id)
            return False
        return True

    async def _forget(self, account_id: AccountId, unread_since: datetime) -> int:
        unread = select(leases.c.fence).where(leases.c.account_id == account_id, leases.c.expires_at <= unread_since)
        live = select(posts.c.post_id).where(posts.c.account_id == account_id, posts.c.deleted_at.is_(None))
        async with self._database.transaction() as connection:
            if (await connection.execute(unread.with_for_update())).first() is None:
                return 0  # it came back
            found = (await connection.execute(live.limit(BATCH))).scalars().all()
            for post_id in found:
                await self._deletions.forget(connection, post_id)
            if not found:  # should it come back one day, it begins anew
                for table in (cursors, stream_status, account_status):
                    await connection.execute(delete(table).where(table.c.account_id == account_id))
        return len(found)
