"""Face templates: enrolled on a legal basis only, sealed, and gone when the basis is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.register import tables
from services.register.models import FaceMatching, Template
from services.shared.errors import InputRejected
from tests.support.register import DOCUMENTS, LAWFUL, VECTOR, Register, pupil


async def test_an_enrolled_pupil_is_in_the_gallery(register: Register) -> None:
    school_id, ref = await register.enrolled()
    assert await register.reader.templates(school_id) == (Template(ref, "model+1", VECTOR, 3),)
    (entry,) = await register.gallery.entries(school_id)
    assert (entry.ref, entry.photos, entry.enrolled_at) == (ref, 3, register.clock.now())
    assert entry.expires_at - entry.enrolled_at == timedelta(days=365)


async def test_a_new_template_of_the_same_model_replaces_the_old(register: Register) -> None:
    school_id, ref = await register.enrolled()
    await register.gallery.add_template(school_id, ref, model_id="model+1", vector=b"new", photos=5)
    await register.gallery.add_template(school_id, ref, model_id="model+2", vector=b"other", photos=1)
    found = await register.reader.templates(school_id)
    assert {(template.model_id, template.vector) for template in found} == {("model+1", b"new"), ("model+2", b"other")}


async def test_without_a_legal_basis_there_is_no_enrolment(register: Register) -> None:
    school = await register.school()
    await register.writer.import_people(school.school_id, pupils=[pupil("2401")])
    (someone,) = (await register.reader.roster(school.school_id)).pupils

    async def enrol() -> None:
        await register.gallery.add_template(school.school_id, someone.ref, model_id="m", vector=VECTOR, photos=3)

    with pytest.raises(InputRejected, match="no_record"):
        await enrol()
    await register.gallery.record_consents(school.school_id, [replace(LAWFUL, written_consent_by="")])
    with pytest.raises(InputRejected, match="no_written_consent"):
        await enrol()
    assert await register.gallery.entries(school.school_id) == ()


async def test_a_childs_objection_deletes_the_template(register: Register) -> None:
    school_id, ref = await register.enrolled()
    before = await register.reader.versions(school_id)
    await register.gallery.record_consents(school_id, [replace(LAWFUL, child_objection=True)])
    assert await register.gallery.entries(school_id) == ()
    assert (await register.reader.versions(school_id)).gallery == before.gallery + 1
    assert (await register.gallery.consents(school_id))[ref].child_objection


async def test_without_an_impact_assessment_nothing_is_matched(register: Register) -> None:
    school_id, _ = await register.enrolled()
    await register.school(FaceMatching())
    assert await register.reader.templates(school_id) == ()
    await register.school(DOCUMENTS)
    assert len(await register.reader.templates(school_id)) == 1


async def test_after_a_year_a_template_is_not_used(register: Register) -> None:
    school_id, _ = await register.enrolled()
    register.clock.move(days=364)
    assert len(await register.reader.templates(school_id)) == 1
    register.clock.move(days=1)
    assert await register.reader.templates(school_id) == ()


async def test_a_leaver_takes_consents_and_templates_along(register: Register) -> None:
    school_id, _ = await register.enrolled()
    await register.writer.import_people(school_id, pupils=[pupil("2402")])
    assert await register.gallery.entries(school_id) == ()
    assert await register.gallery.consents(school_id) == {}


async def test_removing_counts_what_was_there(register: Register) -> None:
    school_id, ref = await register.enrolled()
    assert await register.gallery.remove(school_id, ref) == 1
    assert await register.gallery.remove(school_id, ref) == 0


async def test_records_of_strangers_are_counted_not_kept(register: Register) -> None:
    school_id, ref = await register.enrolled()
    stranger = replace(LAWFUL, admission_no="9999", written_consent_on=date(2026, 9, 20))
    assert await register.gallery.record_consents(school_id, [stranger]) == 1
    assert set(await register.gallery.consents(school_id)) == {ref}


async def test_the_database_shows_no_vector_and_no_relation(register: Register) -> None:
    await register.enrolled()
    async with register.database.reading() as connection:
        rows = [*(await connection.execute(select(tables.gallery)))]
        rows += [*(await connection.execute(select(tables.enrolment_consents)))]
    shown = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    assert len(rows) == 2
    assert b"invented face" not in shown
    assert b"mother" not in shown
