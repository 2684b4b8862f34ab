"""A deletion leaves a receipt, and the receipt nothing of what was deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from schemas.ids import PupilRef, SchoolId
from services.register import tables
from services.register.receipts import REASONS
from tests.support.register import LAWFUL, VECTOR, Register, pupil

Deletion = Callable[[Register, SchoolId, PupilRef], Awaitable[object]]


async def by_hand(register: Register, school_id: SchoolId, ref: PupilRef) -> None:
    await register.gallery.remove(school_id, ref)


async def by_objection(register: Register, school_id: SchoolId, _: PupilRef) -> None:
    objections = replace(LAWFUL, child_objection=True, parent_objection=True)
    await register.gallery.record_consents(school_id, [objections])


async def by_import(register: Register, school_id: SchoolId, _: PupilRef) -> None:
    await register.writer.import_people(school_id, pupils=[])


async def by_leaving_date(register: Register, school_id: SchoolId, _: PupilRef) -> None:
    await register.writer.import_people(school_id, pupils=[pupil(leaving_date="2026-11-23")])


async def by_the_clock(register: Register, school_id: SchoolId, _: PupilRef) -> None:
    register.clock.move(days=365)
    await register.expiry.expire(school_id)


EVERYTHING = ("enrolment_consent", "pupil", "template")


@pytest.mark.parametrize(
    ("delete", "reason", "deleted"),
    [
        (by_hand, "removed_by_hand", ("template",)),
        (by_objection, "child_objected", ("template",)),
        (by_import, "not_in_export", EVERYTHING),
        (by_leaving_date, "leaving_date_passed", EVERYTHING),
        (by_the_clock, "template_expired", ("template",)),
    ],
)
async def test_each_way_to_delete(register: Register, delete: Deletion, reason: str, deleted: tuple[str, ...]) -> None:
    school_id, ref = await register.enrolled()
    assert await register.reader.receipts(school_id) == ()
    await delete(register, school_id, ref)
    found = await register.reader.receipts(school_id)
    assert sorted(receipt.what for receipt in found) == sorted(deleted)
    assert {(receipt.ref, receipt.reason, receipt.deleted_at) for receipt in found} == {
        (ref, reason, register.clock.now())
    }
    assert reason in REASONS
    await delete(register, school_id, ref)
    assert await register.reader.receipts(school_id) == found, "nothing was left to delete"


async def test_each_template_has_its_receipt_newest_first(register: Register) -> None:
    school_id, ref = await register.enrolled()
    await register.enrol(school_id, ref, "model+2")
    await register.gallery.remove(school_id, ref)
    register.clock.move(hours=1)
    await register.enrol(school_id, ref)
    await register.gallery.remove(school_id, ref)
    found = await register.reader.receipts(school_id)
    assert [(register.clock.now() - receipt.deleted_at).total_seconds() for receipt in found] == [0, 3600, 3600]
    assert len({receipt.receipt_id for receipt in found}) == 3


async def test_a_receipt_shows_no_person_and_no_face(register: Register) -> None:
    school_id, _ = await register.enrolled()
    await register.writer.import_people(school_id, pupils=[])
    async with register.database.reading() as connection:
        rows = [
            str(tuple(row))
            for table in (tables.receipts, tables.outbox)
            for row in await connection.execute(select(table))
        ]
    assert len(rows) > 3
    for secret in ("Wren", "Abara", "2401", "mother", VECTOR.decode()):
        assert not [row for row in rows if secret in row]
