"""Schools, trusts, accounts and receipts at the terminal."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schemas import ids
from services.cli.register import open_register
from services.register.models import FaceMatching
from services.sandbox.school import DATA
from tests.unit.cli.conftest import Run

PUPILS = (DATA / "pupils.csv").read_text().splitlines()


def one_line(text: str) -> str:
    (line,) = text.strip().splitlines()
    return line


def account(establishment: str, tmp_path: Path, *more: str) -> tuple[str, ...]:
    token = tmp_path / "token"
    token.write_text("invented token\n")
    named = ("--platform", "x", "--platform-id", "4711", "--handle", "@LarkTrust", "--token-file", str(token))
    return ("register", "account", establishment, *named, *more)


def test_a_trusts_account_says_whom_it_is_checked_against(school: Run, tmp_path: Path) -> None:
    school("register", "school", "100000", "--name", "Lark Trust", "--profile", "sandbox", "--kind", "trust")
    school("register", "school", "100002", "--name", "Rook End", "--profile", "sandbox")
    schools = ("--checked-against", "100001", "--checked-against", "100002")
    status, output, _ = school(*account("100000", tmp_path, *schools))
    assert status == 0
    assert one_line(output).endswith("is watched and checked against Lark Trust, Larkhollow, Rook End")
    account_id = output.split()[2]

    school("register", "school", "100000", "--name", "Lark Learning Trust", "--profile", "sandbox")
    school(*account("100000", tmp_path))
    _, output, _ = school("register", "accounts", "100000")
    assert output.splitlines() == [
        f"{account_id}  x          LarkTrust  checked against Lark Learning Trust, Larkhollow, Rook End",
        "1 watched",
    ]
    assert school("register", "accounts", "100001")[1] == "0 watched\n"


@pytest.mark.parametrize(
    ("establishment", "more", "line"),
    [
        ("100001", ("--checked-against", "100009"), "no school with the establishment number 100009"),
        ("100001", ("--checked-against", "100002"), "only the account of a trust may be checked against other schools"),
        ("100001", ("--platform", "myspace"), "there is no platform 'myspace': choose one of x, facebook, instagram"),
        ("100009", (), "there is no such school in the register"),
    ],
)
def test_an_account_that_cannot_be(
    school: Run, tmp_path: Path, establishment: str, more: tuple[str, ...], line: str
) -> None:
    school("register", "school", "100002", "--name", "Rook End", "--profile", "sandbox")
    status, output, errors = school(*account(establishment, tmp_path, *more))
    assert (status, output) == (2, "")
    assert one_line(errors).startswith(f"schoolgate: {line}")


def test_a_school_is_of_a_known_kind(school: Run) -> None:
    status, _, errors = school("register", "school", "1", "--name", "X", "--profile", "sandbox", "--kind", "club")
    assert (status, one_line(errors)) == (2, "schoolgate: a school is of the kind school or trust")


def test_receipts_say_what_went_and_why_and_never_who(school: Run, tmp_path: Path) -> None:
    export = tmp_path / "pupils.csv"
    for rows in (PUPILS[:5], PUPILS[:4]):
        export.write_text("\n".join(rows))
        school("register", "import", "100001", "--pupils", str(export))
    status, output, _ = school("register", "receipts", "100001")
    receipt, count = output.splitlines()
    assert (status, count) == (0, "1 receipts")
    assert receipt.endswith("the pupil was in the school's export no longer")
    left = PUPILS[4].split(",")
    assert not [cell for cell in left if len(cell) > 3 and cell in output]
    assert school("register", "receipts", "100009")[0] == 2


def test_documents_stay_until_they_are_replaced_or_taken_back(school: Run) -> None:
    def documents(*options: str) -> FaceMatching:
        assert school("register", "school", "100001", "--name", "Larkhollow", "--profile", "sandbox", *options)[0] == 0
        return asyncio.run(on_record())

    async def on_record() -> FaceMatching:
        async with open_register() as register:
            return (await register.reader.school(ids.school_id("100001"))).face_matching

    given = ("--dpia-reference", "DPIA 4", "--dpo-opinion", "agreed", "--consulted-on", "2026-03-01")
    whole = documents(*given)
    assert whole == FaceMatching("DPIA 4", "agreed", date(2026, 3, 1))
    assert documents() == whole
    assert documents("--dpia-reference", "DPIA 5") == replace(whole, dpia_reference="DPIA 5")
    assert documents("--dpia-reference", "") == replace(whole, dpia_reference=None)
