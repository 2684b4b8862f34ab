"""The versions of a school's register: each write raises one within its own transaction."""

from typing import Literal

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import SchoolId
from services.register import tables
from services.shared.database import insert_new

Part = Literal["roster", "gallery", "profile"]


async def bump(connection: AsyncConnection, school_id: SchoolId, *parts: Part) -> None:
    """Raise these versions by one."""
    table = tables.versions
    await insert_new(connection, table, [{"school_id": school_id, "roster": 0, "gallery": 0, "profile": 0}])
    changes = {part: table.c[part] + 1 for part in parts}
    await connection.execute(update(table).where(table.c.school_id == school_id).values(changes))
