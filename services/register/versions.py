"""The versions of a school's register: each write raises some within its transaction, and tells the others of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from schemas.status import PupilChange, RegisterChange
from services.register import rows, tables
from services.register.models import School
from services.shared.database import insert_new
from services.shared.errors import InputRejected
from services.shared.outbox import add

Part = Literal["roster", "gallery", "profile"]
TOPIC: Final = "register.changes"
MOST_PUPILS: Final = 500
"""How many changes of pupils one event holds; more of them go out as several events of the same versions."""


async def registered_school(connection: AsyncConnection, school_id: SchoolId, *, lock: bool = False) -> School:
    """Return a school; with `lock` nobody else writes its register before the transaction ends.

    Raises:
        InputRejected: there is no such school.
    """
    wanted = select(tables.schools).where(tables.schools.c.school_id == school_id)
    row = (await connection.execute(wanted.with_for_update(key_share=True) if lock else wanted)).one_or_none()
    if row is None:
        raise InputRejected("there is no such school in the register: add it first")
    return rows.school_from(row)


async def bump(
    connection: AsyncConnection, school_id: SchoolId, *parts: Part, pupils: Sequence[PupilChange] = (), at: datetime
) -> None:
    """Raise these versions by one and put the change into the outbox: once for each write, at its end."""
    table = tables.versions
    await insert_new(connection, table, [{"school_id": school_id, "roster": 0, "gallery": 0, "profile": 0}])
    raised = update(table).where(table.c.school_id == school_id).values({part: table.c[part] + 1 for part in parts})
    row = (await connection.execute(raised.returning(table.c.roster, table.c.gallery, table.c.profile))).one()
    versions = RegisterVersions(roster=row.roster, gallery=row.gallery, profile=row.profile)
    # With its moment: after a restore from a backup the same versions come again.
    state = f"roster={row.roster} gallery={row.gallery} profile={row.profile} at={at.isoformat()}"
    for start in range(0, max(len(pupils), 1), MOST_PUPILS):
        change = RegisterChange(
            change_id=ids.change_id(school_id, f"{state} from={start}"),
            school_id=school_id,
            parts=parts,
            versions=versions,
            pupils=tuple(pupils[start : start + MOST_PUPILS]),
            changed_at=at,
        )
        await add(connection, tables.outbox, [(TOPIC, change)])
