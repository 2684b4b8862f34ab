"""Making a school's people those of an export, within the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import SchoolId
from services.register import rows, tables
from services.register.models import Facts, Pupil, Staff
from services.register.sealed_rows import pupil_ref, staff_ref
from services.shared.database import upsert

LEAVERS_WITHOUT_QUESTION: Final = 5
LARGEST_SHARE_OF_LEAVERS: Final = 1 / 3


@dataclass(frozen=True)
class Changes:
    """What an import did to one kind of people; `left` were in the register and are no longer.

    `held_back` would have left, but are too many to be believed, or the lists were not whole: they stay.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left: int = 0
    held_back: int = 0

    @property
    def any(self) -> bool:
        """Whether the register is different now."""
        return bool(self.added or self.changed or self.left)


async def put_pupils(
    connection: AsyncConnection,
    key: bytes,
    school_id: SchoolId,
    pupils: Sequence[Pupil],
    *,
    kept: Collection[str],
    whole: bool,
) -> Changes:
    """Make the pupils these; `kept` are admission numbers of others who stay. Leavers lose consents and templates."""
    refs = {pupil_ref(key, pupil.admission_no): pupil for pupil in pupils}
    wanted = {ref: replace(pupil, ref=ref) for ref, pupil in refs.items()}
    known = {row.ref: rows.pupil_from(key, row) for row in await _of_school(connection, tables.pupils, school_id)}
    for ref, pupil in wanted.items():
        if known.get(ref) != pupil:
            await upsert(connection, tables.pupils, rows.pupil_row(key, school_id, pupil))
    staying = {pupil_ref(key, admission_no) for admission_no in kept}
    changes, leavers = _compare(known, wanted, staying, whole=whole)
    for table in (tables.pupils, tables.enrolment_consents, tables.gallery):
        await _remove(connection, table, school_id, leavers)
    return changes


async def put_staff(
    connection: AsyncConnection, key: bytes, school_id: SchoolId, staff: Sequence[Staff], *, whole: bool
) -> Changes:
    """Make the staff these."""
    wanted = {staff_ref(key, member): member for member in staff}
    known = {row.ref: rows.staff_from(key, row) for row in await _of_school(connection, tables.staff, school_id)}
    for ref in wanted.keys() - known.keys():
        await upsert(connection, tables.staff, rows.staff_row(key, school_id, wanted[ref]))
    changes, leavers = _compare(known, wanted, set(), whole=whole)
    await _remove(connection, tables.staff, school_id, leavers)
    return changes


async def put_facts(connection: AsyncConnection, key: bytes, school_id: SchoolId, facts: Facts) -> Changes:
    """Make the facts these."""
    stored = await _of_school(connection, tables.facts, school_id)
    if stored and rows.facts_from(key, stored[0]) == facts:
        return Changes(unchanged=1)
    await upsert(connection, tables.facts, rows.facts_row(key, school_id, facts))
    return Changes(changed=1) if stored else Changes(added=1)


def _compare(
    known: Mapping[str, Any], wanted: Mapping[str, Any], staying: Collection[str], *, whole: bool
) -> tuple[Changes, Collection[str]]:
    """Count the differences and name the leavers.

    A file that lacks a good part of the register is more likely cut off than true, so then nobody leaves.
    """
    both = known.keys() & wanted.keys()
    changed = sum(known[ref] != wanted[ref] for ref in both)
    missing = known.keys() - wanted.keys() - set(staying)
    believed = whole and len(missing) <= max(LEAVERS_WITHOUT_QUESTION, len(known) * LARGEST_SHARE_OF_LEAVERS)
    leavers = missing if believed else set()
    changes = Changes(
        added=len(wanted.keys() - known.keys()),
        changed=changed,
        unchanged=len(both) - changed,
        left=len(leavers),
        held_back=len(missing) - len(leavers),
    )
    return changes, leavers


async def _of_school(connection: AsyncConnection, table: Table, school_id: SchoolId) -> Sequence[Any]:
    return (await connection.execute(select(table).where(table.c.school_id == school_id))).all()


async def _remove(connection: AsyncConnection, table: Table, school_id: SchoolId, refs: Collection[str]) -> None:
    for ref in refs:
        await connection.execute(delete(table).where(table.c.school_id == school_id, table.c.ref == ref))
