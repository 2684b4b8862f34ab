"""What an audit of the past finds becomes a case that nobody is woken for, unless it is of the most urgent kind."""

import pytest

from schemas import ids
from schemas.post import Post
from tests.support.events import make_analysis, make_post
from tests.support.notify import World, finding
from tests.support.threads import cases, comment, mailed, say

RUN = ids.run_id("an audit")


def again(post: Post, trigger: str) -> Post:
    check = ids.check_id(post.revision_id, trigger, RUN)
    return post.model_copy(update={"check_id": check, "trigger": trigger, "run_id": RUN})


async def test_what_only_an_audit_found_is_a_case_without_a_message(world: World) -> None:
    await say(world, again(make_post(), "audit"), "insult")
    (case,) = await cases(world)
    assert (case.state, case.severity, case.posts) == ("open", "S3", 1)
    assert await mailed(world) == []


async def test_the_most_urgent_is_told_also_when_an_audit_found_it(world: World) -> None:
    await say(world, again(make_post(), "audit"), "insult", "threat")
    assert await mailed(world) == [(1, "S1")]


async def test_what_an_audit_could_not_examine_or_did_not_get_answered_wakes_nobody(world: World) -> None:
    post, silent = again(make_post(1), "audit"), again(make_post(2), "audit")
    left = ({"part": "all", "reason": "timed_out"},)
    await world.take(post, make_analysis(post, status="unchecked", unchecked=left), silent)
    world.clock.advance(hours=25)
    assert await world.overdue.end_overdue() == 1
    assert len(await cases(world, "operations")) == 2
    assert await mailed(world, "operations") == []


@pytest.mark.parametrize(
    ("trigger", "categories", "messages"),
    [
        ("live", ("insult",), 1),
        ("recheck", ("insult",), 0),
        ("recheck", ("insult", "bullying"), 1),
        ("recheck", ("threat",), 1),
        ("audit", ("insult", "bullying"), 0),
    ],
)
async def test_what_another_check_finds_later_is_told_when_it_is_news(
    world: World, trigger: str, categories: tuple[str, ...], messages: int
) -> None:
    post = make_post()
    await say(world, again(post, "audit"), "insult")
    later = post if trigger == "live" else again(make_post(revision=2), trigger)
    await say(world, later, *categories)
    assert len(await mailed(world)) == messages
    assert len(await cases(world)) == 1


async def test_an_audit_adds_nothing_to_what_a_live_check_said(world: World) -> None:
    post = make_post()
    await say(world, post, "insult")
    await say(world, again(post, "audit"), "insult", "bullying")
    assert len(await mailed(world)) == 1
    assert [case.categories for case in await cases(world)] == [("bullying", "insult")]


async def test_policy_judges_the_past_more_mildly_and_no_live_check_takes_it_for_its_own(world: World) -> None:
    post = make_post(platform="facebook", kind="post", author={"relation": "official"}, required=("faces",))
    audit = again(post, "audit")
    await world.take(post, make_analysis(post, "faces"), audit)
    await world.take(make_analysis(audit, "faces", findings=(finding(audit, "image_no_publish"),)))
    assert [case.severity for case in await cases(world)] == ["S2"]
    assert await world.states() == {post.check_id: "checked", audit.check_id: "alerted"}
    assert await mailed(world) == []


async def test_comments_that_an_audit_found_are_counted_once_somebody_is_told(world: World) -> None:
    for number in range(1, 4):
        await say(world, again(comment(number), "audit"), "insult")
    assert await mailed(world) == []
    await say(world, comment(4), "insult")
    await say(world, comment(5), "insult")
    assert await mailed(world) == [(4, "S3")]
    assert [case.posts for case in await cases(world)] == [5]
