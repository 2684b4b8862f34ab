"""How well each account is being read: worked out from its streams, kept, and published when it changes or gets old."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.status import AccountStatus, Gap
from services.ingest.connectors.connector import Platform
from services.ingest.polling.lease import LeaseLost, Leases
from services.ingest.tables import account_status, cursors, outbox, stream_status
from services.register.models import Account
from services.shared.clock import Clock
from services.shared.database import Database, insert_new, upsert
from services.shared.outbox import add

TOPIC: Final = "accounts.status"
OK: Final = "ok"
NOT_READ_YET: Final = "not_read_yet"
NOT_READ: Final = "not_read"
"""No reading fails, but none is made either: one hangs, say, or the platform's allowance is saved for long."""
FOR_SOMEBODY: Final = frozenset(
    {"token_rejected", "permission_missing", "budget_spent", "request_refused", "misconfigured"}
)
"""What does not pass by itself."""
CHECKED: Final = "checked"
DELAYED: Final = "delayed"
NOT_CHECKED: Final = "not_checked"
REPEATS_WITHIN: Final = timedelta(seconds=300)
REPEAT_AFTER: Final = REPEATS_WITHIN - timedelta(seconds=60)
SHORTEST_PATIENCE: Final = timedelta(minutes=30)
INTERVALS_OF_PATIENCE: Final = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reading of a stream ended: `ok` or an error's code; `read_at` is when a complete one began."""

    stream: str
    code: str
    read_at: datetime | None = None
    budget_used: float | None = None


@dataclass(frozen=True, slots=True)
class StreamState:
    """What is kept of a stream: how its last reading ended, and since when no reading has succeeded."""

    stream: str
    code: str
    failing_since: datetime | None = None
    read_at: datetime | None = None
    budget_used: float | None = None

    def after(self, reading: Reading, now: datetime) -> "StreamState":
        """Return the state that follows."""
        return StreamState(
            self.stream,
            reading.code,
            None if reading.code == OK else self.failing_since or now,
            reading.read_at or self.read_at,
            self.budget_used if reading.budget_used is None else reading.budget_used,
        )


def patience(longest_interval: float) -> timedelta:
    """Return for how long a delay may last before somebody has to look at it; the interval of polls is in seconds."""
    return max(INTERVALS_OF_PATIENCE * timedelta(seconds=longest_interval), SHORTEST_PATIENCE)


def judge(streams: Sequence[StreamState], now: datetime, delay: timedelta, begun: datetime) -> tuple[str, str | None]:
    """Return an account's state and the reason for it, which is that of the stream that is worst and has been longest.

    A delay longer than `delay` counts as not checked, and so does a stream not read for so long since this process
    has `begun`.
    """
    failing = sorted((each.failing_since or now, each.stream, each.code) for each in streams if each.code != OK)
    for since, _, code in failing:
        if code in FOR_SOMEBODY or now - since > delay:
            return NOT_CHECKED, code
    if any(each.read_at is not None and now - max(each.read_at, begun) > delay for each in streams):
        return NOT_CHECKED, failing[0][2] if failing else NOT_READ
    return (DELAYED, failing[0][2]) if failing else (CHECKED, None)


def checked_at(streams: Sequence[StreamState]) -> datetime | None:
    """Return until when everything was read: the earliest of the streams' last complete readings."""
    moments = [each.read_at for each in streams if each.read_at is not None]
    return min(moments) if len(moments) == len(streams) else None


class StatusBoard:
    """Keeps and publishes the status of the accounts whose lease this process holds.

    `published` is called after a status was added to the outbox. Every method may raise DependencyUnavailable.
    """

    def __init__(
        self,
        database: Database,
        leases: Leases,
        platforms: Mapping[str, Platform],
        clock: Clock,
        delay: timedelta,
        published: Callable[[], None],
    ) -> None:
        self._database = database
        self._leases = leases
        self._platforms = platforms
        self._clock = clock
        self._delay = delay
        self._begun = clock.now()
        self._published = published

    async def note(self, account: Account, reading: Reading) -> None:
        """Keep how a reading ended, and publish what that changes."""
        await self._update(account, reading)

    async def repeat(self, accounts: Callable[[], Mapping[str, Account]]) -> int:
        """Publish what got old, or got worse with time, for each of these accounts; return for how many."""
        return sum([await self._update(account, None) for account in list(accounts().values())])

    async def _update(self, account: Account, reading: Reading | None) -> bool:
        lease = await self._leases.acquire(account.account_id, account.school_id)
        if lease is None:
            return False
        try:
            async with self._database.transaction() as connection:
                await self._leases.keep(connection, lease)
                streams = await self._streams(connection, account, reading)
                is_news = await self._publish(connection, account, streams)
        except LeaseLost:
            return False
        if is_news:
            self._published()
        return is_news

    async def _streams(
        self, connection: AsyncConnection, account: Account, reading: Reading | None
    ) -> list[StreamState]:
        """Return the states of the account's streams, the one that was read brought up to date."""
        now, names = self._clock.now(), self._platforms[account.platform].streams
        owner = {"account_id": account.account_id, "school_id": account.school_id}
        new = [owner | {"stream": name, "code": NOT_READ_YET, "failing_since": now} for name in names]
        await insert_new(connection, stream_status, new)
        columns = [stream_status.c[name] for name in StreamState.__slots__]
        query = select(*columns).where(
            stream_status.c.account_id == account.account_id, stream_status.c.stream.in_(names)
        )
        states = [StreamState(*row) for row in await connection.execute(query.order_by(stream_status.c.stream))]
        if reading is None:
            return states
        read = [each.after(reading, now) for each in states if each.stream == reading.stream]
        for each in read:
            await upsert(connection, stream_status, owner | asdict(each))
        return [*(each for each in states if each.stream != reading.stream), *read]

    async def _publish(self, connection: AsyncConnection, account: Account, streams: Sequence[StreamState]) -> bool:
        now, gaps = self._clock.now(), await _gaps(connection, account.account_id)
        state, reason = judge(streams, now, self._delay, self._begun)
        row = {"state": state, "reason": reason, "gaps": json.dumps([gap.model_dump(mode="json") for gap in gaps])}
        known = account_status.c.account_id == account.account_id
        last = (await connection.execute(select(account_status).where(known))).one_or_none()
        if last is not None and now - last.observed_at < REPEAT_AFTER and _is_same(last, row):
            return False
        status = AccountStatus(
            status_id=ids.status_id(account.account_id, now.isoformat()),
            school_id=account.school_id,
            account_id=account.account_id,
            platform=account.platform,
            state=state,
            reason=reason,
            checked_at=checked_at(streams),
            gaps=gaps,
            budget_used=max((each.budget_used for each in streams if each.budget_used is not None), default=None),
            observed_at=now,
            repeats_within=int(REPEATS_WITHIN.total_seconds()),
        )
        kept = {"account_id": account.account_id, "school_id": account.school_id, "observed_at": now}
        await upsert(connection, account_status, kept | row)
        await add(connection, outbox, [(TOPIC, status)])
        return True


def _is_same(last: Any, row: Mapping[str, Any]) -> bool:
    return all(getattr(last, name) == value for name, value in row.items())


async def _gaps(connection: AsyncConnection, account_id: str) -> tuple[Gap, ...]:
    """Return the last gap of each stream that had one."""
    query = (
        select(cursors.c.stream, cursors.c.gap, cursors.c.gap_at)
        .where(cursors.c.account_id == account_id, cursors.c.gap.is_not(None))
        .order_by(cursors.c.stream)
    )
    return tuple(Gap(stream=row.stream, reason=row.gap, at=row.gap_at) for row in await connection.execute(query))
