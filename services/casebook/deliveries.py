"""The messages that alerts cause: one row per generation, recipient and channel, kept until the channel took it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from schemas.ids import CaseId, Digest, SchoolId, digest
from services.casebook import tables
from services.shared.database import insert_new

PENDING: Final = "pending"
SENT: Final = "sent"
FAILED: Final = "failed"


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: a channel's name and, on a channel for people, the id of a user."""

    channel: str
    user_id: str = ""


@dataclass(frozen=True)
class Delivery:
    """A message. `delivery_id` stays the same over all attempts; `code` is what the channel last answered."""

    school_id: SchoolId
    delivery_id: Digest
    alert_id: Digest
    generation: int
    case_id: CaseId
    recipient: Recipient
    state: str
    created_at: datetime
    send_at: datetime
    next_attempt_at: datetime
    attempts: int
    code: str | None
    ended_at: datetime | None


async def schedule(
    connection: AsyncConnection, alert: Alert, recipients: Iterable[Recipient], send_at: datetime, at: datetime
) -> int:
    """Add a message to each recipient; return how many were not there yet."""
    rows = [
        {
            "school_id": alert.school_id,
            "delivery_id": digest("delivery", alert.alert_id, alert.generation, to.user_id, to.channel),
            "alert_id": alert.alert_id,
            "generation": alert.generation,
            "case_id": alert.case_id,
            "channel": to.channel,
            "recipient": to.user_id,
            "state": PENDING,
            "created_at": at,
            "send_at": send_at,
            "next_attempt_at": send_at,
            "attempts": 0,
            "late_reported": False,
        }
        for to in recipients
    ]
    return await insert_new(connection, tables.deliveries, rows)


async def due(connection: AsyncConnection, at: datetime, limit: int) -> tuple[Delivery, ...]:
    """Return messages whose next attempt is due: new ones before those that failed, then the longest due."""
    rows = tables.deliveries
    found = await connection.execute(
        select(rows)
        .where(rows.c.state == PENDING, rows.c.next_attempt_at <= at)
        .order_by(rows.c.attempts, rows.c.next_attempt_at, rows.c.delivery_id)
        .limit(limit)
    )
    return tuple(_delivery(row) for row in found)


async def claim(connection: AsyncConnection, delivery: Delivery, until: datetime) -> bool:
    """Take a message for one attempt; if nobody reports its outcome before `until`, it is due again."""
    rows = tables.deliveries
    taken = await connection.execute(
        update(rows)
        .where(*_is(delivery), rows.c.state == PENDING, rows.c.next_attempt_at == delivery.next_attempt_at)
        .values(next_attempt_at=until, attempts=rows.c.attempts + 1)
    )
    return taken.rowcount == 1


async def end(connection: AsyncConnection, delivery: Delivery, state: str, code: str, at: datetime) -> None:
    """Say that the message was sent, or failed for good."""
    await _change(connection, delivery, state=state, last_code=code, ended_at=at)


async def try_again(connection: AsyncConnection, delivery: Delivery, code: str, at: datetime) -> None:
    """Say that the channel did not take the message, and when to try again."""
    await _change(connection, delivery, next_attempt_at=at, last_code=code)


async def late(connection: AsyncConnection, send_before: datetime, limit: int) -> tuple[Delivery, ...]:
    """Return messages that should have gone before a moment, were not taken, and were not reported as late."""
    rows = tables.deliveries
    found = await connection.execute(
        select(rows)
        .where(rows.c.state == PENDING, rows.c.send_at < send_before, rows.c.late_reported.is_(False))
        .order_by(rows.c.send_at)
        .limit(limit)
    )
    return tuple(_delivery(row) for row in found)


async def mark_late(connection: AsyncConnection, delivery: Delivery) -> bool:
    """Say that the message was reported as late; False when somebody else did, or it has gone since."""
    rows = tables.deliveries
    marked = await connection.execute(
        update(rows)
        .where(*_is(delivery), rows.c.state == PENDING, rows.c.late_reported.is_(False))
        .values(late_reported=True)
    )
    return marked.rowcount == 1


async def pending(connection: AsyncConnection) -> int:
    """Count the messages that no channel has taken yet."""
    rows = tables.deliveries
    counted = await connection.execute(select(func.count()).select_from(rows).where(rows.c.state == PENDING))
    return counted.scalar_one()


async def deliveries_of(connection: AsyncConnection, school: SchoolId, case_id: CaseId) -> tuple[Delivery, ...]:
    """Return a case's messages, the oldest first; the caller has found out that the reader may see the case."""
    rows = tables.deliveries
    found = await connection.execute(
        select(rows)
        .where(rows.c.school_id == school, rows.c.case_id == case_id)
        .order_by(rows.c.created_at, rows.c.delivery_id)
    )
    return tuple(_delivery(row) for row in found)


def _is(delivery: Delivery) -> tuple[Any, Any]:
    rows = tables.deliveries
    return rows.c.school_id == delivery.school_id, rows.c.delivery_id == delivery.delivery_id


async def _change(connection: AsyncConnection, delivery: Delivery, **values: Any) -> None:
    await connection.execute(update(tables.deliveries).where(*_is(delivery)).values(**values))


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        school_id=row.school_id,
        delivery_id=row.delivery_id,
        alert_id=row.alert_id,
        generation=row.generation,
        case_id=row.case_id,
        recipient=Recipient(row.channel, row.recipient),
        state=row.state,
        created_at=row.created_at,
        send_at=row.send_at,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
        code=row.last_code,
        ended_at=row.ended_at,
    )
