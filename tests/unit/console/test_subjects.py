"""Whose names a school's people may read: those of the registers that its accounts are checked against."""

import pytest

from services.register.models import Pupil
from tests.support.console import OTHER, ConsoleWorld
from tests.support.events import SCHOOL, make_analysis
from tests.support.notify import finding

LEAD = "online_safety_lead"


@pytest.mark.parametrize("named", [True, False])
async def test_a_trust_reads_the_names_of_its_schools_pupils_and_of_no_others(world: ConsoleWorld, named: bool) -> None:  # noqa: FBT001  # a case of the table
    checked_against = (SCHOOL,) if named else (OTHER,)
    trust = await world.add_school("trust", "The Trust", "Trust", kind="trust", checked_against=checked_against)
    pupil = Pupil("", "A1", "", "Tamsin", "Tam", "Quillfeather", "3", "3B", "", "", "", "no", "yes")
    await world.writer.import_people(SCHOOL, pupils=[pupil])
    (kept,) = (await world.register.roster(SCHOOL)).pupils
    post = await world.raise_case(1, "Look", (), school=trust)
    shown = finding(post, "image_no_publish", subject_ref=kept.ref, subject_school_id=SCHOOL)
    await world.notify.take(make_analysis(post, "faces", findings=(shown,)))
    lead = await world.signed_in(LEAD, school=trust)
    page = await lead.get(f"/cases/{await world.case_id(school=trust)}")
    assert page.status_code == 200
    assert ("Tam Quillfeather" in page.text) is named
