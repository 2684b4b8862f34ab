"""What ends by the clock, hour by hour."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from schemas.ids import SchoolId
from services.register import tables
from services.register.models import FaceMatching, Pupil
from services.shared.errors import SettingsError
from tests.support.register import LAWFUL, Register, pupil, what

LIMITED = pupil(photo_consent="yes", photo_consent_until="2026-11-30", name_consent="yes")


async def school_with(register: Register, *pupils: Pupil) -> SchoolId:
    school_id = (await register.school()).school_id
    await register.writer.import_people(school_id, pupils=pupils)
    await register.told()
    return school_id


async def stored(register: Register, school_id: SchoolId) -> list[tuple[str, str]]:
    return [(each.photo_consent, each.name_consent) for each in (await register.reader.roster(school_id)).pupils]


async def receipts(register: Register, school_id: SchoolId) -> list[tuple[str, str]]:
    return sorted((receipt.what, receipt.reason) for receipt in await register.reader.receipts(school_id))


async def test_a_consent_ends_after_its_last_day(register: Register) -> None:
    school_id = await school_with(register, LIMITED)
    register.clock.moment = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert await register.expiry.run() == 0
    assert await stored(register, school_id) == [("yes", "yes")]
    register.clock.move(minutes=1)
    assert await stored(register, school_id) == [("no", "yes")], "no reader waits for the hour"
    assert await register.expiry.run() == 1
    assert what(await register.told()) == [(("roster",), ["photo_consent_withdrawn"])]
    assert await receipts(register, school_id) == [("consent", "photo_consent_expired")]
    assert await register.expiry.run() == 0
    assert await register.told() == []


async def test_the_same_export_does_not_give_an_ended_consent_again(register: Register) -> None:
    school_id = await school_with(register, LIMITED)
    register.clock.move(days=7)
    await register.expiry.run()
    await register.told()
    await register.writer.import_people(school_id, pupils=[LIMITED])
    assert await register.told() == []
    await register.writer.import_people(school_id, pupils=[replace(LIMITED, photo_consent_until="2027-11-30")])
    assert what(await register.told()) == [(("roster",), ["photo_consent_given"])]


async def test_both_consents_may_end_on_one_day(register: Register) -> None:
    school_id = await school_with(register, replace(LIMITED, name_consent_until="2026-11-30"), pupil("2402"))
    register.clock.move(days=7)
    await register.expiry.run()
    assert what(await register.told()) == [(("roster",), ["photo_consent_withdrawn", "name_consent_withdrawn"])]
    assert await stored(register, school_id) == [("no", "no"), ("no", "no")]
    assert len(await receipts(register, school_id)) == 2


async def test_a_pupil_leaves_after_the_last_day_with_everything(register: Register) -> None:
    school_id, ref = await register.enrolled()
    await register.writer.import_people(school_id, pupils=[pupil(leaving_date="2026-11-30"), pupil("2402")])
    await register.told()
    register.clock.moment = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert await register.expiry.run() == 0
    register.clock.move(minutes=1)
    assert [each.admission_no for each in (await register.reader.roster(school_id)).pupils] == ["2402"]
    assert await register.expiry.run() == 1
    (change,) = await register.told()
    assert change.parts == ("roster", "gallery")
    assert [(each.ref, each.what) for each in change.pupils] == [(ref, "enrolment_removed"), (ref, "left")]
    assert await receipts(register, school_id) == [
        (each, "leaving_date_passed") for each in ("enrolment_consent", "pupil", "template")
    ]
    assert await register.gallery.consents(school_id) == {}


async def test_a_template_is_deleted_after_a_year(register: Register) -> None:
    school_id, ref = await register.enrolled()
    register.clock.move(days=100)
    await register.enrol(school_id, ref, "model+2")
    register.clock.move(days=264)
    await register.told()
    assert await register.expiry.run() == 0
    register.clock.move(days=1)
    assert await register.expiry.run() == 1
    assert what(await register.told()) == [(("gallery",), [])], "the newer template is left"
    register.clock.move(days=100)
    assert await register.expiry.run() == 1
    assert what(await register.told()) == [(("gallery",), ["enrolment_removed"])]
    assert await receipts(register, school_id) == [("template", "template_expired")] * 2
    assert await register.gallery.entries(school_id) == ()


async def test_a_template_without_its_legal_basis_is_deleted(register: Register) -> None:
    school_id, ref = await register.enrolled()
    await register.told()
    assert await register.expiry.run() == 0
    await register.school(FaceMatching())
    assert await register.expiry.run() == 1
    (_, removed) = await register.told()
    assert [(each.ref, each.what) for each in removed.pupils] == [(ref, "enrolment_removed")]
    assert await receipts(register, school_id) == [("template", "no_consultation")]
    assert (await register.gallery.consents(school_id))[ref] == LAWFUL, "what was on record stays on record"


async def test_a_school_whose_key_is_lost_stops_no_other(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the register's process, which relays every school's changes."""
    broken = await school_with(register, LIMITED)
    other = (await register.school(number="999002")).school_id
    await register.writer.import_people(other, pupils=[LIMITED])
    await register.told()
    data_key = register.keyring.data_key

    async def lost(school_id: SchoolId) -> bytes:
        if school_id == broken:
            raise SettingsError("the master key is not the key that this store was made with")
        return await data_key(school_id)

    monkeypatch.setattr(register.keyring, "data_key", lost)
    register.clock.move(days=7)
    assert await register.expiry.run() == 1
    assert {change.school_id for change in await register.told()} == {other}
    assert register.health.readiness() == {"registers": "register_unreadable"}


async def test_a_register_that_cannot_be_read_stops_no_other(register: Register) -> None:
    broken = await school_with(register, LIMITED)
    other = (await register.school(number="999002")).school_id
    await register.writer.import_people(other, pupils=[LIMITED])
    async with register.database.transaction() as connection:
        await connection.execute(
            update(tables.pupils).where(tables.pupils.c.school_id == broken).values(sealed=b"altered" * 9)
        )
    await register.told()
    register.clock.move(days=7)
    assert await register.expiry.run() == 1
    assert {change.school_id for change in await register.told()} == {other}
    assert register.health.readiness() == {"registers": "register_unreadable"}
