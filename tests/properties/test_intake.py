"""However events arrive, the casebook ends up the same, and on the way it never says less than it knows."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import ids
from schemas.analysis import Analysis
from schemas.categories import SEVERITIES
from schemas.ids import SchoolId
from services.casebook.cases import TOLD_AT
from services.casebook.tables import metadata
from services.shared.database import Database
from tests.support.events import SCHOOL, make_analysis
from tests.support.histories import Event, post_of, school_days
from tests.support.notify import Register, World, finding

NEIGHBOUR = ids.school_id("the school next door")
LEAD = "user-online_safety_lead"
LONGEST_WAIT = 12  # seconds; eight waits stay within the deadline of a check
Step = Event | int
Summary = dict[str, object]


@dataclass(frozen=True)
class History:
    """Everything that happens, and one way in which notify hears of it; a number is a wait in seconds."""

    events: tuple[Event, ...]
    heard: tuple[Step, ...]


@st.composite
def heard(draw: st.DrawFn, events: Sequence[Event]) -> tuple[Step, ...]:
    """Mix the events, some of them repeated, with waits."""
    repeated: list[Event] = draw(st.lists(st.sampled_from(events), max_size=4))
    waits: list[Step] = list(draw(st.lists(st.integers(1, LONGEST_WAIT), max_size=8)))
    return tuple(draw(st.permutations([*events, *repeated, *waits])))


@st.composite
def histories(draw: st.DrawFn, *schools: SchoolId) -> History:
    events = tuple(event for school in schools for event in draw(school_days(school)))
    return History(events, draw(heard(events)))


@st.composite
def pile_ons(draw: st.DrawFn) -> History:
    """Let as many people as matter write below one post: insults, and perhaps threats."""
    events: list[Event] = []
    for number in range(1, draw(st.sampled_from((2, 9, 10, 11))) + 1):
        post = post_of(SCHOOL, number, 1)
        category = draw(st.sampled_from(("insult", "insult", "insult", "threat")))
        events += [post, make_analysis(post, findings=(finding(post, category),))]
    return History(tuple(events), draw(heard(events)))


async def listen(steps: Sequence[Step], *schools: SchoolId) -> dict[SchoolId, Summary]:
    """Run notify through the steps, watch what must never happen, and return what the casebook says in the end."""
    database = Database("casebook", "sqlite+aiosqlite:///:memory:")
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    world = World(database, Register(schools=(SCHOOL, NEIGHBOUR)))
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
    ended = {school: await summary(world, school) for school in schools}
    await database.close()
    return ended


async def nothing_is_called_checked_too_early(world: World) -> None:
    answered = {(row.check_id, row.detector) for row in await world.rows("answers")}
    for check in await world.rows("checks"):
        if check.state == "checked":
            assert all((check.check_id, detector) in answered for detector in check.required)


async def no_severity_falls(world: World, before: dict[str, int]) -> dict[str, int]:
    alerts = {row.alert_id: row for row in await world.rows("alerts")}
    now = {alert_id: SEVERITIES.index(row.severity) for alert_id, row in alerts.items()}
    now |= {row.case_id: SEVERITIES.index(row.severity) for row in await world.rows("cases")}
    assert all(now[alert.case_id] <= now[alert_id] for alert_id, alert in alerts.items())
    assert all(now[one] <= rank for one, rank in before.items())
    return now


async def summary(world: World, school: SchoolId) -> Summary:
    tables = {
        name: [row for row in await world.rows(name) if row.school_id == school]
        for name in (
            "alert_generations", "alerts", "case_posts", "cases", "checks", "deliveries", "evidence", "findings",
            "subjects", "tasks",
        )
    }  # fmt: skip
    sent = [(row.alert_id, row.generation, row.recipient) for row in tables["deliveries"]]
    assert len(sent) == len(set(sent))
    newest: dict[str, int] = {}
    for row in tables["alert_generations"]:
        newest[row.alert_id] = max(row.generation, newest.get(row.alert_id, 0))
    assert newest == {row.alert_id: row.generation for row in tables["alerts"]}
    untold = {row.case_id for row in tables["cases"]} - {row.case_id for row in tables["deliveries"]}
    assert untold == {row.case_id for row in tables["cases"] if row.told_posts == 0}
    when = {"raised_at", "respond_by"}
    return {
        "alerts": {
            row.alert_id: {name: value for name, value in row._asdict().items() if name not in when}
            for row in tables["alerts"]
        },
        "states": {row.check_id: row.state for row in tables["checks"]},
        "cases": {(row.case_id, row.severity, row.state, row.told_posts) for row in tables["cases"]},
        "posts of cases": Counter((row.case_id, row.post_id) for row in tables["case_posts"]),
        "findings": {
            (row.analysis_id, row.finding_id, row.severity, row.audience, row.since_changed)
            for row in tables["findings"]
        },
        "evidence": {(row.case_id, row.revision_id) for row in tables["evidence"]},
        "subjects": set(map(tuple, tables["subjects"])),
        "tasks": {(row.task_id, row.post_id, row.ref, row.reason, row.state, row.how) for row in tables["tasks"]},
    }


def threatened(history: History) -> bool:
    found = [one for event in history.events if isinstance(event, Analysis) for one in event.findings]
    return any(one.category == "threat" for one in found)


async def messages(steps: Sequence[Step]) -> tuple[int, list[tuple[int, str]]]:
    """Return how many posts the one case has in the end, and of how many each message told, and how urgently."""
    database = Database("casebook", "sqlite+aiosqlite:///:memory:")
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    world = World(database)
    for step in steps:
        if isinstance(step, int):
            world.clock.advance(seconds=step)
            await world.overdue.release()
        else:
            await world.take(step)
    said = {(row.alert_id, row.generation): row.alert for row in await world.rows("alert_generations")}
    sent = [said[row.alert_id, row.generation] for row in await world.rows("deliveries") if row.recipient == LEAD]
    assert len({row.case_id for row in await world.rows("cases")}) == 1
    posts = len(await world.rows("case_posts"))
    await database.close()
    return posts, sorted((alert["posts"], alert["severity"]) for alert in sent)


@settings(max_examples=20, deadline=None)
@given(histories(SCHOOL))
def test_order_repetition_and_delay_make_no_difference(history: History) -> None:
    assert asyncio.run(listen(history.heard, SCHOOL)) == asyncio.run(listen(history.events, SCHOOL))


@settings(max_examples=8, deadline=None)
@given(histories(SCHOOL, NEIGHBOUR))
def test_what_happens_at_one_school_changes_nothing_at_another(history: History) -> None:
    both = asyncio.run(listen(history.heard, SCHOOL, NEIGHBOUR))
    for school in (SCHOOL, NEIGHBOUR):
        alone = tuple(event for event in history.events if event.school_id == school)
        assert asyncio.run(listen(alone, school)) == {school: both[school]}


@settings(max_examples=12, deadline=None)
@given(pile_ons())
def test_a_pile_on_tells_as_often_in_any_order(history: History) -> None:
    posts, sent = asyncio.run(messages(history.heard))
    written, expected = asyncio.run(messages(history.events))
    assert posts == written == len(history.events) // 2
    told_at = {number for number in TOLD_AT if number <= posts}
    for one in (sent, expected):
        severities = {severity for _, severity in one}
        assert ("S1" in severities) == threatened(history)
        assert told_at <= {number for number, _ in one}
        assert len(one) < len(told_at) + len(severities)
