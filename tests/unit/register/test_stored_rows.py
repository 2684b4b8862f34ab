"""Rows of the first release still open, its code opens ours, and writers at the same time wait for each other."""

import asyncio
from dataclasses import asdict

from sqlalchemy import select, update

from services.register import tables
from services.register.models import Pupil
from services.register.sealed_rows import open_row, seal_row
from tests.support.register import Register, pupil

FIRST_RELEASE = {
    "admission_no", "upn", "legal_forename", "preferred_forename", "surname", "year", "form", "dob", "address",
    "postcode", "photo_consent", "name_consent",
}  # fmt: skip


async def test_a_pupil_that_the_first_release_sealed_still_opens(register: Register) -> None:
    school_id = (await register.school()).school_id
    await register.writer.import_people(school_id, pupils=[pupil(photo_consent="yes")])
    ref = await register.ref(school_id)
    key = await register.keyring.data_key(school_id)
    first = {name: value for name, value in asdict(pupil(photo_consent="yes")).items() if name in FIRST_RELEASE}
    async with register.database.transaction() as connection:
        sealed = seal_row(key, "pupils", school_id, ref, first)
        await connection.execute(update(tables.pupils).values(sealed=sealed))
    await register.told()

    (opened,) = (await register.reader.roster(school_id)).pupils
    assert opened == Pupil(ref=ref, **first)
    assert await register.expiry.run() == 0
    await register.writer.import_people(school_id, pupils=[pupil(photo_consent="yes")])
    assert await register.told() == []


async def test_a_pupil_without_last_days_is_sealed_as_the_first_release_did(register: Register) -> None:
    school_id = (await register.school()).school_id
    await register.writer.import_people(school_id, pupils=[pupil(), pupil("2402", leaving_date="2027-07-20")])
    key = await register.keyring.data_key(school_id)
    async with register.database.reading() as connection:
        rows = (await connection.execute(select(tables.pupils))).all()
    opened = {row.ref: set(open_row(key, "pupils", school_id, row.ref, row.sealed)) for row in rows}
    assert opened[await register.ref(school_id)] == FIRST_RELEASE
    assert opened[await register.ref(school_id, "2402")] == FIRST_RELEASE | {"leaving_date"}


async def test_writers_at_the_same_time_tell_of_each_change_once_and_in_order(register: Register) -> None:
    school_id = (await register.school()).school_id
    await register.told()
    names = [pupil(surname=surname) for surname in ("Abara", "Bell", "Croft", "Dale")]
    await asyncio.gather(*(register.writer.import_people(school_id, pupils=[each]) for each in names))
    changes = await register.told()
    assert [change.versions.roster for change in changes] == [1, 2, 3, 4]
    assert [[each.what for each in change.pupils] for change in changes] == [["joined"], *[["renamed"]] * 3]
