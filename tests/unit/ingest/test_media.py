import contextlib
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.post import Post
from services.ingest.connectors.errors import MediaRefused, PlatformUnavailable, TokenRejected
from services.shared.errors import DependencyUnavailable
from tests.support.ingest import ACCOUNT, BEGIN, JPEG, SCHOOL, Ingest, picture, seen

ADDRESS = "https://media.example/p1"
BLOB = f"{SCHOOL.school_id}/media/{hashlib.sha256(JPEG).hexdigest()}"


def shown(posts: list[Post]) -> list[tuple[int, str, list[str | None]]]:
    """Number, cause, and each attachment's blob or reason."""
    return [
        (post.revision_no, post.cause, [each.media or each.missing_reason for each in post.attachments])
        for post in posts
    ]


async def test_a_post_waits_for_its_pictures_and_comes_with_them(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    assert await ingest.published() == []
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", [BLOB])]
    assert await ingest.content.get(BLOB) == JPEG


async def test_a_post_waits_no_longer_than_it_may_and_late_media_is_a_revision(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: PlatformUnavailable("x")}
    await ingest.poll([seen(attachments=(picture(),))])
    await ingest.media.round()
    ingest.clock.forward(29)
    await ingest.media.round()
    assert await ingest.published() == []
    ingest.clock.forward(2)
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", ["pending"])]
    ingest.platform.media = {ADDRESS: JPEG}
    ingest.clock.forward(60)
    await ingest.media.round()
    first, late = await ingest.published()
    assert shown([late]) == [(2, "media", [BLOB])]
    assert late.content == first.content
    assert late.deadline - late.observed_at == first.deadline - first.observed_at
    assert late.check_id != first.check_id
    await ingest.poll([seen(attachments=(picture(),))])
    assert len(await ingest.published()) == 2


async def test_an_edit_does_not_overtake_the_revision_that_waits(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: PlatformUnavailable("x")}
    await ingest.poll([seen(attachments=(picture(),))], [seen(text="without the picture")])
    await ingest.media.round()
    assert await ingest.published() == []
    ingest.clock.forward(31)
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", ["pending"]), (2, "edited", [])]


async def test_an_edit_keeps_the_pictures_that_are_there(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    await ingest.media.round()
    await ingest.poll([seen(text="edited", attachments=(picture(),))])
    assert shown(await ingest.published())[1:] == [(2, "edited", [BLOB])]


async def test_what_the_platform_does_not_offer_is_said_at_once(ingest: Ingest) -> None:
    await ingest.poll([seen(attachments=(picture(url=None),))])
    assert shown(await ingest.published()) == [(1, "created", ["not_offered"])]


@pytest.mark.parametrize("text", ["as it was", "edited"])
async def test_what_the_platform_offers_later_is_checked_then(ingest: Ingest, text: str) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.poll([seen(text="as it was", attachments=(picture(url=None),))])
    await ingest.poll([seen(text=text, attachments=(picture(),))])
    for _ in range(2):
        await ingest.media.round()
    events = shown(await ingest.published())
    assert (events[0], events[-1][1:]) == ((1, "created", ["not_offered"]), ("media", [BLOB]))


@pytest.mark.parametrize("reason", ["too_large", "type_refused", "expired"])
async def test_media_that_cannot_be_had_has_a_reason(ingest: Ingest, reason: str) -> None:
    ingest.platform.media = {ADDRESS: MediaRefused(reason)}
    await ingest.poll([seen(attachments=(picture(),))])
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", [reason])]


async def test_an_expired_address_is_asked_for_anew(ingest: Ingest) -> None:
    fresh = seen(attachments=(picture(url="https://media.example/fresh"),))
    ingest.platform.media = {ADDRESS: MediaRefused("expired"), "https://media.example/fresh": JPEG}
    ingest.platform.lookups = {"1": fresh}
    await ingest.poll([seen(attachments=(picture(),))])
    for _ in range(2):
        await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", [BLOB])]


@pytest.mark.parametrize("withheld", [set(), {"1"}])
async def test_an_address_that_the_platform_still_gives_may_work_later(ingest: Ingest, withheld: set[str]) -> None:
    post = seen(attachments=(picture(),))
    ingest.platform.media, ingest.platform.lookups = {ADDRESS: MediaRefused("expired")}, {"1": post}
    ingest.platform.withheld = withheld
    await ingest.poll([post])
    await ingest.media.round()
    ingest.platform.media = {ADDRESS: JPEG}
    ingest.clock.forward(2)
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", [BLOB])]


@pytest.mark.parametrize("error", [PlatformUnavailable("x"), TokenRejected("x")])
async def test_media_is_given_up_after_a_while_without_another_revision(ingest: Ingest, error: Exception) -> None:
    ingest.platform.media = {ADDRESS: error}
    await ingest.poll([seen(attachments=(picture(),))])
    for _ in range(12 * 4):
        await ingest.media.round()
        ingest.clock.forward(15 * 60)
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", ["pending"])]
    await ingest.poll([seen(text="edited", attachments=(picture(),))])
    assert shown(await ingest.published())[1:] == [(2, "edited", ["unreachable"])]


async def test_a_platform_that_fails_for_a_night_costs_no_picture(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: PlatformUnavailable("x")}
    await ingest.poll([seen(attachments=(picture(),))])
    for _ in range(6 * 60):
        await ingest.media.round()
        ingest.clock.forward(60)
    ingest.platform.media = {ADDRESS: JPEG}
    ingest.clock.forward(15 * 60)
    for _ in range(2):
        await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", ["pending"]), (2, "media", [BLOB])]


async def test_an_outage_of_what_is_ours_costs_no_picture(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    after_restart = ingest.other()
    after_restart.register.failure = DependencyUnavailable("x")
    for _ in range(100):
        with contextlib.suppress(DependencyUnavailable):
            await after_restart.media.round()
        ingest.clock.forward(61)
    after_restart.register.failure = None
    for _ in range(2):
        await after_restart.media.round()
    assert shown(await ingest.published()) == [(1, "created", ["pending"]), (2, "media", [BLOB])]


async def test_an_attempt_that_ends_late_does_not_begin_anew_what_another_process_settled(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    (late,) = await ingest.reader.due_attachments(ingest.clock.now(), 5)
    await ingest.media.round()
    await ingest.writer.retry_media(late, ingest.clock.now(), late.url, attempts=1)
    assert await ingest.reader.due_attachments(ingest.clock.now(), 5) == []


async def test_a_live_post_waits_behind_no_pictures_of_old_ones(ingest: Ingest) -> None:
    old = BEGIN - timedelta(days=90)
    ingest.platform.media = {f"https://media.example/{number}": JPEG for number in range(300)}
    ingest.platform.media[ADDRESS] = JPEG
    pictures = [(picture(f"p{number}", f"https://media.example/{number}"),) for number in range(300)]
    await ingest.poll([seen(str(each), published_at=old, attachments=theirs) for each, theirs in enumerate(pictures)])
    ingest.clock.forward(1)
    await ingest.poll([seen("live", attachments=(picture(),))])
    await ingest.media.round()
    assert f"{ACCOUNT.account_id}:live" in {post.post_id for post in await ingest.published()}


async def test_one_broken_attachment_does_not_keep_the_others(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: ZeroDivisionError("a bug"), "https://media.example/p2": JPEG}
    await ingest.poll(
        [seen("1", attachments=(picture(),)), seen("2", attachments=(picture("p2", "https://media.example/p2"),))]
    )
    await ingest.media.round()
    assert shown(await ingest.published()) == [(1, "created", [BLOB])]


async def test_two_processes_fetch_and_publish_once(ingest: Ingest) -> None:
    other = ingest.other(platform=replace(ingest.platform))
    ingest.platform.media = other.platform.media = {ADDRESS: JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    (due,) = await ingest.reader.due_attachments(ingest.clock.now(), 5)
    until = ingest.clock.now().replace(hour=11)
    assert [await process.writer.claim(due, until) for process in (ingest, other)] == [True, False]
    ingest.clock.forward(31)
    ((waiting,),) = await ingest.reader.waiting(5)
    assert [await process.writer.release(waiting.event, overdue=True) for process in (ingest, other)] == [True, True]
    assert shown(await ingest.published()) == [(1, "created", ["pending"])]


async def test_a_process_that_died_while_fetching_is_followed_by_another(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    (due,) = await ingest.reader.due_attachments(ingest.clock.now(), 5)
    await ingest.writer.claim(due, ingest.clock.now().replace(minute=1))
    ingest.clock.forward(20)
    other = ingest.other()
    await other.media.round()
    assert await ingest.published() == []
    ingest.clock.forward(41)
    await other.media.round()
    await other.media.round()
    assert [each for _, _, each in shown(await ingest.published())][-1] == [BLOB]
