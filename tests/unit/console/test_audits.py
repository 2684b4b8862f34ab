"""Audits of a school's accounts: who starts them, how far they are, and what they found."""

import csv
import io

import pytest

from services.register.models import Audit
from services.shared.errors import DependencyUnavailable
from tests.support.console import OTHER, Browser, ConsoleWorld
from tests.support.events import ACCOUNT, SCHOOL

LEAD = "online_safety_lead"


@pytest.fixture
async def audit(world: ConsoleWorld) -> Audit:
    """An audit that found an insult and read one post in which nothing was wrong."""
    audit = await world.audits.start(ACCOUNT)
    await world.raise_case(1, "useless cow", [("insult", "useless cow")], trigger="audit", run_id=audit.run_id)
    await world.raise_case(2, "Lovely assembly", (), trigger="audit", run_id=audit.run_id)
    await world.audits.report(audit.run_id, posts_read=41, read_to_the_end=False)
    return audit


async def listed(browser: Browser, audit: Audit) -> list[dict[str, str]]:
    answer = await browser.get(f"/audits/{audit.run_id}/takedowns.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("role", [LEAD, "headteacher", "dpo"])
async def test_an_audit_is_started_paused_and_resumed_and_the_log_says_by_whom(world: ConsoleWorld, role: str) -> None:
    browser = await world.signed_in(role)
    assert (await browser.send("/audits", "/audits", account_id=ACCOUNT)).headers["location"] == "/audits"
    (audit,) = await world.audits.audits(ACCOUNT)
    assert "Start" not in (await browser.get("/audits")).text
    await browser.send("/audits", f"/audits/{audit.run_id}/pause")
    assert '<td data-label="State"><div>Paused' in (await browser.get("/audits")).text
    assert await world.audits.running() == ()
    await browser.send("/audits", f"/audits/{audit.run_id}/resume")
    assert [one.run_id for one in await world.audits.running()] == [audit.run_id]
    me = (await world.user(role)).user_id
    assert await world.acts() == [(me, "resume_audit"), (me, "pause_audit"), (me, "start_audit")]


async def test_who_may_not_start_audits_sees_how_far_they_are(world: ConsoleWorld, audit: Audit) -> None:
    manager = await world.signed_in("business_manager")
    page = (await manager.get("/audits")).text
    assert '<td data-label="Posts read">41</td>' in page
    assert '<td data-label="Checks ended">2 of 2</td>' in page
    assert '<td data-label="With a case">1</td>' in page
    assert "/pause" not in page
    for action in ("/audits", f"/audits/{audit.run_id}/pause", f"/audits/{audit.run_id}/resume"):
        assert (await manager.send("/", action, account_id=ACCOUNT)).status_code == 403
    (unchanged,) = await world.audits.audits(ACCOUNT)
    assert unchanged.state == "running"


async def test_an_audit_that_has_read_everything_is_over_and_another_may_start(
    world: ConsoleWorld, audit: Audit
) -> None:
    lead = await world.signed_in(LEAD)
    await world.audits.report(audit.run_id, posts_read=41, read_to_the_end=True)
    page = (await lead.get("/audits")).text
    assert '<td data-label="State"><div>Everything is read; no check waits here' in page
    assert "Done" not in page  # 39 of the posts may still be on their way
    assert "Start another audit" in page
    answer = await lead.send("/audits", f"/audits/{audit.run_id}/pause")
    assert answer.status_code == 422
    assert "it has read everything already" in answer.text


async def test_while_nothing_can_be_logged_nothing_is_changed(
    world: ConsoleWorld, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await world.signed_in(LEAD)

    def unreachable() -> None:
        raise DependencyUnavailable("database casebook does not answer")

    monkeypatch.setattr(world.casebook, "transaction", unreachable)
    answer = await lead.send("/audits", f"/audits/{audit.run_id}/pause")
    assert (answer.status_code, "Nothing was changed" in answer.text) == (503, True)
    assert [one.run_id for one in await world.audits.running()] == [audit.run_id]


async def test_a_second_audit_of_an_account_waits_for_the_first(world: ConsoleWorld, audit: Audit) -> None:
    answer = await (await world.signed_in(LEAD)).send("/audits", "/audits", account_id=ACCOUNT)
    assert answer.status_code == 422
    assert "is running or paused already" in answer.text
    assert [one.run_id for one in await world.audits.audits(ACCOUNT)] == [audit.run_id]


async def test_the_list_has_what_its_reader_may_read_and_the_log_says_that_it_was_sent(
    world: ConsoleWorld, audit: Audit
) -> None:
    (row,) = await listed(await world.signed_in(LEAD), audit)
    assert row == {
        "school": "Larkhollow Primary School",
        "account": "x LarkhollowPri",
        "post": "https://x.example/angry_reader/status/1",
        "kind": "comment",
        "published": "2026-03-03T09:57:00+00:00",
        "severity": "S3",
        "verdict": "block",
        "categories": "An insulting comment",
        "clauses": "SB-4.1 SB-4.3",
        "case": await world.case_id(),
    }
    assert await listed(await world.signed_in("operations"), audit) == []
    assert [action for _, action in await world.acts()] == ["download_takedowns", "download_takedowns"]


@pytest.mark.parametrize("handle", ["=1+1", "@SUM(A1)", "+44", "-1"])
async def test_no_cell_of_the_list_is_a_formula(world: ConsoleWorld, audit: Audit, handle: str) -> None:
    await world.writer.add_school("test school", handle, profile="sandbox")
    (row,) = await listed(await world.signed_in(LEAD), audit)
    assert row["school"] == f"'{handle}"


async def test_an_account_of_another_school_cannot_be_audited_from_here(world: ConsoleWorld) -> None:
    (theirs,) = [one.account_id for one in await world.register.accounts() if one.school_id == OTHER]
    lead = await world.signed_in(LEAD)
    assert (await lead.send("/audits", "/audits", account_id=theirs)).status_code == 404
    assert await world.audits.audits() == ()
    assert await world.acts(SCHOOL) == []
