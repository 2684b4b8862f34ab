import asyncio
from datetime import timedelta

import pytest

from schemas import ids
from schemas.analysis import Unchecked
from services.casebook.alerts import generation
from services.shared.errors import InputRejected
from tests.support.events import NOW, make_analysis, make_post
from tests.support.notify import World, finding

BOTH = ("abuse", "details")


async def test_a_post_without_findings_ends_as_checked_once_everybody_has_answered(world: World) -> None:
    post = make_post(required=BOTH)
    await world.take(post, make_analysis(post, "abuse"))
    assert await world.states() == {post.check_id: "open"}
    await world.take(make_analysis(post, "details"))
    assert await world.states() == {post.check_id: "checked"}
    assert await world.alerts() == {}


async def test_an_answer_that_comes_before_its_post_is_judged_when_the_post_comes(world: World) -> None:
    post = make_post()
    await world.take(make_analysis(post, findings=(finding(post, "threat"),)))
    assert await world.alerts() == {}
    await world.take(post)
    assert (await world.alerts())["general"].categories == ("threat",)
    assert await world.states() == {post.check_id: "alerted"}


async def test_the_most_urgent_goes_at_once_and_the_rest_in_one_update(world: World) -> None:
    post = make_post(required=BOTH)
    await world.take(post, make_analysis(post, "abuse", findings=(finding(post, "threat"), finding(post, "insult"))))
    first = (await world.alerts())["general"]
    assert (first.severity, first.categories) == ("S1", ("insult", "threat"))
    assert await world.states() == {post.check_id: "open"}

    await world.take(make_analysis(post, "details", findings=(finding(post, "vrm"), finding(post, "credential"))))
    second = (await world.alerts())["general"]
    assert second.categories == ("credential", "insult", "threat", "vrm")
    assert second.case_id == first.case_id
    announced = {row.generation for row in await world.rows("alert_generations")}
    assert announced == {first.generation, second.generation}


async def test_what_can_wait_waits_for_the_other_detectors_but_no_longer_than_ten_seconds(world: World) -> None:
    post = make_post(required=BOTH)
    await world.take(post, make_analysis(post, "abuse", findings=(finding(post, "insult"),)))
    world.clock.advance(seconds=9)
    assert await world.overdue.release() == 0
    assert await world.alerts() == {}
    world.clock.advance(seconds=1)
    assert await world.overdue.release() == 1
    assert (await world.alerts())["general"].severity == "S3"
    assert await world.overdue.release() == 0
    assert await world.states() == {post.check_id: "open"}


async def test_a_detector_that_must_not_look_is_not_waited_for(world: World) -> None:
    post = make_post(required=("abuse",), excluded=({"detector": "faces", "reason": "platform_terms"},))
    await world.take(post, make_analysis(post))
    assert await world.states() == {post.check_id: "checked"}


async def test_each_audience_has_its_own_alert_and_case(world: World) -> None:
    post = make_post()
    await world.take(post, make_analysis(post, findings=(finding(post, "allegation"), finding(post, "insult"))))
    alerts = await world.alerts()
    assert alerts.keys() == {"general", "staff_allegation"}
    assert alerts["general"].case_id != alerts["staff_allegation"].case_id
    assert alerts["general"].categories == ("insult",)


async def test_repeated_events_change_nothing(world: World) -> None:
    post = make_post()
    analysis = make_analysis(post, findings=(finding(post, "threat"),))
    await world.take(post, analysis)
    before = await world.alerts(), len(await world.rows("deliveries"))
    world.clock.advance(seconds=60)
    await world.take(analysis, post, post, analysis)
    assert (await world.alerts(), len(await world.rows("deliveries"))) == before


async def test_an_edit_that_keeps_the_findings_is_silent_and_one_that_adds_a_category_is_not(world: World) -> None:
    for number, categories in ((1, ["insult"]), (2, ["insult"]), (3, ["insult", "bullying"])):
        post = make_post(revision=number)
        found = tuple(finding(post, category) for category in categories)
        await world.take(post, make_analysis(post, findings=found))
    announced = [row.generation for row in await world.rows("alert_generations")]
    assert announced == [generation(["insult"], "S3"), generation(["bullying", "insult"], "S3")]
    assert [row.since_changed for row in sorted(await world.rows("findings"), key=lambda row: row.revision_no)] == [
        True,
        True,
        False,
        False,
    ]


async def test_a_late_finding_of_an_older_revision_is_told_but_marked(world: World) -> None:
    old, new = make_post(revision=1), make_post(revision=2)
    await world.take(old, new, make_analysis(new))
    await world.take(make_analysis(old, findings=(finding(old, "threat"),)))
    assert (await world.alerts())["general"].severity == "S1"
    assert [row.since_changed for row in await world.rows("findings")] == [True]


async def test_severity_stays_when_an_edit_takes_the_worst_away(world: World) -> None:
    first, second = make_post(revision=1), make_post(revision=2)
    await world.take(first, make_analysis(first, findings=(finding(first, "threat"),)))
    await world.take(second, make_analysis(second, findings=(finding(second, "insult"),)))
    alert = (await world.alerts())["general"]
    assert (alert.severity, alert.categories) == ("S1", ("insult", "threat"))


async def test_a_deleted_post_is_withdrawn(world: World) -> None:
    post = make_post(revision=2, cause="deleted", required=())
    await world.take(post)
    assert await world.states() == {post.check_id: "withdrawn"}


@pytest.mark.parametrize(("part", "severity"), [("all", "S2"), ("image:1", "S3")])
async def test_what_could_not_be_examined_is_told_to_operations(world: World, part: str, severity: str) -> None:
    post = make_post()
    left = (Unchecked(part=part, reason="timed_out"),)
    await world.take(post, make_analysis(post, status="unchecked", unchecked=left))
    alert = (await world.alerts())["operations"]
    assert (alert.categories, alert.severity) == (("unchecked_abuse",), severity)
    assert await world.states() == {post.check_id: "alerted"}


async def test_a_post_and_its_answers_handled_at_the_same_moment_are_still_judged(world: World) -> None:
    for number in range(5):
        post = make_post(number, required=BOTH)
        abuse = make_analysis(post, "abuse", findings=(finding(post, "insult"),))
        await asyncio.gather(world.take(abuse), world.take(post), world.take(make_analysis(post, "details")))
    assert set((await world.states()).values()) == {"alerted"}
    assert len(await world.rows("alerts")) == 5


async def test_findings_of_two_checks_of_a_revision_are_judged_together(world: World) -> None:
    live = make_post(platform="facebook", kind="post", attachments=({"key": "1", "kind": "photo"},))
    recheck = live.model_copy(
        update={"check_id": ids.check_id(live.revision_id, "recheck"), "trigger": "recheck", "required": ("faces",)}
    )
    await world.take(live, make_analysis(live), recheck)
    await world.take(make_analysis(recheck, "faces", findings=(finding(recheck, "image_no_publish"),)))
    assert await world.states() == {live.check_id: "alerted", recheck.check_id: "alerted"}
    assert (await world.alerts())["general"].finding_ids == (finding(recheck, "image_no_publish").finding_id,)


async def test_an_event_of_an_unknown_school_is_refused_and_leaves_nothing(world: World) -> None:
    post = make_post(school_id=ids.school_id("elsewhere"))
    with pytest.raises(InputRejected):
        await world.take(post)
    assert await world.states() == {}


class TestOverdue:
    async def test_a_check_past_its_deadline_tells_operations_who_did_not_answer(self, world: World) -> None:
        post = make_post(required=("abuse", "details", "faces"), deadline=NOW + timedelta(seconds=120))
        await world.take(post, make_analysis(post, "details"))
        world.clock.advance(seconds=120)
        assert await world.overdue.end_overdue() == 0
        world.clock.advance(seconds=1)
        assert await world.overdue.end_overdue() == 1
        assert await world.states() == {post.check_id: "overdue"}
        assert (await world.alerts())["operations"].categories == ("overdue_abuse", "overdue_faces")
        assert await world.overdue.end_overdue() == 0

    async def test_after_an_outage_of_ours_the_answers_may_come_behind_the_checks(self, world: World) -> None:
        world.clock.advance(hours=1)
        post = make_post()
        await world.take(post)
        world.clock.advance(seconds=100)
        assert await world.overdue.end_overdue() == 0
        await world.take(make_analysis(post))
        world.clock.advance(seconds=100)
        assert await world.overdue.end_overdue() == 0
        assert await world.alerts() == {}

    async def test_an_answer_after_the_deadline_still_counts(self, world: World) -> None:
        post = make_post()
        await world.take(post)
        world.clock.advance(seconds=200)
        await world.overdue.end_overdue()
        await world.take(make_analysis(post, findings=(finding(post, "insult"),)))
        assert await world.states() == {post.check_id: "alerted"}
        assert (await world.alerts()).keys() == {"operations", "general"}

    async def test_a_check_read_late_after_an_outage_gets_time_to_be_answered(self, world: World) -> None:
        world.clock.advance(hours=2)
        post = make_post()
        await world.take(post)
        assert await world.overdue.end_overdue() == 0
        await world.take(make_analysis(post))
        world.clock.advance(seconds=30)
        assert await world.overdue.end_overdue() == 0
        assert await world.states() == {post.check_id: "checked"}

    async def test_an_answer_to_a_post_that_never_came_is_told_once(self, world: World) -> None:
        post = make_post()
        await world.take(make_analysis(post))
        world.clock.advance(seconds=599)
        assert await world.overdue.report_orphans() == 0
        world.clock.advance(seconds=1)
        assert await world.overdue.report_orphans() == 1
        assert (await world.alerts())["operations"].categories == ("post_missing",)
        assert await world.overdue.report_orphans() == 0
