"""Texts and pictures of drafts: none stays in the store for longer than somebody may need it."""

import httpx
import pytest

from schemas.post import Post
from services.console.drafts.check import DraftChecks
from services.console.drafts.client import CheckClient
from services.console.drafts.purge import KEPT, UNRECORDED, PurgeDrafts
from services.shared.errors import ContentGone
from tests.support.console import ConsoleWorld, picture
from tests.support.draft_checks import FakeDetectors, send, sent
from tests.support.events import SCHOOL

MANAGER = "business_manager"


async def test_texts_and_pictures_go_after_thirty_days_and_the_decision_stays(
    world: ConsoleWorld, detectors: FakeDetectors
) -> None:
    manager = await world.signed_in(MANAGER)
    address = await sent(manager, "Look", picture())
    post = detectors.asked[0][1]
    blobs = [post.content, post.attachments[0].media]
    purge = PurgeDrafts(world.casebook, world.store, world.clock)
    for gone in (False, True):
        world.clock.advance(seconds=KEPT.total_seconds() if not gone else 1)
        await purge.step()
        for blob in blobs:
            assert blob is not None
            if gone:
                with pytest.raises(ContentGone):
                    await world.store.get(blob)
            else:
                await world.store.get(blob)
    manager = await world.signed_in(MANAGER)
    page = (await manager.get(address)).text
    assert "they are kept for 30 days" in page
    assert "It may go live" in page


@pytest.mark.parametrize("dies", ["while the detectors look", "before it is recorded"])
async def test_what_a_killed_console_left_in_the_store_goes_within_hours(
    world: ConsoleWorld, detectors: FakeDetectors, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    assert not detectors.asked

    async def killed(*_: object) -> None:
        raise SystemError

    manager = await world.signed_in(MANAGER)
    if dies == "before it is recorded":
        monkeypatch.setattr("services.casebook.drafts.record", killed)
    else:
        monkeypatch.setattr(CheckClient, "ask", killed)
        monkeypatch.setattr(DraftChecks, "discard", killed)
    assert (await send(manager, "Look", picture())).status_code == 500
    monkeypatch.undo()
    kept = await sent(manager, "Kept")
    purge = PurgeDrafts(world.casebook, world.store, world.clock)
    for hours, blobs in ((UNRECORDED.total_seconds() / 3600, 2 + 1), (1, 1)):
        world.clock.advance(hours=hours)
        await purge.step()
        assert len(await world.store._store.list(SCHOOL).collect_async()) == blobs  # the store itself lists nothing
    assert "Kept" in (await manager.get(kept)).text


async def test_a_failed_check_leaves_nothing_in_the_store(world: ConsoleWorld) -> None:
    def crash(_: str, __: Post) -> httpx.Response:
        raise ZeroDivisionError

    fake = FakeDetectors(crash)
    world.drafts = fake.checks(world)
    assert (await send(await world.signed_in(MANAGER), "Look", picture())).status_code == 500
    for blob in (fake.asked[0][1].content, fake.asked[0][1].attachments[0].media):
        assert blob is not None
        with pytest.raises(ContentGone):
            await world.store.get(blob)
