"""Exports as offices really write them: what goes in, and what is said about the rest."""

import codecs
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.register.imports.people import Parsed, read_enrolment_consents, read_pupils, read_staff
from services.register.imports.problems import SENTENCES
from services.register.models import EnrolmentConsent, Pupil, Staff

TODAY = date(2026, 11, 24)
HEADER = (
    "upn,admission_no,legal_forename,preferred_forename,surname,year,form,dob,address,postcode,"
    "photo_consent,name_consent"
)
ROW = "F999550126001,2401,Anwen,,Abara,R,RW,2022-02-22,11 Lapwing Close,ln77 4fn,yes,no"
COLUMNS = HEADER.split(",")


def pupils(*rows: str, header: str = HEADER) -> Parsed[Pupil]:
    return read_pupils("\n".join((header, *rows)).encode(), today=TODAY)


def changed(column: str, cell: str) -> str:
    cells = ROW.split(",")
    cells[COLUMNS.index(column)] = cell
    return ",".join(cells)


def found(parsed: Parsed[Pupil]) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.code) for problem in parsed.problems]


def test_a_good_row_becomes_a_pupil() -> None:
    (pupil,) = pupils(ROW).rows
    assert (pupil.preferred_forename, pupil.surname, pupil.dob, pupil.postcode) == (
        "Anwen", "Abara", "2022-02-22", "LN77 4FN",
    )  # fmt: skip
    assert (pupil.photo_consent, pupil.name_consent) == ("yes", "no")
    assert pupils(ROW).problems == ()


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + f"{HEADER}\n{ROW}\n".encode(),
        f"{HEADER}\r\n{ROW}\r\n".encode(),
        f"{HEADER}\n\n{ROW}\n,,,,,,,,,,,\n".encode(),
        f"{HEADER}\n{ROW}".replace(",", ";").encode(),
        f"{HEADER}\n{ROW}".replace(",", "\t").encode(),
        f"{HEADER}\n{ROW}".encode("utf-16"),
        f"{HEADER.upper().replace('_', ' ')}\n{ROW}".encode(),
        (",".join(f'"{column}"' for column in COLUMNS) + "\n" + ",".join(f'"{c}"' for c in ROW.split(","))).encode(),
    ],
    ids=["bom", "crlf", "blank lines", "semicolons", "tabs", "utf-16", "spoken header", "quoted"],
)
def test_every_dialect_reads_alike(data: bytes) -> None:
    parsed = read_pupils(data, today=TODAY)
    assert parsed.rows == pupils(ROW).rows
    assert parsed.problems == ()


def test_windows_text_keeps_its_accents() -> None:
    text = f"{HEADER}\n{changed('surname', 'Brontë')}"
    assert read_pupils(text.encode("cp1252"), today=TODAY).rows[0].surname == "Brontë"
    assert read_pupils(text.replace("ë", "e\u0308").encode(), today=TODAY).rows[0].surname == "Brontë"


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("admission_no", "", "empty"),
        ("surname", "   ", "empty"),
        ("legal_forename", "", "empty"),
        ("surname", "x" * 101, "too_long"),
        ("address", "x" * 301, "too_long"),
        ("surname", "Ab\u0000ara", "not_text"),
        ("dob", "2022-02-30", "not_a_date"),
        ("dob", "31/04/2021", "not_a_date"),
        ("dob", "04/31/2021", "not_a_date"),
        ("dob", "spring", "not_a_date"),
        ("dob", "2026-11-25", "date_out_of_range"),
        ("dob", "1899-12-31", "date_out_of_range"),
        ("photo_consent", "maybe", "not_a_consent"),
        ("name_consent", "2", "not_a_consent"),
    ],
)
def test_a_bad_cell_refuses_its_row_and_only_that(column: str, cell: str, code: str) -> None:
    good = ROW.replace("2401", "2402")
    parsed = pupils(changed(column, cell), good)
    assert found(parsed) == [(2, column, code)]
    assert [pupil.admission_no for pupil in parsed.rows] == ["2402"]
    assert (parsed.read, parsed.refused) == (2, 1)
    assert parsed.kept == (() if column == "admission_no" else ("2401",))


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("2022-02-22", "2022-02-22"),
        ("22/02/2022", "2022-02-22"),
        ("1/2/2022", "2022-02-01"),
        ("22-02-2022", "2022-02-22"),
        ("22.02.2022", "2022-02-22"),
        ("22/02/22", "2022-02-22"),
        ("22 Feb 2022", "2022-02-22"),
        ("22 February 2022", "2022-02-22"),
        ("2022-02-22 00:00:00", "2022-02-22"),
        ("2022-02-22T00:00:00.000", "2022-02-22"),
        ("29/02/2020", "2020-02-29"),
        ("", ""),
    ],
)
def test_dates_come_in_many_forms(cell: str, iso: str) -> None:
    (pupil,) = pupils(changed("dob", cell)).rows
    assert pupil.dob == iso


def test_last_days_may_lie_ahead_and_most_exports_have_none() -> None:
    header = f"{HEADER},photo_consent_until,Name Consent Until,leaving_date"
    parsed = pupils(f"{ROW},2027-07-20,,20/07/2029", f"{ROW.replace('2401', '2402')},,never,", header=header)
    (pupil,) = parsed.rows
    assert (pupil.photo_consent_until, pupil.name_consent_until, pupil.leaving_date) == ("2027-07-20", "", "2029-07-20")
    assert found(parsed) == [(3, "name_consent_until", "not_a_date")]
    assert parsed.kept == ("2402",)
    (without,) = pupils(ROW).rows
    assert (without.photo_consent_until, without.name_consent_until, without.leaving_date) == ("", "", "")


@pytest.mark.parametrize(
    ("cells", "consent"),
    [
        (("yes", "Y", "TRUE", "1", " Yes "), "yes"),
        (("no", "N", "False", "0"), "no"),
        (("", "  "), "unknown"),
    ],
)
def test_consents_come_in_many_forms(cells: tuple[str, ...], consent: str) -> None:
    for cell in cells:
        assert [pupil.photo_consent for pupil in pupils(changed("photo_consent", cell)).rows] == [consent]


@pytest.mark.parametrize(
    ("upn", "code"),
    [
        ("F999550126001", None),
        ("f999550126001", None),
        ("G999550126001", "upn_check_letter"),
        ("F999550126002", "upn_check_letter"),
        ("F99955012600", "upn_form"),
        ("S999550126001", "upn_form"),
        ("", None),
    ],
)
def test_an_odd_upn_is_doubted_and_kept(upn: str, code: str | None) -> None:
    parsed = pupils(changed("upn", upn))
    assert [problem.code for problem in parsed.problems] == ([code] if code else [])
    assert [pupil.upn for pupil in parsed.rows] == [upn.upper()]


def test_the_second_pupil_with_a_number_is_left_out() -> None:
    parsed = pupils(ROW, changed("surname", "Bell"), ROW.replace("2401", "2402"))
    assert found(parsed) == [(3, "admission_no", "duplicate_admission_no")]
    assert [pupil.surname for pupil in parsed.rows] == ["Abara", "Abara"]


@pytest.mark.parametrize(
    ("header", "problems", "rows"),
    [
        (HEADER.replace("surname", "family"), [(1, "surname", "missing_column"), (1, "5", "unknown_column")], 0),
        (HEADER.replace("year", "surname"), [(1, "surname", "duplicate_column"), (1, "year", "column_left_out")], 0),
        (HEADER.replace("year", "house"), [(1, "6", "unknown_column"), (1, "year", "column_left_out")], 1),
    ],
)
def test_columns_are_looked_at_first(header: str, problems: list[tuple[int, str, str]], rows: int) -> None:
    parsed = pupils(ROW, header=header)
    assert found(parsed) == sorted(problems)
    assert len(parsed.rows) == rows


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \n\n", "empty_file"),
        (HEADER.encode(), "no_rows"),
        (f"{HEADER}\n\n".encode(), "no_rows"),
        (b"\x81\x8d\x00\x90", "unreadable_text"),
        (b"x" * (20 * 2**20 + 1), "too_large"),
        (f"{HEADER}\n{ROW},extra".encode(), "wrong_cell_count"),
        (f"{HEADER}\n{changed('surname', chr(34) + 'Abara')}".encode(), "not_csv"),
    ],
    ids=["empty", "blank", "header", "header and blank", "binary", "large", "long row", "open quote"],
)
def test_a_file_of_which_nothing_can_be_used(data: bytes, code: str) -> None:
    parsed = read_pupils(data, today=TODAY)
    assert parsed.rows == ()
    assert code in [problem.code for problem in parsed.problems]


def test_a_problem_names_the_line_as_an_editor_does() -> None:
    parsed = pupils(
        changed("address", '"11 Lapwing Close\nMarket Wenbury"'), "", changed("dob", "spring").replace("2401", "2402")
    )
    assert found(parsed) == [(5, "dob", "not_a_date")]
    assert parsed.rows[0].address == "11 Lapwing Close Market Wenbury"
    assert str(parsed.problems[0]) == (
        "line 5, column dob: the cell is no date that exists: write 2015-09-30 or 30/09/2015 (not_a_date)"
    )


def test_all_problems_of_a_row_are_named_at_once() -> None:
    row = changed("dob", "spring").replace("yes,no", "maybe,perhaps")
    assert [column for _, column, _ in found(pupils(row))] == ["dob", "name_consent", "photo_consent"]


def test_staff_need_a_surname_only() -> None:
    parsed = read_staff(b"title,forename,surname\nMrs,Helena,Croxdale\n,,Bankole\nMr,Tunde,\nMrs,Helena,Croxdale\n")
    assert parsed.rows == (Staff("Mrs", "Helena", "Croxdale"), Staff("", "", "Bankole"))
    assert [(problem.line, problem.code) for problem in parsed.problems] == [(4, "empty"), (5, "duplicate_person")]


def test_records_for_enrolment() -> None:
    header = "admission_no,parents_notified_on,written_consent_by,written_consent_on,parent_objection,child_objection"
    rows = ("2401,10/09/2026,mother,2026-09-12,no,", "2402,,,,,yes", "2403,2026-12-01,,,,", "2404,,,,perhaps,")
    parsed = read_enrolment_consents("\n".join((header, *rows)).encode(), today=TODAY)
    assert parsed.rows == (
        EnrolmentConsent(
            "2401", date(2026, 9, 10), "mother", date(2026, 9, 12), parent_objection=False, child_objection=False
        ),
        EnrolmentConsent("2402", None, "", None, parent_objection=False, child_objection=True),
    )
    assert [(problem.line, problem.code) for problem in parsed.problems] == [
        (4, "date_out_of_range"),
        (5, "not_yes_or_no"),
    ]


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: (HEADER + "\n" + text).encode())))
def test_no_bytes_break_the_reader_or_show_in_its_report(data: bytes) -> None:
    parsed = read_pupils(data, today=TODAY)
    assert parsed.read >= len(parsed.rows)
    assert parsed.rows or parsed.problems
    for problem in parsed.problems:
        assert problem.code in SENTENCES
        assert problem.column in {"", *COLUMNS} or problem.column.isdigit()
