import re

import pytest
from pydantic import SecretStr

from tests.support.console import OTHER, ConsoleWorld
from tests.support.events import SCHOOL, make_post

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
