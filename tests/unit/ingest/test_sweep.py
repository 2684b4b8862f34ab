from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from schemas import ids
from schemas.post import Post
from services.ingest.connectors import errors
from services.ingest.connectors.connector import Budget
from services.ingest.polling.lease import LeaseLost
from services.ingest.tables import attachments, posts
from services.shared.process import Stop
from tests.support.ingest import ACCOUNT, BEGIN, JPEG, SCHOOL, FakePlatform, Ingest, picture, seen

HOURS, MINUTES = 3600, 60


def shown(events: list[Post]) -> list[tuple[int, str]]:
    return [(post.revision_no, post.cause) for post in events]


async def delete(ingest: Ingest) -> None:
    """Let two look-ups of everything that is stored say that it is not there."""
    ingest.clock.forward(6 * HOURS)
    await ingest.sweep.round()
    ingest.clock.forward(10 * MINUTES)
    await ingest.sweep.round()


async def test_a_post_that_is_not_there_twice_is_deleted(ingest: Ingest) -> None:
    await ingest.poll([seen(parent_id="9", root_id="8")])
    await delete(ingest)
    created, deletion = await ingest.published()
    assert (deletion.revision_no, deletion.cause, deletion.trigger) == (2, "deleted", "live")
    assert (deletion.content, deletion.text_ref, deletion.visibility) == (None, None, "unknown")
    assert (deletion.attachments, deletion.required, deletion.excluded) == ((), (), ())
    assert (deletion.parent_id, deletion.root_id, deletion.author) == (
        created.parent_id,
        created.root_id,
        created.author,
    )
    assert deletion.check_id != created.check_id
    await ingest.sweep.round()
    ingest.clock.forward(24 * HOURS)
    await ingest.sweep.round()
    assert len(await ingest.published()) == 2


async def test_one_look_up_in_vain_deletes_nothing_and_is_repeated_no_sooner_than_agreed(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    ingest.clock.forward(6 * HOURS - 1)
    await ingest.sweep.round()
    assert ingest.platform.asked == []
    ingest.clock.forward(1)
    await ingest.sweep.round()
    ingest.clock.forward(10 * MINUTES - 1)
    await ingest.sweep.round()
    assert ingest.platform.asked == [["1"]]
    assert shown(await ingest.published()) == [(1, "created")]


async def test_a_post_that_is_found_again_by_a_look_up_or_a_list_is_absent_no_longer(ingest: Ingest) -> None:
    await ingest.poll([seen("1"), seen("2")])
    ingest.clock.forward(6 * HOURS)
    await ingest.sweep.round()
    ingest.platform.lookups = {"1": seen("1")}
    await ingest.poll([seen("2")])
    ingest.clock.forward(10 * MINUTES)
    await ingest.sweep.round()
    assert ingest.platform.asked == [["1", "2"], ["1"]]
    ingest.platform.lookups = {}
    ingest.clock.forward(6 * HOURS)
    await ingest.sweep.round()
    assert shown(await ingest.published()) == [(1, "created"), (1, "created")]


@pytest.mark.parametrize(
    "error",
    [
        errors.PlatformUnavailable("x"),
        errors.TokenRejected("x"),
        errors.PermissionMissing("x"),
        errors.RequestRefused("x"),
        errors.RateLimited("x", BEGIN + timedelta(hours=7)),
    ],
)
async def test_no_failure_is_taken_for_a_deletion(ingest: Ingest, error: Exception) -> None:
    await ingest.poll([seen()])
    ingest.platform.error = error
    await delete(ingest)
    ingest.platform.error = None
    ingest.clock.forward(HOURS)
    await ingest.sweep.round()
    assert shown(await ingest.published()) == [(1, "created")]
    ingest.clock.forward(10 * MINUTES)
    await ingest.sweep.round()
    assert shown(await ingest.published()) == [(1, "created"), (2, "deleted")]


async def test_nothing_is_deleted_while_the_token_cannot_be_validated(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    ingest.clock.forward(6 * HOURS)
    await ingest.sweep.round()
    ingest.platform.refuses = errors.PermissionMissing("suspended")
    ingest.clock.forward(10 * MINUTES)
    await ingest.sweep.round()
    assert ingest.platform.asked == [["1"]]
    assert shown(await ingest.published()) == [(1, "created")]
    ingest.platform.refuses = None
    ingest.clock.forward(5 * MINUTES)
    await ingest.sweep.round()
    assert shown(await ingest.published()) == [(1, "created"), (2, "deleted")]


async def test_a_post_that_the_platform_withholds_stays_and_keeps_no_other_waiting(ingest: Ingest) -> None:
    await ingest.poll([seen("1")])
    ingest.platform.withheld = {"1"}
    await delete(ingest)
    assert ingest.platform.asked == [["1"]]
    assert shown(await ingest.published()) == [(1, "created")]


async def test_what_nobody_may_look_up_any_more_was_not_looked_up(ingest: Ingest) -> None:
    await ingest.poll([seen("1")])
    ingest.clock.forward(6 * HOURS)
    ingest.platform.withheld, ingest.platform.refuses = {"1"}, errors.PermissionMissing("x")
    await ingest.sweep.round()
    assert age() == 6 * HOURS
    ingest.platform.withheld, ingest.platform.refuses = set(), None
    ingest.clock.forward(5 * MINUTES)
    await ingest.sweep.round()
    ingest.clock.forward(10 * MINUTES)
    await ingest.sweep.round()
    assert shown(await ingest.published()) == [(1, "created"), (2, "deleted")]


async def test_an_edit_of_an_old_post_is_found(ingest: Ingest) -> None:
    await ingest.poll([seen(text="before")])
    ingest.platform.lookups = {"1": seen(object_id="5", first_id="1", text="after", version=1)}
    for _ in range(2):
        ingest.clock.forward(6 * HOURS)
        await ingest.sweep.round()
        ingest.platform.lookups |= {"5": ingest.platform.lookups["1"]}
    assert ingest.platform.asked == [["1"], ["5"]]
    edited = (await ingest.published())[-1]
    assert (edited.revision_no, edited.cause) == (2, "edited")
    assert edited.content is not None
    assert (await ingest.content.get_content(edited.content)).text == "after"


async def test_a_deleted_post_that_is_shown_again_comes_back_with_its_pictures(ingest: Ingest) -> None:
    ingest.platform.media = {"https://media.example/p1": JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    await ingest.media.round()
    await delete(ingest)
    await ingest.poll([seen(attachments=(picture(),))])
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created"), (2, "deleted"), (3, "visibility")]
    assert (await ingest.published())[-1].attachments[0].media is not None
    ingest.platform.lookups = {"1": seen(attachments=(picture(),))}
    ingest.clock.forward(6 * HOURS)
    await ingest.sweep.round()
    assert len(await ingest.published()) == 3


async def test_nothing_is_fetched_for_a_deleted_post_and_no_address_of_it_is_kept(ingest: Ingest) -> None:
    ingest.platform.media = {"https://media.example/p1": errors.PlatformUnavailable("x")}
    await ingest.poll([seen(attachments=(picture(),))])
    (due,) = await ingest.reader.due_attachments(ingest.clock.now(), 5)
    await delete(ingest)
    assert await ingest.reader.due_attachments(ingest.clock.now(), 5) == []
    assert not await ingest.writer.claim(due, ingest.clock.now())
    async with ingest.database.reading() as connection:
        assert (await connection.execute(select(attachments))).all() == []


async def test_a_deletion_waits_for_the_revision_before_it(ingest: Ingest) -> None:
    ingest.platform.media = {"https://media.example/p1": errors.PlatformUnavailable("x")}
    await ingest.poll([seen(attachments=(picture(),))])
    await delete(ingest)
    assert await ingest.published() == []
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created"), (2, "deleted")]


async def test_look_ups_leave_a_quarter_of_the_allowance_to_live_posts_and_go_on_later(ingest: Ingest) -> None:
    await ingest.poll([seen(str(number)) for number in range(150)])
    ingest.platform.lookups = {str(number): seen(str(number)) for number in range(150)}
    ingest.clock.forward(6 * HOURS)
    ingest.platform.budget = Budget(100, 25, ingest.clock.now() + timedelta(minutes=15))
    await ingest.sweep.round()
    assert ingest.platform.asked == []
    ingest.clock.forward(15 * MINUTES)
    ingest.platform.budget = Budget(100, 26, ingest.clock.now() + timedelta(minutes=15))
    while await ingest.sweep.round():
        pass
    assert [len(batch) for batch in ingest.platform.asked] == [100, 50]


async def test_only_the_process_that_polls_an_account_looks_its_posts_up(ingest: Ingest) -> None:
    other = ingest.other(platform=FakePlatform())
    await ingest.poll([seen()])
    await other.sweep.round()
    assert other.platform.asked == []


async def test_a_process_that_lost_its_lease_while_looking_up_records_nothing(ingest: Ingest) -> None:
    other = ingest.other(platform=FakePlatform())
    await ingest.poll([seen()])
    ingest.clock.forward(6 * HOURS)
    await ingest.sweep.round()
    lease = await ingest.leases.acquire(ACCOUNT.account_id, SCHOOL.school_id)
    assert lease is not None
    ingest.clock.forward(10 * MINUTES)
    (due,) = await ingest.deletions.due(
        ACCOUNT.account_id, seen_before=BEGIN, absent_before=ingest.clock.now(), limit=9
    )
    await other.leases.acquire(ACCOUNT.account_id, SCHOOL.school_id)
    with pytest.raises(LeaseLost):
        await ingest.deletions.delete(lease, due)
    assert shown(await ingest.published()) == [(1, "created")]


async def test_a_post_that_is_shown_between_look_up_and_decision_is_not_deleted(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    ingest.clock.forward(6 * HOURS)
    await ingest.sweep.round()
    lease = await ingest.leases.acquire(ACCOUNT.account_id, SCHOOL.school_id)
    assert lease is not None
    (due,) = await ingest.deletions.due(
        ACCOUNT.account_id, seen_before=BEGIN, absent_before=ingest.clock.now(), limit=9
    )
    await ingest.poll([seen()])
    assert not await ingest.deletions.delete(lease, due)
    async with ingest.database.reading() as connection:
        row = (await connection.execute(select(posts))).one()
    assert (row.revision_no, row.absent_at, row.deleted_at) == (1, None, None)


async def test_a_failure_of_one_account_keeps_no_other_waiting(ingest: Ingest) -> None:
    other = replace(ACCOUNT, account_id=ids.account_id(SCHOOL.school_id, "x", "3000"), platform_account="3000")
    ingest.register.known.append(other)
    await ingest.poll([seen("1")])
    await ingest.poller.poll(other, "posts", Stop())
    ingest.clock.forward(6 * HOURS)
    ingest.platform.error = ZeroDivisionError("a bug")
    await ingest.sweep.round()
    assert ingest.platform.asked == [["1"], ["1"]]
    await ingest.sweep.round()
    assert len(ingest.platform.asked) == 2
    ingest.platform.error = None
    ingest.clock.forward(5 * MINUTES)
    await ingest.sweep.round()
    assert len(ingest.platform.asked) == 4


def age(account_id: str = ACCOUNT.account_id) -> float | None:
    return REGISTRY.get_sample_value("schoolgate_look_up_age_seconds", {"account_id": account_id})


async def test_how_long_posts_have_waited_is_told_also_while_nothing_can_be_looked_up(ingest: Ingest) -> None:
    await ingest.poll([seen("1")])
    ingest.clock.forward(6 * HOURS)
    ingest.platform.error = errors.TokenRejected("x")
    await ingest.sweep.round()
    assert age() == 6 * HOURS
    ingest.clock.forward(1 * MINUTES)
    await ingest.sweep.round()
    assert age() == 6 * HOURS + MINUTES
    ingest.register.known.clear()
    await ingest.sweep.round()
    assert age() is None
