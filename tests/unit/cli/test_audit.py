"""`schoolgate audit` as a person at the terminal sees it."""

import asyncio
import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas import ids
from services.casebook import audit_log
from services.casebook.viewer import Viewer
from services.register.audits import Audits
from services.register.models import Audit, School
from services.shared.clock import SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.settings import StoreSettings, load
from tests.support.console import Feed
from tests.support.notify import Register, World

Run = Callable[..., tuple[int, str, str]]
HERE = ids.school_id("100001")
ACCOUNT = ids.account_id(HERE, "x", "12")
NOBODY = f"acc-{'0' * 16}"


class RegisterHere(Register):
    """The register of the school at this terminal."""

    async def school(self, school_id: str) -> School:
        assert school_id == HERE
        return School(HERE, "=Larkhollow", "school", "england_and_wales", "sandbox")


@pytest.fixture
def account(school: Run, tmp_path: Path) -> Run:
    """The command, with a school that has an account."""
    token = tmp_path / "token"
    token.write_text("s3cret\n", encoding="utf-8")
    assert school("register", "school", "100001", "--name", "=Larkhollow", "--profile", "sandbox")[0] == 0
    told = ("--platform", "x", "--platform-id", "12", "--handle", "@larkhollow", "--token-file", str(token))
    assert school("register", "account", "100001", *told)[0] == 0
    return school


def database(owner: str) -> Database:
    return Database(owner, load(StoreSettings).database_for(owner))


async def audit() -> Audit:
    register = database("register")
    (found, *_) = await Audits(register, SystemClock()).audits(ACCOUNT)
    await register.close()
    return found


async def find_something(run_id: str) -> None:
    """Let the audit read four posts, of which one insults, one is clean and one is not answered yet."""
    register, casebook = database("register"), database("casebook")
    await Audits(register, SystemClock()).report(run_id, posts_read=4, read_to_the_end=True)
    feed = Feed(open_content_store(load(StoreSettings)), World(casebook, RegisterHere()), HERE, ACCOUNT)
    asked: tuple[tuple[str, list[tuple[str, str]], tuple[str, ...]], ...] = (
        ("Lovely assembly", [], ("abuse",)),
        ("useless cow", [("insult", "useless cow")], ("abuse",)),
        ("Who saw the match?", [], ("details", "abuse")),
    )
    for number, (text, found, required) in enumerate(asked, start=1):
        await feed.publish(number, text, found, trigger="audit", run_id=run_id, required=required)
    await register.close()
    await casebook.close()


async def acts() -> list[tuple[str, str]]:
    casebook = database("casebook")
    async with casebook.reading() as connection:
        log = await audit_log.entries(connection, Viewer("test", (HERE,), ("dpo",)), HERE)
    await casebook.close()
    return [(entry.act.actor_id, entry.act.action) for entry in log]


def test_an_audit_is_started_paused_resumed_and_followed(account: Run) -> None:
    status, output, _ = account("audit", "start", ACCOUNT)
    run_id = asyncio.run(audit()).run_id
    assert (status, run_id in output) == (0, True)
    for command, state in (("pause", "paused"), ("resume", "running")):
        assert account("audit", command, ACCOUNT)[0] == 0
        assert asyncio.run(audit()).state == state
        assert f"{state}, not at the end yet, 0 posts so far" in account("audit", "status", ACCOUNT)[1]
    asyncio.run(find_something(run_id))
    output = account("audit", "status", ACCOUNT)[1]
    assert "all of the account is read, 4 posts so far" in output
    assert "3 checks: 1 without a case, 1 with one, 0 withdrawn, 0 not answered in time, 1 still open" in output
    expected = [("operator", action) for action in ("resume_audit", "pause_audit", "start_audit")]
    assert asyncio.run(acts()) == expected


def test_the_accounts_are_listed_with_their_audits(account: Run) -> None:
    assert f"{ACCOUNT}  x larkhollow, =Larkhollow: never audited" in account("audit", "list")[1]
    account("audit", "start", ACCOUNT)
    assert "larkhollow, =Larkhollow: running, not at the end yet" in account("audit", "list")[1]


def test_what_should_come_down_is_a_table_without_formulas(account: Run, tmp_path: Path) -> None:
    account("audit", "start", ACCOUNT)
    asyncio.run(find_something(asyncio.run(audit()).run_id))
    status, output, _ = account("audit", "takedowns", ACCOUNT)
    (row,) = csv.DictReader(io.StringIO(output[output.index("school,") :]))
    assert status == 0
    assert (row["school"], row["account"]) == ("'=Larkhollow", "x larkhollow")
    assert (row["post"], row["kind"]) == ("https://x.example/angry_reader/status/2", "comment")
    assert (row["severity"], row["categories"], row["clauses"]) == ("S3", "An insulting comment", "SB-4.1 SB-4.3")
    assert row["case"].startswith("cas-")
    table = tmp_path / "takedowns.csv"
    assert account("audit", "takedowns", ACCOUNT, "--output", str(table))[0] == 0
    assert table.read_text(encoding="utf-8-sig").split() == output[output.index("school,") :].split()
    assert ("operator", "download_takedowns") in asyncio.run(acts())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("start", NOBODY), "there is no such account in the register: `schoolgate audit list` shows them all"),
        (("status", NOBODY), "there is no such account in the register: `schoolgate audit list` shows them all"),
        (("status", ACCOUNT), f"this account was never audited: `schoolgate audit start {ACCOUNT}` begins"),
        (("pause", ACCOUNT), f"this account was never audited: `schoolgate audit start {ACCOUNT}` begins"),
        (("takedowns", ACCOUNT), f"this account was never audited: `schoolgate audit start {ACCOUNT}` begins"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_what_to_do(account: Run, arguments: tuple[str, ...], line: str) -> None:
    status, _, errors = account("audit", *arguments)
    assert (status, errors.strip().splitlines()[-1]) == (2, f"schoolgate: {line}")


def test_a_second_audit_waits_for_the_first(account: Run) -> None:
    account("audit", "start", ACCOUNT)
    status, _, errors = account("audit", "start", ACCOUNT)
    assert (status, "is running or paused already" in errors) == (2, True)


def test_a_list_that_cannot_be_written_is_named(account: Run, tmp_path: Path) -> None:
    account("audit", "start", ACCOUNT)
    nowhere = tmp_path / "missing" / "takedowns.csv"
    status, _, errors = account("audit", "takedowns", ACCOUNT, "--output", str(nowhere))
    assert (status, "cannot be written (No such file or directory)" in errors) == (2, True)
