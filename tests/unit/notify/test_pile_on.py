"""Many people write below one post: one case that grows, and a message only when it matters."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from services.casebook import audit_log, tables
from services.casebook import cases as casework
from services.notify.assess import WEBHOOK
from services.notify.message import compose
from services.shared.crypto import Keyring
from services.shared.database import Database
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import EVERYTHING, Taking, World, finding
from tests.support.threads import ROOT, cases, comment, mailed, say


async def close(database: Database, keyring: Keyring, case_id: str) -> None:
    async with database.transaction() as connection:
        await casework.acknowledge(connection, EVERYTHING, case_id, NOW)
        await casework.close(connection, keyring, EVERYTHING, case_id, outcome="no_action", note="", at=NOW)


async def test_a_hundred_comments_are_one_case_and_three_messages(world: World) -> None:
    for number in range(1, 101):
        await say(world, comment(number), "insult")
    (case,) = await cases(world)
    assert (case.posts, len(case.alerts), len(await world.rows("case_posts"))) == (100, 100, 100)
    assert await mailed(world) == [(1, "S3"), (10, "S3"), (100, "S3")]


async def test_the_message_says_how_many_posts_there_are(world: World) -> None:
    for number in range(1, 11):
        await say(world, comment(number), "insult")
    await mailed(world)
    sent = sorted(world.mail.taken, key=lambda message: message.alert.posts)
    first, tenth = (compose(message, "schoolgate@larkhollow.example", "https://console") for message in sent)
    assert "posts so far" not in first.get_content()
    assert "10 posts so far in this case" in tenth.get_content()


async def test_the_most_urgent_among_insults_goes_out_at_once(world: World) -> None:
    for number, category in ((1, "insult"), (2, "insult"), (3, "threat"), (4, "insult"), (5, "threat")):
        post = comment(number, required=("abuse", "details"))
        await world.take(post, make_analysis(post, findings=(finding(post, category),)))
        if category == "insult":
            await world.take(make_analysis(post, "details"))
    assert await mailed(world) == [(1, "S3"), (3, "S1")]
    assert [case.severity for case in await cases(world)] == ["S1"]


async def test_a_comment_that_is_alone_is_told_like_any_post_and_one_among_many_is_not(world: World) -> None:
    await say(world, comment(1), "insult")
    await say(world, comment(1, revision=2), "insult", "bullying")
    await say(world, comment(2), "insult")
    await say(world, comment(2, revision=2), "insult", "bullying")
    assert await mailed(world) == [(1, "S3"), (1, "S3")]
    assert [case.posts for case in await cases(world)] == [2]


async def test_the_post_above_and_the_schools_own_answers_keep_their_cases(world: World) -> None:
    await say(world, make_post(1000, kind="post"), "insult")
    await say(world, comment(1), "insult")
    await say(world, comment(2, author={"relation": "official"}), "insult")
    await say(world, comment(3), "insult", "allegation")
    assert sorted(case.posts for case in await cases(world)) == [1, 1, 2]
    assert [case.posts for case in await cases(world, "staff_allegation")] == [1]
    elsewhere = make_post(4, root_id=ROOT + "1")
    await say(world, elsewhere, "insult")
    assert len(await cases(world)) == 4


async def test_a_closed_case_opens_again_with_another_post_and_is_told(
    world: World, database: Database, keyring: Keyring
) -> None:
    await say(world, comment(1), "insult")
    await say(world, comment(2), "insult")
    (case,) = await cases(world)
    await close(database, keyring, case.case_id)
    await say(world, comment(3), "insult")
    (again,) = await cases(world)
    assert (again.state, again.posts, again.severity) == ("open", 3, "S3")
    assert [posts for posts, _ in await mailed(world)] == [1, 3]
    async with database.reading() as connection:
        newest, *_ = await audit_log.entries(connection, EVERYTHING, SCHOOL)
    assert (newest.act.actor_id, newest.act.action, newest.act.subject) == ("system", "reopen", case.case_id)


async def test_a_second_child_is_heard_although_somebody_is_at_work_on_the_first(
    world: World, database: Database
) -> None:
    await say(world, comment(1), "grooming_contact")
    (case,) = await cases(world, "safeguarding")
    await say(world, comment(2), "grooming_contact")  # nobody has looked yet: who does will see both
    async with database.transaction() as connection:
        await casework.acknowledge(connection, EVERYTHING, case.case_id, NOW)
    world.clock.advance(hours=2)
    await say(world, comment(3), "grooming_contact")
    await say(world, comment(4), "grooming_contact")
    (again,) = await cases(world, "safeguarding")
    assert (again.state, again.posts, again.respond_by) == ("open", 4, NOW + timedelta(hours=2, minutes=15))
    assert await mailed(world, "dsl") == [(1, "S1"), (3, "S1")]


async def test_what_can_wait_disturbs_nobody_who_is_at_work_on_the_case(world: World, database: Database) -> None:
    await say(world, comment(1), "insult")
    (case,) = await cases(world)
    async with database.transaction() as connection:
        await casework.acknowledge(connection, EVERYTHING, case.case_id, NOW)
    await say(world, comment(2), "insult")
    assert [one.state for one in await cases(world)] == ["acknowledged"]
    assert await mailed(world) == [(1, "S3")]


async def test_what_a_comment_said_before_it_was_changed_opens_nothing_again(
    world: World, database: Database, keyring: Keyring
) -> None:
    await say(world, comment(1), "insult")
    (case,) = await cases(world)
    await close(database, keyring, case.case_id)
    old, new = comment(2), comment(2, revision=2)
    await world.take(new, make_analysis(new), old, make_analysis(old, findings=(finding(old, "insult"),)))
    (still,) = await cases(world)
    assert (still.state, still.posts) == ("closed", 2)


async def test_repeated_events_send_nothing_more(world: World) -> None:
    for number in range(1, 11):
        await say(world, comment(number), "insult")
    before = len(await world.rows("deliveries"))
    for number in range(1, 11):
        await say(world, comment(number), "insult")
    assert len(await world.rows("deliveries")) == before
    assert [case.posts for case in await cases(world)] == [10]


async def test_comments_handled_at_the_same_moment_are_all_counted(world: World) -> None:
    await asyncio.gather(*(say(world, comment(number), "insult") for number in range(1, 13)))
    (case,) = await cases(world)
    assert case.posts == 12
    assert await mailed(world) == [(1, "S3"), (10, "S3")]


async def test_a_comment_whose_case_is_of_the_first_release_stays_in_it(world: World, database: Database) -> None:
    await say(world, make_post(1), "insult")  # the first release gave every comment a case of its own
    (old,) = await cases(world)
    async with database.transaction() as connection:
        await connection.execute(update(tables.cases).values(told_posts=1, told_severity=None))
    await say(world, comment(1, revision=2), "insult", "threat")
    (same,) = await cases(world)
    assert (same.case_id, same.severity) == (old.case_id, "S1")
    await say(world, comment(2), "insult")
    assert len(await cases(world)) == 2
    assert await mailed(world) == [(1, "S1"), (1, "S3"), (1, "S3")]


@pytest.mark.parametrize("posts", [9, 10])
async def test_a_webhook_is_called_as_often_as_a_person_is_told(database: Database, posts: int) -> None:
    world = World(database, channels={WEBHOOK: Taking()})
    for number in range(1, posts + 1):
        await say(world, comment(number), "insult")
    assert {(row.channel, row.recipient) for row in await world.rows("deliveries")} == {(WEBHOOK, "")}
    assert len(await world.rows("deliveries")) == (2 if posts == 10 else 1)
