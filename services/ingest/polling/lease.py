"""One poller per account: a row that expires, and a fencing token that a late holder cannot write with."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.tables import leases
from services.shared.clock import Clock
from services.shared.database import Database, insert_new


class LeaseLost(Exception):
    """Another process polls this account now; what this one read is not stored."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to poll one account."""

    account_id: str
    school_id: str
    holder: str
    fence: int


class Leases:
    """The leases of one process, which is one holder."""

    def __init__(self, database: Database, clock: Clock, ttl: timedelta) -> None:
        self.ttl = ttl
        self._database = database
        self._clock = clock
        self._holder = uuid.uuid4().hex

    async def acquire(self, account_id: str, school_id: str) -> Lease | None:
        """Take or keep the lease; None while another process holds it.

        Raises:
            DependencyUnavailable: the database does not answer.
        """
        now = self._clock.now()
        new = {"account_id": account_id, "school_id": school_id, "holder": "", "fence": 0, "expires_at": now}
        mine = leases.c.holder == self._holder
        take = (
            update(leases)
            .where(leases.c.account_id == account_id, or_(mine, leases.c.expires_at <= now))
            .values(holder=self._holder, fence=leases.c.fence + case((mine, 0), else_=1), expires_at=now + self.ttl)
            .returning(leases.c.fence)
        )
        async with self._database.transaction() as connection:
            await insert_new(connection, leases, [new])
            fence = (await connection.execute(take)).scalar_one_or_none()
        return None if fence is None else Lease(account_id, school_id, self._holder, fence)

    async def keep(self, connection: AsyncConnection, lease: Lease) -> None:
        """Prolong the lease within the caller's transaction, so that only its holder commits.

        Raises:
            LeaseLost: the lease was taken over; the transaction must not commit.
        """
        held = (
            update(leases)
            .where(
                leases.c.account_id == lease.account_id,
                leases.c.holder == lease.holder,
                leases.c.fence == lease.fence,
            )
            .values(expires_at=self._clock.now() + self.ttl)
        )
        if (await connection.execute(held)).rowcount != 1:
            raise LeaseLost

    async def release(self) -> None:
        """Give up every lease of this process, so that another takes over at once."""
        async with self._database.transaction() as connection:
            given_up = update(leases).where(leases.c.holder == self._holder)
            await connection.execute(given_up.values(expires_at=self._clock.now()))
