"""Every write tells the others exactly what it changed, within its own transaction."""

from dataclasses import replace
from itertools import pairwise

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from schemas.ids import SchoolId
from services.register import tables, writes
from services.register.models import FaceMatching, Facts, Pupil, Staff
from services.shared.errors import DependencyUnavailable, InputRejected
from tests.support.register import DOCUMENTS, LAWFUL, Register, pupil, what

GIVEN = pupil(photo_consent="yes", name_consent="yes")


async def with_pupil(register: Register, who: Pupil = GIVEN) -> SchoolId:
    school_id = (await register.school()).school_id
    await register.writer.import_people(school_id, pupils=[who])
    await register.told()
    return school_id


async def test_a_school_and_its_documents(register: Register) -> None:
    school = await register.school()
    (added,) = await register.told()
    assert (added.school_id, added.parts, added.pupils) == (school.school_id, ("profile", "gallery"), ())
    assert added.versions == await register.reader.versions(school.school_id)
    assert added.changed_at == register.clock.now()
    await register.school()
    assert await register.told() == []
    await register.school(FaceMatching())
    assert what(await register.told()) == [(("profile", "gallery"), [])]


async def test_an_account_that_comes_and_goes(register: Register) -> None:
    school_id = await with_pupil(register)
    account = await register.writer.add_account(school_id, "x", "1", handle="a", token=SecretStr("t"))
    await register.writer.remove_account(account.account_id)
    assert what(await register.told()) == [(("profile",), []), (("profile",), [])]
    await register.writer.remove_account(account.account_id)
    assert await register.told() == []


async def test_users_are_nobody_elses_business(register: Register) -> None:
    school_id = await with_pupil(register)
    user = await register.writer.add_user(school_id, "Ada Finch", "ada@larkhollow.example", ["dsl"])
    await register.writer.set_roles(user.user_id, ["dpo"])
    await register.writer.remove_user(user.user_id)
    assert await register.told() == []


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (None, pupil(), ["joined"]),
        (None, GIVEN, ["joined", "photo_consent_given", "name_consent_given"]),
        (None, pupil(photo_consent="unknown"), ["joined"]),
        (GIVEN, replace(GIVEN, photo_consent="no"), ["photo_consent_withdrawn"]),
        (GIVEN, replace(GIVEN, name_consent="unknown"), ["name_consent_withdrawn"]),
        (GIVEN, replace(GIVEN, photo_consent_until="2026-11-23"), ["photo_consent_withdrawn"]),
        (GIVEN, replace(GIVEN, photo_consent_until="2026-11-24"), []),
        (pupil(), replace(GIVEN, name_consent="no"), ["photo_consent_given"]),
        (pupil(), pupil(photo_consent="unknown"), []),
        (pupil(), pupil(surname="Bell"), ["renamed"]),
        (pupil(), pupil(legal_forename="Wrenna"), ["renamed"]),
        (pupil(), pupil(preferred_forename="Birdie", name_consent="yes"), ["renamed", "name_consent_given"]),
        (pupil(), pupil(form="RX", dob="2022-02-22", address="11 Lapwing Close"), []),
    ],
)
async def test_what_an_import_changes_for_a_pupil(
    register: Register, before: Pupil | None, after: Pupil, changes: list[str]
) -> None:
    school_id = (await register.school()).school_id
    await register.writer.import_people(school_id, pupils=[] if before is None else [before])
    await register.told()
    await register.writer.import_people(school_id, pupils=[after])
    (told,) = await register.told()
    assert what([told]) == [(("roster",), changes)]
    assert {change.ref for change in told.pupils} <= {await register.ref(school_id)}
    await register.writer.import_people(school_id, pupils=[after])
    assert await register.told() == []


async def test_leavers_are_named_and_who_is_held_back_is_not(register: Register) -> None:
    school_id = (await register.school()).school_id
    everybody = [pupil(str(number)) for number in range(30)]
    await register.writer.import_people(school_id, pupils=everybody)
    refs = {each.admission_no: each.ref for each in (await register.reader.roster(school_id)).pupils}
    await register.told()
    await register.writer.import_people(school_id, pupils=everybody[:10])
    assert await register.told() == []
    await register.writer.import_people(school_id, pupils=everybody[:29])
    assert [[(each.ref, each.what) for each in change.pupils] for change in await register.told()] == [
        [(refs["29"], "left")]
    ]


async def test_a_leaving_date_is_believed_however_many_leave(register: Register) -> None:
    school_id = (await register.school()).school_id
    everybody = [pupil(str(number)) for number in range(30)]
    await register.writer.import_people(school_id, pupils=everybody)
    await register.told()
    gone = [replace(each, leaving_date="2026-11-23") for each in everybody[1:]]
    report = await register.writer.import_people(school_id, pupils=[everybody[0], *gone], whole=False)
    assert what(await register.told()) == [(("roster",), ["left"] * 29)]
    assert report.pupils is not None
    assert (report.pupils.left, report.pupils.unchanged) == (29, 1)
    await register.writer.import_people(school_id, pupils=[everybody[0], *gone])
    assert await register.told() == []


async def test_an_enrolled_leaver_goes_from_both(register: Register) -> None:
    school_id, _ = await register.enrolled()
    await register.told()
    await register.writer.import_people(school_id, pupils=[])
    assert what(await register.told()) == [(("roster", "gallery"), ["enrolment_removed", "left"])]


async def test_staff_and_facts(register: Register) -> None:
    school_id = await with_pupil(register)
    await register.writer.import_people(school_id, staff=[Staff("Mrs", "Helena", "Croxdale")])
    await register.writer.import_people(school_id, facts=Facts(name="Larkhollow"))
    await register.writer.import_people(
        school_id, staff=[Staff("Mrs", "Helena", "Croxdale")], facts=Facts(name="Larkhollow")
    )
    assert what(await register.told()) == [(("roster",), []), (("roster", "profile"), [])]


async def test_the_gallery(register: Register) -> None:
    school_id, ref = await register.enrolled()
    assert what(await register.told())[-2:] == [(("gallery",), []), (("gallery",), ["enrolled"])]
    await register.gallery.record_consents(school_id, [LAWFUL])
    assert await register.told() == []
    await register.enrol(school_id, ref)
    await register.gallery.record_consents(school_id, [replace(LAWFUL, child_objection=True)])
    await register.gallery.remove(school_id, ref)
    assert what(await register.told()) == [(("gallery",), ["enrolled"]), (("gallery",), ["enrolment_removed"])]
    await register.gallery.record_consents(school_id, [LAWFUL])
    await register.enrol(school_id, ref)
    await register.told()
    await register.gallery.remove(school_id, ref)
    assert what(await register.told()) == [(("gallery",), ["enrolment_removed"])]


async def test_versions_follow_on_one_another_and_name_the_change(register: Register) -> None:
    school_id, ref = await register.enrolled()
    await register.gallery.remove(school_id, ref)
    changes = await register.told()
    assert len({change.change_id for change in changes}) == len(changes) == 5
    assert all(not later.versions.older_than(earlier.versions) for earlier, later in pairwise(changes))
    assert changes[-1].versions == await register.reader.versions(school_id)


async def test_a_change_after_a_restore_is_not_taken_for_one_that_was_told_before_it(register: Register) -> None:
    """A backup brings the earlier versions back, while the others remember the changes that led to the later ones."""
    school_id = await with_pupil(register)
    before = await register.reader.versions(school_id)
    await register.writer.import_people(school_id, pupils=[replace(GIVEN, form="RX")])
    (lost,) = await register.told()
    async with register.database.transaction() as connection:
        await connection.execute(update(tables.versions).values(before.model_dump()))
    register.clock.move(minutes=5)
    await register.writer.import_people(school_id, pupils=[replace(GIVEN, name_consent="no")])
    (withdrawn,) = await register.told()
    assert withdrawn.versions == lost.versions
    assert withdrawn.change_id != lost.change_id


async def test_a_large_import_goes_out_in_parts(register: Register) -> None:
    school_id = (await register.school()).school_id
    await register.told()
    await register.writer.import_people(school_id, pupils=[pupil(str(number)) for number in range(1001)])
    changes = await register.told()
    assert [len(change.pupils) for change in changes] == [500, 500, 1]
    assert len({each.ref for change in changes for each in change.pupils}) == 1001
    assert len({change.change_id for change in changes}) == 3
    assert len({change.versions.model_dump_json() for change in changes}) == 1


async def test_a_write_that_fails_tells_nothing(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    school_id = await with_pupil(register)
    before = await register.reader.versions(school_id)

    async def fail(*_: object) -> None:
        raise DependencyUnavailable("database does not answer")

    monkeypatch.setattr(writes, "put_facts", fail)
    with pytest.raises(DependencyUnavailable):
        await register.writer.import_people(school_id, pupils=[pupil()], facts=Facts(name="Larkhollow"))
    with pytest.raises(InputRejected):
        await register.enrol(school_id, await register.ref(school_id))
    assert await register.told() == []
    assert await register.reader.versions(school_id) == before
    assert [each.photo_consent for each in (await register.reader.roster(school_id)).pupils] == ["yes"]


async def test_schools_with_the_same_admission_numbers_do_not_touch_each_other(register: Register) -> None:
    here, our_pupil = await register.enrolled()
    there, their_pupil = await register.enrolled(number="999002")
    assert our_pupil != their_pupil
    versions = await register.reader.versions(there)
    await register.told()
    register.clock.move(days=1)
    await register.gallery.record_consents(here, [replace(LAWFUL, child_objection=True)])
    await register.writer.import_people(here, pupils=[])
    await register.school(DOCUMENTS)
    assert {(change.school_id, each.ref) for change in await register.told() for each in change.pupils} == {
        (here, our_pupil)
    }
    assert await register.reader.versions(there) == versions
    assert [entry.ref for entry in await register.gallery.entries(there)] == [their_pupil]
    assert await register.gallery.remove(here, their_pupil) == 0
    assert await register.reader.receipts(there) == ()
