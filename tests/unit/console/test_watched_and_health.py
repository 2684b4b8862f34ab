from datetime import timedelta
from typing import Any

import pytest

from schemas.status import AccountStatus, Gap
from services.casebook import accounts
from services.shared.errors import DependencyUnavailable
from tests.support.console import ConsoleWorld
from tests.support.events import NOW, SCHOOL, make_post, make_status

LEAD = "online_safety_lead"


async def test_the_accounts_of_the_own_school_are_shown_with_their_checks(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    assert "Nothing has been read from it yet." in (await lead.get("/watched")).text
    await world.raise_case(1, "Lovely assembly", ())
    await world.notify.take(make_post(2))
    page = (await lead.get("/watched")).text
    assert "@LarkhollowPri" in page
    assert "Ferndale" not in page
    assert '<td data-label="Checks">2</td>' in page
    assert '<td data-label="Waiting">1</td>' in page
    assert '<td data-label="Overdue">0</td>' in page


async def test_who_is_told_is_named_and_a_role_that_nobody_holds_is_pointed_out(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    assert "Nobody: no user has the role" not in (await lead.get("/watched")).text
    await world.writer.remove_user((await world.user("dpo")).user_id)
    await world.writer.remove_user((await world.user("dsl")).user_id)
    page = (await lead.get("/watched")).text
    assert "Nobody: no user has the role designated safeguarding lead" in page
    assert "Petra headteacher" in page


@pytest.mark.parametrize(("role", "status"), [("operations", 200), (LEAD, 403), ("headteacher", 403)])
async def test_the_health_page_is_for_operations(world: ConsoleWorld, role: str, status: int) -> None:
    browser = await world.signed_in(role)
    answer = await browser.get("/health")
    assert answer.status_code == status
    assert ("Casebook" in answer.text) is (status == 200)
    assert ('href="/health"' in (await browser.get("/")).text) is (status == 200)


async def test_what_does_not_answer_is_shown_and_other_pages_say_so(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in("operations")
    assert "Does not answer" not in (await browser.get("/health")).text

    async def silent(_: str) -> bytes:
        raise DependencyUnavailable("the content store does not answer")

    monkeypatch.setattr(world.store, "get", silent)
    assert (await browser.get("/health")).text.count("Does not answer") == 1

    def unreachable() -> None:
        raise DependencyUnavailable("database casebook does not answer")

    monkeypatch.setattr(world.casebook, "reading", unreachable)
    answer = await browser.get("/")
    assert answer.status_code == 503
    assert "Something does not answer" in answer.text
    assert "casebook" not in answer.text


async def test_a_mistake_of_ours_is_a_page_without_details(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in(LEAD)

    async def broken(_: str) -> None:
        raise ValueError(f"a secret of {SCHOOL}")

    monkeypatch.setattr(world.register, "school", broken)
    answer = await browser.get("/")
    assert answer.status_code == 500
    assert "This is our mistake" in answer.text
    assert SCHOOL not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def status(world: ConsoleWorld, **changes: Any) -> AccountStatus:
    now = world.clock.now()
    return make_status(now, **({"checked_at": now - timedelta(minutes=2)} | changes))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, ["Everything until <time", "Tue 3 Mar 2026, 09:58 GMT"]),
        (
            {"state": "not_checked", "reason": "token_rejected", "checked_at": NOW - timedelta(minutes=20)},
            ["Not checked since <time", ">09:40</time>: the token was revoked or has expired"],
        ),
        ({"state": "not_checked", "reason": "misconfigured", "checked_at": None}, ["Never checked: its settings are"]),
        ({"checked_at": None}, ["Being read for the first time"]),
        ({"state": "delayed", "reason": "rate_limited"}, ["09:58 GMT", "delayed: the platform wants fewer requests"]),
        ({"budget_used": 0.914}, ['<small class="bad">91 % of the platform']),
        ({"budget_used": 0.4}, ["<small>40 % of the platform"]),
        (
            {"gaps": (Gap(stream="posts", reason="unread_over_7_days", at=NOW),)},
            ["10:00 GMT", "may be missing: the platform gives no posts older than seven days"],
        ),
        ({"observed_at": NOW - timedelta(minutes=16)}, ["Nobody says whether it is being read", "16 minutes ago"]),
    ],
)
async def test_how_an_account_is_being_read_is_said_in_words(
    world: ConsoleWorld, changes: dict[str, Any], shown: list[str]
) -> None:
    async with world.casebook.transaction() as connection:
        await accounts.take(connection, status(world, **changes), world.clock.now())
    for role, page in ((LEAD, "/watched"), ("operations", "/health")):
        text = (await (await world.signed_in(role)).get(page)).text
        for expected in shown:
            assert expected in text, (page, expected)


async def test_an_account_of_which_nothing_was_ever_heard_is_pointed_out(world: ConsoleWorld) -> None:
    text = (await (await world.signed_in(LEAD)).get("/watched")).text
    assert "Nobody says whether it is being read" in text
