import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from schemas import ids
from schemas.post import Post
from services.ingest.connectors.connector import Budget, Observation
from services.ingest.connectors.errors import PlatformUnavailable, RateLimited, TokenRejected
from services.ingest.tables import audit_runs
from services.shared.errors import DependencyUnavailable
from tests.support.backfill import (
    BACKFILL_TOPIC,
    LIVE_TOPIC,
    RUN,
    FakeAudits,
    FakePolled,
    audits_of,
    change,
    in_backfill,
    rechecks_of,
    relayed,
)
from tests.support.ingest import BEGIN, JPEG, SCHOOL, Ingest, picture, seen

ADDRESS = "https://media.example/p1"


def old(number: int, text: str = "Prize day", **changes: object) -> Observation:
    return seen(str(number), text, published_at=BEGIN - timedelta(days=100 + number), **changes)


def told(register: FakeAudits) -> tuple[int, bool]:
    (audit,) = register.wanted
    return audit.posts_read, audit.read_to_the_end


def numbers(posts: list[Post]) -> list[int]:
    return [int(post.post_id.split(":")[1]) for post in posts]


async def test_an_audit_records_what_was_never_seen_in_the_backfill_lane(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(2), old(1)], [old(3, "Lost!")]]
    register = FakeAudits()
    audits = audits_of(ingest, register)
    await audits.round()
    assert told(register) == (2, False)
    await audits.round()
    assert told(register) == (3, True)
    posts = await relayed(ingest)
    assert [(topic, post.revision_no, post.cause) for topic, post in posts] == [(BACKFILL_TOPIC, 1, "created")] * 3
    for _, post in posts:
        assert (post.trigger, post.run_id) == ("audit", RUN)
        assert post.check_id == ids.check_id(post.revision_id, "audit", RUN)
        assert post.deadline - post.observed_at == timedelta(hours=24)
        assert post.required == ("details", "abuse")
    assert posts[-1][1].content is not None
    assert (await ingest.content.get_content(posts[-1][1].content)).text == "Lost!"


async def test_what_is_known_is_checked_again_as_it_is(ingest: Ingest) -> None:
    await ingest.poll([seen("1", "A")], [seen("1", "B"), seen("2")])
    live = [post for _, post in await relayed(ingest)]
    ingest.platform.everything = [[seen("2"), seen("1", "B")]]
    await audits_of(ingest, FakeAudits()).round()
    again = await in_backfill(ingest)
    assert [(post.post_id[-1], post.revision_no, post.trigger) for post in again] == [
        ("2", 1, "audit"),
        ("1", 2, "audit"),
    ]
    assert {post.revision_id for post in again} < {post.revision_id for post in live}


async def test_what_the_polls_have_yet_to_see_is_checked_as_live(ingest: Ingest) -> None:
    """An alert on it must not keep silent because an audit came by first."""
    await ingest.poll([old(1, "before")])
    await relayed(ingest)
    ingest.platform.everything = [[old(1, "after"), seen("2"), old(3)]]
    await audits_of(ingest, FakeAudits()).round()
    posts = await relayed(ingest)
    assert [(topic, post.cause) for topic, post in posts] == [
        (LIVE_TOPIC, "edited"),
        (LIVE_TOPIC, "created"),
        (BACKFILL_TOPIC, "created"),
    ]
    assert [post.run_id for _, post in posts] == [None, None, RUN]


async def test_media_is_waited_for_and_stays_a_part_of_the_audit_when_it_is_late(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1, attachments=(picture(),))]]
    ingest.platform.media = {ADDRESS: PlatformUnavailable("x")}
    await audits_of(ingest, FakeAudits()).round()
    assert await relayed(ingest) == []
    await ingest.media.round()
    ingest.clock.forward(31)
    await ingest.media.round()
    ingest.platform.media = {ADDRESS: JPEG}
    ingest.clock.forward(61)
    await ingest.media.round()
    posts = await relayed(ingest)
    assert [(topic, post.revision_no, post.cause) for topic, post in posts] == [
        (BACKFILL_TOPIC, 1, "created"),
        (BACKFILL_TOPIC, 2, "media"),
    ]
    assert {(post.trigger, post.run_id) for _, post in posts} == {("audit", RUN)}
    assert posts[1][1].check_id == ids.check_id(posts[1][1].revision_id, "audit", RUN)


async def test_a_paused_audit_reads_no_further_and_goes_on_where_it_was(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(number)] for number in range(3)]
    register = FakeAudits()
    audits = audits_of(ingest, register)
    await audits.round()
    register.want("paused")
    for _ in range(2):
        await audits.round()
    assert (told(register), ingest.platform.cursors) == ((1, False), [{}])
    register.want("running")
    for _ in range(2):
        await audits.round()
    assert told(register) == (3, True)
    assert numbers(await in_backfill(ingest)) == [0, 1, 2]


async def test_another_process_goes_on_where_one_died(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(number)] for number in range(2)]
    register = FakeAudits()
    await audits_of(ingest, register).round()
    other = ingest.other()
    await audits_of(other, register).round()
    assert told(register) == (1, False)
    ingest.clock.forward(61)
    await audits_of(other, register).round()
    assert told(register) == (2, True)


async def test_a_page_that_is_read_twice_doubles_nothing(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(2), old(1)]]
    register = FakeAudits()
    await audits_of(ingest, register).round()
    first = await in_backfill(ingest)
    async with ingest.database.transaction() as connection:
        await connection.execute(audit_runs.delete())
    register.wanted = FakeAudits().wanted
    await audits_of(ingest, register).round()
    assert {post.check_id for post in await in_backfill(ingest)} == {post.check_id for post in first}


async def test_what_was_read_is_reported_once_the_register_answers(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1)]]
    register = FakeAudits(failure=DependencyUnavailable("x"))
    audits = audits_of(ingest, register)
    with pytest.raises(DependencyUnavailable):
        await audits.round()
    register.failure = None
    await audits.round()
    assert (told(register), len(ingest.platform.cursors)) == ((1, True), 1)


async def test_half_of_the_allowance_is_left_to_what_is_live(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1)], [old(2)]]
    resets_at = BEGIN + timedelta(minutes=15)
    register = FakeAudits()
    audits = audits_of(ingest, register)
    for remaining, expected in ((500, 0), (501, 1), (400, 1)):
        ingest.platform.budget = Budget(1000, remaining, resets_at)
        await audits.round()
        assert told(register)[0] == expected
    ingest.clock.forward(901)
    await audits.round()
    assert told(register) == (2, True)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimited("x", BEGIN + timedelta(seconds=700)), 700),
        (PlatformUnavailable("x"), 30),
        (ZeroDivisionError("a bug"), 30),
    ],
)
async def test_after_a_failure_the_audit_waits_and_goes_on(ingest: Ingest, error: Exception, seconds: int) -> None:
    ingest.platform.everything = [[old(1)]]
    ingest.platform.error = error
    register = FakeAudits()
    audits = audits_of(ingest, register)
    await audits.round()
    ingest.platform.error = None
    ingest.clock.forward(seconds - 1)
    await audits.round()
    assert told(register) == (0, False)
    ingest.clock.forward(1)
    await audits.round()
    assert told(register) == (1, True)


async def test_a_rejected_token_is_read_again(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1)]]
    ingest.platform.error = TokenRejected("x")
    audits = audits_of(ingest, FakeAudits())
    await audits.round()
    ingest.platform.error = None
    ingest.clock.forward(30)
    await audits.round()
    assert ingest.platform.opened == 2


async def test_an_account_that_is_being_read_or_not_polled_here_waits(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1)]]
    register, polled = FakeAudits(), FakePolled()
    audits = audits_of(ingest, register, polled)
    assert polled.lock is not None
    async with polled.lock:
        await audits.round()
    for parked in (FakePolled(lock=None), FakePolled(known={})):
        await audits_of(ingest, register, parked).round()
    assert told(register) == (0, False)
    await audits.round()
    assert told(register) == (1, True)


async def test_an_account_whose_lease_was_lost_while_it_was_read_is_not_stored(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1)]]
    other = ingest.other()

    async def taken_over() -> None:
        ingest.clock.forward(61)
        await other.leases.acquire(register.wanted[0].account_id, SCHOOL.school_id)

    register = FakeAudits()
    ingest.platform.meanwhile = taken_over
    await audits_of(ingest, register).round()
    assert told(register) == (0, False)
    assert await relayed(ingest) == []


async def test_media_that_arrives_while_a_page_is_stored_does_not_lose_the_page(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: PlatformUnavailable("x")}
    await ingest.poll([old(1, attachments=(picture(),))])
    await ingest.media.round()
    ingest.clock.forward(61)
    await ingest.media.round()
    await relayed(ingest)
    ingest.platform.media = {ADDRESS: JPEG}
    ingest.clock.forward(61)
    ingest.platform.everything = [[old(1, "edited", attachments=(picture(),))]]
    ingest.platform.meanwhile = ingest.media.round
    register = FakeAudits()
    await audits_of(ingest, register).round()
    await ingest.media.round()
    assert told(register) == (1, True)
    assert [(post.revision_no, post.cause) for _, post in await relayed(ingest)] == [(2, "media"), (3, "edited")]


async def test_no_page_is_read_while_the_last_one_waits_for_the_broker(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(number) for number in range(100)], [old(200)]]
    register = FakeAudits()
    audits = audits_of(ingest, register)
    for _ in range(3):
        await audits.round()
    assert told(register) == (100, False)
    await relayed(ingest)
    await audits.round()
    assert told(register) == (101, True)


async def test_a_register_change_rechecks_what_an_audit_found(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1)]]
    await audits_of(ingest, FakeAudits()).round()
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    assert [post.trigger for post in await in_backfill(ingest)] == ["audit", "recheck"]


async def test_two_audits_are_read_side_by_side_and_a_broken_one_stops_no_other(ingest: Ingest) -> None:
    ingest.platform.everything = [[old(1)]]
    register = FakeAudits()
    (audit,) = register.wanted
    unknown = replace(audit, run_id=ids.run_id("other"), account_id="acc-" + "0" * 16)
    register.wanted = [unknown, audit]
    await asyncio.wait_for(audits_of(ingest, register).round(), 10)
    assert [each.read_to_the_end for each in register.wanted] == [False, True]
    async with ingest.database.reading() as connection:
        rows = (await connection.execute(select(audit_runs.c.run_id, audit_runs.c.posts_read))).all()
    assert [tuple(row) for row in rows] == [(RUN, 1)]
