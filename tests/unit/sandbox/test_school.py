import csv
import re

import pytest

from services.sandbox.pictures.portraits import PORTRAITS
from services.sandbox.school import DATA, School, load_school

COLUMNS = (
    "upn,admission_no,legal_forename,preferred_forename,surname,year,form,dob,"
    "address,postcode,photo_consent,name_consent"
)
DRAMA = re.compile(r"01632 960\d{3}|07700 900\d{3}|0808 157 0\d{3}|0306 999 0\d{3}")


@pytest.fixture(scope="module")
def school() -> School:
    return load_school()


def test_files_have_the_columns_that_offices_export() -> None:
    with (DATA / "pupils.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == COLUMNS.split(",")
    with (DATA / "staff.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["title", "forename", "surname"]


def test_every_upn_has_its_check_letter(school: School) -> None:
    for pupil in school.pupils:
        assert re.fullmatch(r"[A-HJ-NP-RT-Z]999550\d{6}", pupil.upn)
        total = sum(position * int(digit) for position, digit in enumerate(pupil.upn[1:], start=2))
        assert pupil.upn[0] == "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23]


def test_people_are_as_varied_as_in_a_school(school: School) -> None:
    pupils = school.pupils
    assert (len(pupils), len(school.staff)) == (119, 14)
    assert len({pupil.admission_no for pupil in pupils}) == len({pupil.upn for pupil in pupils}) == len(pupils)
    assert {pupil.photo_consent for pupil in pupils} == {pupil.name_consent for pupil in pupils} == {"yes", "no", ""}
    assert any("-" in pupil.surname for pupil in pupils)
    assert any(not pupil.full_name.isascii() for pupil in pupils)
    assert any(pupil.legal_forename != pupil.preferred_forename for pupil in pupils)
    siblings = [(a, b) for a in pupils for b in pupils if a.surname == b.surname and a.year < b.year]
    assert siblings
    assert all((a.address, a.postcode) == (b.address, b.postcode) for a, b in siblings)


def test_phone_numbers_are_from_the_ranges_for_drama(school: School) -> None:
    assert all(DRAMA.fullmatch(phone) for phone in (*school.phones, *school.public_phones))


@pytest.mark.parametrize("admission_no", PORTRAITS)
def test_pupils_with_portraits_must_not_be_published(school: School, admission_no: str) -> None:
    pupil = school.pupil(admission_no)
    assert (pupil.photo_consent, pupil.name_consent) == ("no", "no")
