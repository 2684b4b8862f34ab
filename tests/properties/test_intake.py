"""However events arrive, the casebook ends up the same, and on the way it never says less than it knows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import ids
from schemas.analysis import Analysis, Finding, Unchecked
from schemas.categories import SEVERITIES
from schemas.events import CheckEvent as Event
from schemas.post import Post
from services.casebook.tables import metadata
from services.shared.database import Database
from tests.support.events import make_analysis, make_post
from tests.support.notify import World, finding

CATEGORIES = {
    "abuse": ("threat", "insult", "allegation", "takedown_request", "spam_scam"),
    "details": ("name_full", "vrm", "credential"),
    "faces": ("image_no_publish",),
}
LONGEST_WAIT = 12  # seconds; eight waits stay within the deadline of a check
Step = Event | int


@dataclass(frozen=True)
class History:
    """Everything that happens to one post, and one way in which notify hears of it; a number is a wait in seconds."""

    events: tuple[Event, ...]
    heard: tuple[Step, ...]


@st.composite
def answers(draw: st.DrawFn, post: Post, detector: str) -> Analysis:
    found: dict[str, Finding] = {}
    for category in draw(st.lists(st.sampled_from(CATEGORIES[detector]), max_size=2)):
        facts = draw(
            st.sampled_from(({}, {"severity": 4}, {"severity": 2, "target": "pupil"}, {"photo_consent": "no"}))
        )
        one = finding(post, category, draw(st.sampled_from(("one", "two"))), facts=facts)
        found[one.finding_id] = one
    left = draw(st.sampled_from(((), (), (Unchecked(part="all", reason="timed_out"),))))
    status = "unchecked" if left else "complete"
    return make_analysis(post, detector, findings=tuple(found.values()), unchecked=left, status=status)


@st.composite
def histories(draw: st.DrawFn) -> History:
    events: list[Event] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        for trigger in draw(st.sampled_from((("live",), ("live", "recheck")))):
            required = tuple(sorted(draw(st.sets(st.sampled_from(tuple(CATEGORIES)), min_size=1))))
            post = make_post(revision=number, trigger=trigger, required=required)
            post = post.model_copy(update={"check_id": ids.check_id(post.revision_id, trigger)})
            events += [post, *(draw(answers(post, detector)) for detector in required)]
    repeated: list[Event] = draw(st.lists(st.sampled_from(events), max_size=4))
    waits: list[Step] = draw(st.lists(st.integers(1, LONGEST_WAIT), max_size=8))
    return History(tuple(events), tuple(draw(st.permutations([*events, *repeated, *waits]))))


async def listen(steps: Sequence[Step]) -> dict[str, object]:
    """Run notify through the steps, watch what must never happen, and return what the casebook says in the end."""
    database = Database("casebook", "sqlite+aiosqlite:///:memory:")
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    world = World(database)
    severities: dict[str, int] = {}
    for step in steps:
        if isinstance(step, int):
            world.clock.advance(seconds=step)
            await world.overdue.release()
        else:
            await world.take(step)
        await nothing_is_called_checked_too_early(world)
        severities = await no_severity_falls(world, severities)
    world.clock.advance(seconds=LONGEST_WAIT)
    await world.overdue.release()
    ended = await summary(world)
    await database.close()
    return ended


async def nothing_is_called_checked_too_early(world: World) -> None:
    answered = {(row.check_id, row.detector) for row in await world.rows("answers")}
    for check in await world.rows("checks"):
        if check.state == "checked":
            assert all((check.check_id, detector) in answered for detector in check.required)


async def no_severity_falls(world: World, before: dict[str, int]) -> dict[str, int]:
    now = {audience: SEVERITIES.index(alert.severity) for audience, alert in (await world.alerts()).items()}
    assert all(now[audience] <= rank for audience, rank in before.items())
    return now


async def summary(world: World) -> dict[str, object]:
    alerts = await world.alerts()
    deliveries = [(row.alert_id, row.generation, row.recipient) for row in await world.rows("deliveries")]
    assert len(deliveries) == len(set(deliveries))
    generations = [(row.alert_id, row.generation) for row in await world.rows("alert_generations")]
    for alert in alerts.values():
        assert alert.generation == max(number for alert_id, number in generations if alert_id == alert.alert_id)
    return {
        "alerts": {
            audience: alert.model_dump(exclude={"raised_at", "respond_by"}) for audience, alert in alerts.items()
        },
        "states": await world.states(),
        "cases": {(row.case_id, row.severity, row.state) for row in await world.rows("cases")},
        "findings": {
            (row.analysis_id, row.finding_id, row.severity, row.audience, row.since_changed)
            for row in await world.rows("findings")
        },
        "evidence": {(row.case_id, row.revision_id) for row in await world.rows("evidence")},
    }


@settings(max_examples=40, deadline=None)
@given(histories())
def test_order_repetition_and_delay_make_no_difference(history: History) -> None:
    assert asyncio.run(listen(history.heard)) == asyncio.run(listen(history.events))
