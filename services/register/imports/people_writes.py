"""Making a school's people those of an export, within the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import SchoolId
from schemas.status import PupilChange
from services.register import rows, tables
from services.register.consent import as_of, has_left
from services.register.models import YES, Facts, Pupil, Staff
from services.register.receipts import delete_pupil
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
    at: datetime,
) -> tuple[Changes, tuple[PupilChange, ...]]:
    """Make the pupils these, with the consents that hold; `kept` are admission numbers of others who stay.

    Who left by the date in the export is believed to have left; of those, the unknown count as unchanged. Leavers lose
    consents and templates.
    """
    today = at.astimezone(UTC).date()
    refs = {pupil_ref(key, pupil.admission_no): pupil for pupil in pupils}
    gone = {ref for ref, pupil in refs.items() if has_left(pupil, today)}
    wanted = {ref: as_of(replace(pupil, ref=ref), today) for ref, pupil in refs.items() if ref not in gone}
    known = {row.ref: rows.pupil_from(key, row) for row in await _of_school(connection, tables.pupils, school_id)}
    told: list[PupilChange] = []
    for ref, pupil in wanted.items():
        if known.get(ref) != pupil:
            await upsert(connection, tables.pupils, rows.pupil_row(key, school_id, pupil))
            told += changes_of(known.get(ref), pupil)
    staying = {pupil_ref(key, admission_no) for admission_no in kept}
    changes, missing = _compare({ref: known[ref] for ref in known.keys() - gone}, wanted, staying, whole=whole)
    dated = gone & known.keys()
    for leavers, reason in ((missing, "not_in_export"), (dated, "leaving_date_passed")):
        for ref in sorted(leavers):
            told += await delete_pupil(connection, school_id, ref, reason=reason, at=at)
    unknown = len(gone) - len(dated)
    return replace(changes, left=changes.left + len(dated), unchanged=changes.unchanged + unknown), tuple(told)


def changes_of(before: Pupil | None, after: Pupil) -> list[PupilChange]:
    """Say what changed for a pupil, as far as others must know; a newcomer had no consents."""
    found = ["joined"] if before is None else ["renamed"] if _names(before) != _names(after) else []
    for consent in ("photo_consent", "name_consent"):
        was, is_now = before is not None and getattr(before, consent) == YES, getattr(after, consent) == YES
        if was != is_now:
            found.append(f"{consent}_{'given' if is_now else 'withdrawn'}")
    return [PupilChange(ref=after.ref, what=what) for what in found]


def _names(pupil: Pupil) -> tuple[str, str, str]:
    return pupil.legal_forename, pupil.preferred_forename, pupil.surname


async def put_staff(
    connection: AsyncConnection, key: bytes, school_id: SchoolId, staff: Sequence[Staff], *, whole: bool
) -> Changes:
    """Make the staff these."""
    wanted = {staff_ref(key, member): member for member in staff}
    known = {row.ref: rows.staff_from(key, row) for row in await _of_school(connection, tables.staff, school_id)}
    for ref in wanted.keys() - known.keys():
        await upsert(connection, tables.staff, rows.staff_row(key, school_id, wanted[ref]))
    changes, leavers = _compare(known, wanted, set(), whole=whole)
    table = tables.staff
    for ref in leavers:
        await connection.execute(delete(table).where(table.c.school_id == school_id, table.c.ref == ref))
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
