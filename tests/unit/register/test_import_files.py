"""Importing a school's exports into the register, again and again."""

from datetime import date

import pytest
from sqlalchemy import select

from services.register.imports.facts import read_facts
from services.register.imports.files import ImportReport, import_files
from services.register.models import School
from services.register.tables import metadata
from services.shared.paths import ROOT
from tests.support.register import Register

SANDBOX = ROOT / "services" / "sandbox" / "data"
PUPILS, STAFF, FACTS = ((SANDBOX / name).read_bytes() for name in ("pupils.csv", "staff.csv", "school.yaml"))
HEADER, *ROWS = PUPILS.decode().splitlines()


async def imported(register: Register, school: School, **files: bytes) -> ImportReport:
    return await import_files(register.writer, school, today=date(2026, 11, 24), **files)


def some(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


async def test_the_sandbox_school_goes_in_whole(register: Register) -> None:
    school = await register.school()
    report = await imported(register, school, pupils=PUPILS, staff=STAFF, facts=FACTS)
    assert report.complete
    assert report.lines() == (
        "pupils: 119 added, 0 changed, 0 unchanged, 0 left, 0 refused",
        "staff: 14 added, 0 changed, 0 unchanged, 0 left, 0 refused",
        "facts: 1 added, 0 changed, 0 unchanged, 0 left, 0 refused",
    )
    roster = await register.reader.roster(school.school_id)
    assert (len(roster.pupils), len(roster.staff), roster.facts.postcode) == (119, 14, "LN77 4QX")
    assert roster.facts.handles == ("@LarkhollowPri",)
    assert len({pupil.ref for pupil in roster.pupils}) == 119


async def test_the_same_files_again_change_nothing(register: Register) -> None:
    school = await register.school()
    await imported(register, school, pupils=PUPILS, staff=STAFF, facts=FACTS)
    before = await register.reader.versions(school.school_id)
    report = await imported(register, school, pupils=PUPILS, staff=STAFF, facts=FACTS)
    assert report.lines()[0] == "pupils: 0 added, 0 changed, 119 unchanged, 0 left, 0 refused"
    assert await register.reader.versions(school.school_id) == before


async def test_changes_leavers_and_newcomers_are_counted(register: Register) -> None:
    school = await register.school()
    await imported(register, school, pupils=some(*ROWS[:20]))
    before = await register.reader.versions(school.school_id)
    moved = ROWS[0].replace(",RW,", ",RX,")
    report = await imported(register, school, pupils=some(moved, *ROWS[1:18], ROWS[30]))
    assert report.lines() == ("pupils: 1 added, 1 changed, 17 unchanged, 2 left, 0 refused",)
    after = await register.reader.versions(school.school_id)
    assert (after.roster, after.gallery) == (before.roster + 1, before.gallery)
    assert len((await register.reader.roster(school.school_id)).pupils) == 19


async def test_good_rows_go_in_and_a_refused_pupil_stays_as_before(register: Register) -> None:
    school = await register.school()
    await imported(register, school, pupils=some(*ROWS[:10]))
    broken = ROWS[0].replace("2022-02-22", "2022-02-31").replace("Abara", "Quillfeather")
    report = await imported(register, school, pupils=some(broken, *ROWS[1:12]))
    assert not report.complete
    assert report.lines() == (
        "pupils: 2 added, 0 changed, 9 unchanged, 0 left, 1 refused",
        "pupils: line 2, column dob: the cell is no date that exists: write 2015-09-30 or 30/09/2015 (not_a_date)",
    )
    assert "Quillfeather" not in {pupil.surname for pupil in (await register.reader.roster(school.school_id)).pupils}


async def test_a_file_cut_off_removes_nobody(register: Register) -> None:
    school = await register.school()
    await imported(register, school, pupils=some(*ROWS[:30]))
    report = await imported(register, school, pupils=some(*ROWS[:10]))
    assert [line.rsplit(" ", 1)[-1] for line in report.lines()] == ["refused", "(leavers_held_back)"]
    assert len((await register.reader.roster(school.school_id)).pupils) == 30


async def test_where_a_line_cannot_be_read_nobody_leaves(register: Register) -> None:
    school = await register.school()
    await imported(register, school, pupils=some(*ROWS[:12]))
    report = await imported(register, school, pupils=some(*ROWS[:10], ROWS[10].replace("yes,no", "yes")))
    assert report.pupils is not None
    assert [problem.code for problem in report.pupils.problems] == ["leavers_held_back", "wrong_cell_count"]
    assert len((await register.reader.roster(school.school_id)).pupils) == 12


@pytest.mark.parametrize("pupils", [b"", HEADER.encode(), b"name,class\nWren,2B\n"])
async def test_a_file_of_no_use_changes_nothing(register: Register, pupils: bytes) -> None:
    school = await register.school()
    await imported(register, school, pupils=some(*ROWS[:3]), staff=STAFF)
    report = await imported(register, school, pupils=pupils)
    assert report.lines()[0] == "pupils: nothing was imported"
    assert len(report.lines()) > 1
    assert not report.complete
    assert len((await register.reader.roster(school.school_id)).pupils) == 3


async def test_a_copy_of_the_database_shows_no_person(register: Register) -> None:
    school = await register.school()
    await imported(register, school, pupils=PUPILS, staff=STAFF, facts=FACTS)
    async with register.database.reading() as connection:
        rows = [row for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    copied = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    assert len(rows) > 130
    for secret in (b"Abara", b"Anwen", b"F999550126001", b"Lapwing", b"2022-02-22", b"Croxdale", b"Tamarisk"):
        assert secret not in copied


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"name: Larkhollow\npolicy: {full_name_with_photo: block}\n", []),
        (b'{"name": "Larkhollow", "phones": "01632 960417"}', []),
        (b"name: Larkhollow\nphone: [01632 960417]\n", ["unknown_fact"]),
        (b"name: Larkhollow\nphones: {office: 1}\n", ["wrong_fact"]),
        (b"address: Tamarisk Lane\n", ["wrong_fact"]),
        (b"name: Larkhollow\npolicy: {full_name_with_photo: never}\n", ["wrong_fact"]),
        (b"name: Larkhollow\npolicy: {photos: block}\n", ["unknown_choice"]),
        (b"- Larkhollow\n", ["not_yaml"]),
        (b"name: [", ["not_yaml"]),
        (b"\xff\xfe\x00", ["not_yaml"]),
        (b"", ["not_yaml"]),
    ],
)
def test_facts_are_all_good_or_refused(data: bytes, codes: list[str]) -> None:
    read = read_facts(data, choices=("full_name_with_photo",))
    assert [problem.code for problem in read.problems] == codes
    assert (read.facts is None) == bool(codes)
