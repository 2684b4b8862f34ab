import re
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from schemas import ids
from schemas.post import Post
from services.console import case_reader
from tests.support.console import OTHER, ConsoleWorld
from tests.support.events import ACCOUNT, NOW, SCHOOL, make_post, make_status

LEAD = "online_safety_lead"


def order(page: str) -> list[str]:
    return re.findall(r'<a href="/cases/(cas-[0-9a-f]{16})"', page)


async def test_the_most_severe_comes_first_and_then_the_most_urgent(world: ConsoleWorld) -> None:
    await world.raise_case(1, "useless cow")
    world.clock.advance(minutes=5)
    world.notify.clock.moment = world.clock.moment
    await world.raise_case(2, "another cow")
    await world.raise_case(3, "I know where you live", [("threat", "")])
    page = (await (await world.signed_in("headteacher")).get("/")).text
    wanted = [case.case_id for case in sorted(await world.cases(), key=lambda case: (case.severity, case.respond_by))]
    assert order(page) == wanted
    assert page.index("A threat") < page.index("An insulting comment")


async def test_a_row_says_how_severe_what_where_and_until_when(world: ConsoleWorld) -> None:
    await world.raise_case(1, "I know where you live", [("threat", "")])
    world.clock.advance(minutes=7)
    lead = await world.signed_in("headteacher")
    page = (await lead.get("/")).text
    for expected in (
        "S1</span> Critical",
        "A threat",
        '<span class="platform">X</span> @LarkhollowPri',
        "opened 7 minutes ago",
    ):
        assert expected in page
    assert re.search(r"Respond by <time[^>]*>10:15</time> <span>\(in 8 minutes\)", page)
    world.clock.advance(minutes=20)
    assert re.search(r"Overdue: was due <time[^>]*>10:15</time> <span>\(12 minutes ago\)", (await lead.get("/")).text)


async def test_the_filters_show_each_state(world: ConsoleWorld) -> None:
    for number in (1, 2, 3):
        await world.raise_case(number, "useless cow")
    lead = await world.signed_in(LEAD)
    first, second, third = order((await lead.get("/")).text)
    for case in (first, second):
        await lead.send("/", f"/cases/{case}/acknowledge")
    await lead.send("/", f"/cases/{second}/close", outcome="no_action", note="A joke among friends.")
    shown = {state: order((await lead.get(f"/?state={state}")).text) for state in ("open", "acknowledged", "closed")}
    assert shown == {"open": [third], "acknowledged": [first], "closed": [second]}
    assert sorted(order((await lead.get("/?state=to-do")).text)) == sorted([first, third])
    assert order((await lead.get("/?state=nonsense")).text) == order((await lead.get("/")).text)


async def test_a_queue_without_cases_says_when_the_last_check_ended(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    await world.notify.accounts.status(make_status())
    assert "No check has ended yet." in (await lead.get("/")).text
    await world.raise_case(1, "Lovely assembly", ())
    world.clock.advance(minutes=2)
    page = (await lead.get("/")).text
    assert "All is well: no case waits for you" in page
    assert "The last check ended 2 minutes ago" in page


async def test_all_is_not_well_while_nothing_was_read_from_an_account(world: ConsoleWorld) -> None:
    await world.raise_case(1, "Lovely assembly", ())
    await world.writer.add_account(SCHOOL, "facebook", "2", handle="Larkhollow", token=SecretStr("secret"))
    page = (await (await world.signed_in(LEAD)).get("/")).text
    assert "All is well" not in page
    assert "from 1 account nothing has been read yet" in page


@pytest.mark.parametrize("state", ["not_checked", "silent", "never heard"])
async def test_all_is_not_well_while_an_account_is_not_being_read(world: ConsoleWorld, state: str) -> None:
    await world.raise_case(1, "Lovely assembly", ())
    manager = await world.signed_in("business_manager")
    if state != "never heard":
        reason = "token_rejected" if state == "not_checked" else None
        await world.notify.accounts.status(make_status(state="checked" if state == "silent" else state, reason=reason))
    if state == "silent":
        assert "All is well" in (await manager.get("/")).text
        world.clock.advance(minutes=16)
    page = (await manager.get("/")).text
    assert "All is well" not in page
    assert "1 account is not being read at the moment, as far as is known here" in page


async def test_all_is_not_well_while_a_check_has_no_answer(world: ConsoleWorld) -> None:
    await world.notify.take(make_post(1))
    world.clock.advance(minutes=5)
    world.notify.clock.moment = world.clock.moment
    await world.notify.overdue.end_overdue()
    page = (await (await world.signed_in("business_manager")).get("/")).text
    assert "All is well" not in page
    assert "1 check has no answer in time" in page


@pytest.mark.parametrize(
    ("role", "seen"),
    [("dsl", True), ("headteacher", True), (LEAD, False), ("business_manager", False), ("operations", False)],
)
async def test_a_safeguarding_case_is_listed_and_counted_only_for_its_readers(
    world: ConsoleWorld, role: str, *, seen: bool
) -> None:
    await world.raise_case(1, "I will hurt myself", [("welfare_concern", "")])
    page = (await (await world.signed_in(role)).get("/")).text
    assert bool(order(page)) is seen
    assert ("A worry about somebody" in page) is seen
    assert ('To do <span class="number">1</span>' in page) is seen
    assert ('class="counts"' in page) is seen


async def test_another_schools_cases_are_neither_listed_nor_counted(world: ConsoleWorld) -> None:
    await world.raise_case(1, "useless cow", school=OTHER)
    page = (await (await world.signed_in(LEAD)).get("/")).text
    assert order(page) == []
    assert "Ferndale" not in page
    assert "Ferndale" in (await (await world.signed_in(LEAD, OTHER)).get("/")).text


async def below(world: ConsoleWorld, number: int, **changes: Any) -> Post:
    """Raise a case for a comment below one post of the school."""
    root = ids.post_id(ACCOUNT, "100")
    return await world.raise_case(number, "useless cow", root_id=root, parent_id=root, kind="comment", **changes)


async def test_a_pile_on_is_one_case_that_says_how_many_posts_it_is_about(world: ConsoleWorld) -> None:
    for number in range(1, 4):
        await below(world, number)
    lead = await world.signed_in(LEAD)
    page = (await lead.get("/")).text
    assert len(order(page)) == 1
    assert "3 posts ·" in page
    assert "<strong>3 posts</strong>" in (await lead.get(f"/cases/{await world.case_id()}")).text


async def test_what_the_platform_no_longer_has_is_said(world: ConsoleWorld) -> None:
    posts = [await below(world, number) for number in (1, 2)]
    lead = await world.signed_in(LEAD)
    assert "deleted on the platform" not in (await lead.get("/")).text
    for post, shown in zip(
        posts, ("1 of them deleted on the platform", "posts · deleted on the platform"), strict=True
    ):
        revision = ids.revision_id(post.post_id, 2, "0" * 12)
        fields = {"check_id": ids.check_id(revision, "live"), "revision_id": revision, "revision_no": 2}
        await world.notify.take(post.model_copy(update=fields | {"cause": "deleted", "required": ()}))
        assert shown in (await lead.get("/")).text


async def test_a_case_of_very_many_posts_shows_the_worst_of_them(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_reader, "MOST_SHOWN", 2)
    await below(world, 1)
    await world.raise_case(
        2, "I will find you", [("threat", "find you")], root_id=ids.post_id(ACCOUNT, "100"), kind="comment"
    )
    world.clock.advance(minutes=1)
    world.notify.clock.moment = world.clock.moment
    await below(world, 3)
    page = (await (await world.signed_in(LEAD)).get(f"/cases/{await world.case_id()}")).text
    assert page.count('<article class="card post"') == 2
    assert "I will <mark>find you</mark>" in page
    assert "/status/3" in page
    assert "/status/1" not in page
    assert "1 more are kept with it." in page


async def test_an_outage_says_which_account_since_when_and_why(world: ConsoleWorld) -> None:
    status = make_status(state="not_checked", reason="token_rejected", checked_at=NOW - timedelta(minutes=20))
    await world.notify.accounts.status(status)
    lead = await world.signed_in(LEAD)
    said = "Your X account has not been checked since Tuesday 3 March, 09:40: the token was revoked or has expired"
    assert said in (await lead.get("/")).text
    assert said in (await lead.get(f"/cases/{await world.case_id('operations')}")).text
