"""How far an audit is, and what it found."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from schemas import ids
from schemas.post import Post
from services.casebook import tables
from services.casebook.audits import Progress, progress, takedowns
from services.casebook.viewer import Viewer
from services.shared.database import Database
from tests.support.events import ACCOUNT, NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import EVERYTHING, World, finding

RUN = ids.run_id("audit", ACCOUNT, 1)
OTHER_RUN = ids.run_id("audit", ACCOUNT, 2)
NOTHING = Progress(0, 0, 0, 0, 0, 0)
STRANGER = Viewer("user-1", ("sch-" + "0" * 16,), EVERYTHING.roles)
LEAD = Viewer("user-2", (SCHOOL,), ("online_safety_lead",))


def audited(number: int, *, run: str = RUN, **changes: Any) -> Post:
    post = make_post(number, trigger="audit", run_id=run, kind="post", published_at=NOW - timedelta(days=number))
    fields = {"check_id": ids.check_id(post.revision_id, "audit", run)}
    return post.model_copy(update=fields | changes)


async def examined(world: World, post: Post, *categories: str) -> None:
    await world.take(post, make_analysis(post, findings=tuple(finding(post, category) for category in categories)))


async def test_an_audit_is_as_far_as_its_checks(world: World, database: Database) -> None:
    late = audited(4)
    await world.take(late)
    world.clock.advance(seconds=200)
    await world.overdue.end_overdue()
    await examined(world, audited(1))
    await examined(world, audited(2), "threat")
    await world.take(audited(3))
    await examined(world, audited(5, cause="deleted"))
    await examined(world, audited(1, run=OTHER_RUN))
    await examined(world, make_post(6))
    async with database.reading() as connection:
        assert await progress(connection, LEAD, RUN) == Progress(
            5, open=1, checked=1, alerted=1, overdue=1, withdrawn=1
        )
        assert await progress(connection, STRANGER, RUN) == NOTHING
        assert await progress(connection, LEAD, ids.run_id("never")) == NOTHING


async def test_an_audits_count_tells_nobody_of_cases_that_are_for_others(world: World, database: Database) -> None:
    await examined(world, audited(1), "allegation")
    async with database.reading() as connection:
        (allegation,) = (await connection.execute(select(tables.alerts.c.audience))).scalars()
        assert allegation == "staff_allegation"
        assert (await progress(connection, EVERYTHING, RUN)).alerted == 1
        manager = Viewer("user-3", (SCHOOL,), ("business_manager",))
        assert await progress(connection, manager, RUN) == Progress(
            1, open=0, checked=1, alerted=0, overdue=0, withdrawn=0
        )


async def test_what_should_come_down_is_ranked(world: World, database: Database) -> None:
    await examined(world, audited(1), "vrm")
    await examined(world, audited(2), "phone", "email")
    await examined(world, audited(3), "phone")
    await examined(world, audited(4), "threat", "phone")
    await examined(world, audited(5))
    await examined(world, audited(6, run=OTHER_RUN), "threat")
    async with database.reading() as connection:
        found = await takedowns(connection, LEAD, RUN)
    assert [(one.post_id[-1], one.severity, one.verdict, one.categories) for one in found] == [
        ("4", "S1", "block", ("phone", "threat")),
        ("2", "S3", "block", ("email", "phone")),
        ("3", "S3", "block", ("phone",)),
        ("1", "S3", "review", ("vrm",)),
    ]
    assert found[0].clause_ids == ("SB-3.6", "SB-4.2")
    alerts = {row.post_id: row.case_id for row in await world.rows("alerts")}
    assert found[0].case_id == alerts[found[0].post_id]
    assert found[1].published_at == NOW - timedelta(days=2)


async def test_each_reads_what_the_cases_allow(world: World, database: Database) -> None:
    await examined(world, audited(1), "phone", "allegation")
    async with database.reading() as connection:
        seen = {
            role: [one.audience for one in await takedowns(connection, Viewer("user-1", (SCHOOL,), (role,)), RUN)]
            for role in ("online_safety_lead", "headteacher", "dpo")
        }
        assert await takedowns(connection, STRANGER, RUN) == ()
    assert seen == {"online_safety_lead": ["general"], "headteacher": ["staff_allegation", "general"], "dpo": []}


@pytest.mark.parametrize("cause", ["edited", "deleted"])
async def test_what_has_changed_since_is_not_to_be_taken_down_for_it(
    world: World, database: Database, cause: str
) -> None:
    await examined(world, audited(1), "phone")
    await world.take(make_post(1, revision=2, cause=cause))
    async with database.reading() as connection:
        assert await takedowns(connection, LEAD, RUN) == ()
