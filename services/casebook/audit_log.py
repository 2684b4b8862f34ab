"""Who did what to which case: a chain of hashes per school, so that a row changed or taken out is noticed."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import SchoolId
from services.casebook import tables
from services.casebook.viewer import Viewer
from services.shared.database import insert_new
from services.shared.errors import InputRejected

GENESIS: Final = "0" * 64


@dataclass(frozen=True)
class Act:
    """An actor's id, a code for what was done, the id it was done to, and a code or figure that says more."""

    actor_id: str
    action: str
    subject: str
    detail: str = ""


@dataclass(frozen=True)
class Entry:
    """An act in the log; numbers start at 1 in every school."""

    number: int
    act: Act
    at: datetime


async def append(connection: AsyncConnection, school: SchoolId, act: Act, at: datetime) -> None:
    """Add an act to the school's chain; concurrent transactions wait for each other here."""
    heads = tables.audit_heads
    await insert_new(connection, heads, [{"school_id": school, "number": 0, "hash": GENESIS}])
    head = (
        await connection.execute(
            update(heads).where(heads.c.school_id == school).values(number=heads.c.number + 1).returning(heads)
        )
    ).one()
    digest = _hash(head.hash, school, Entry(head.number, act, at))
    await connection.execute(update(heads).where(heads.c.school_id == school).values(hash=digest))
    await connection.execute(
        insert(tables.audit_log).values(
            school_id=school,
            number=head.number,
            actor_id=act.actor_id,
            action=act.action,
            subject=act.subject,
            detail=act.detail,
            at=at,
            previous_hash=head.hash,
            hash=digest,
        )
    )


async def verify(connection: AsyncConnection, school: SchoolId) -> int | None:
    """Return the number of the first entry that does not fit the chain, or None when the chain is whole."""
    log, heads = tables.audit_log, tables.audit_heads
    previous, number = GENESIS, 0
    for row in await connection.execute(select(log).where(log.c.school_id == school).order_by(log.c.number)):
        number += 1
        fits = row.number == number and row.previous_hash == previous
        if not fits or row.hash != _hash(previous, school, _entry(row)):
            return number
        previous = row.hash
    head = (await connection.execute(select(heads).where(heads.c.school_id == school))).one_or_none()
    whole = (head.number, head.hash) == (number, previous) if head else number == 0
    return None if whole else number + 1


async def entries(
    connection: AsyncConnection, viewer: Viewer, school: SchoolId, *, limit: int = 200
) -> tuple[Entry, ...]:
    """Return the newest entries of a school, the newest first.

    Raises:
        InputRejected: this person may not read the log.
    """
    if not viewer.may_audit(school):
        raise InputRejected("the audit log of this school is not for you")
    log = tables.audit_log
    found = await connection.execute(
        select(log).where(log.c.school_id == school).order_by(log.c.number.desc()).limit(limit)
    )
    return tuple(_entry(row) for row in found)


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.number, Act(row.actor_id, row.action, row.subject, row.detail), row.at)


def _hash(previous: str, school: SchoolId, entry: Entry) -> str:
    act = entry.act
    fields = [
        previous, school, entry.number, act.actor_id, act.action, act.subject, act.detail,
        entry.at.astimezone(UTC).isoformat(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()
