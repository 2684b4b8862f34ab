"""A post that the platform no longer has, and posts that change: in whatever order we hear of it."""

from itertools import permutations

import pytest

from schemas.events import CheckEvent
from schemas.post import Post
from services.casebook.checks.check import deleted_at
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import World, finding

BOTH = ("abuse", "details")


def deletion(revision: int = 2) -> Post:
    return make_post(revision=revision, cause="deleted", required=())


FIRST = make_post(required=BOTH)
GONE = deletion()
HALF = make_analysis(FIRST, findings=(finding(FIRST, "insult"),))


@pytest.mark.parametrize("heard", [*permutations((FIRST, GONE, HALF))])
async def test_what_still_misses_answers_is_withdrawn_and_what_was_found_is_told(
    world: World, heard: tuple[CheckEvent, ...]
) -> None:
    await world.take(*heard)
    assert await world.states() == {FIRST.check_id: "withdrawn", GONE.check_id: "withdrawn"}
    assert (await world.alerts())["general"].categories == ("insult",)
    assert [row.since_changed for row in await world.rows("findings")] == [True]


async def test_an_overdue_check_is_withdrawn_too_and_no_deadline_passes_afterwards(world: World) -> None:
    await world.take(FIRST)
    world.clock.advance(seconds=200)
    await world.overdue.end_overdue()
    await world.take(GONE)
    assert (await world.states())[FIRST.check_id] == "withdrawn"
    late = make_post(2)
    await world.take(make_post(2, revision=2, cause="deleted", required=()), late)
    world.clock.advance(seconds=200)
    assert await world.overdue.end_overdue() == 0
    assert (await world.states())[late.check_id] == "withdrawn"


@pytest.mark.parametrize("order", [1, -1])
async def test_a_complete_check_keeps_its_state_and_its_alert(world: World, order: int) -> None:
    post = make_post()
    events: list[CheckEvent] = [post, make_analysis(post, findings=(finding(post, "insult"),)), GONE]
    await world.take(*events[::order])
    assert (await world.states())[post.check_id] == "alerted"
    assert (await world.alerts()).keys() == {"general"}


async def test_an_answer_that_comes_after_the_deletion_is_still_judged(world: World) -> None:
    post = make_post()
    await world.take(post, GONE)
    assert (await world.states())[post.check_id] == "withdrawn"
    await world.take(make_analysis(post, findings=(finding(post, "threat"),)))
    assert (await world.states())[post.check_id] == "alerted"
    assert (await world.alerts())["general"].severity == "S1"
    assert await world.deliver.send_due() == 2


async def test_the_case_says_when_the_post_went_and_no_more_when_it_is_back(world: World) -> None:
    back = make_post(revision=3, cause="visibility")
    for event, expected in ((FIRST, None), (GONE, NOW), (back, None)):
        await world.take(event)
        async with world.database.reading() as connection:
            assert await deleted_at(connection, SCHOOL, FIRST.post_id) == expected


async def test_a_post_that_came_back_is_waited_for_again(world: World) -> None:
    back = make_post(revision=3, cause="visibility")
    await world.take(back, GONE)
    assert await world.states() == {GONE.check_id: "withdrawn", back.check_id: "open"}


async def test_a_post_that_came_back_and_went_again_is_waited_for_no_more(world: World) -> None:
    back = make_post(revision=3, cause="visibility")
    await world.take(FIRST, GONE, back, deletion(4))
    assert set((await world.states()).values()) == {"withdrawn"}


async def test_five_typo_fixes_send_nothing_more_and_an_added_category_sends_once(world: World) -> None:
    for number in range(1, 7):
        post = make_post(revision=number, kind="post", author={"relation": "official"})
        await world.take(post, make_analysis(post, findings=(finding(post, "vrm"),)))
    assert await world.deliver.send_due() == 1
    for number in (7, 8):
        post = make_post(revision=number, kind="post", author={"relation": "official"})
        await world.take(post, make_analysis(post, findings=(finding(post, "vrm"), finding(post, "credential"))))
    assert await world.deliver.send_due() == 1
    assert len(await world.rows("cases")) == 1
