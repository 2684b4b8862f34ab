from datetime import timedelta

import pytest
from sqlalchemy import select

from services.ingest.tables import posts
from services.register.models import School
from services.shared.errors import DependencyUnavailable, InputRejected
from tests.support.ingest import ACCOUNT, JPEG, Ingest, picture, seen
from tests.unit.ingest.test_purge import ADDRESS, blobs, purged, read

LONG_ENOUGH = timedelta(hours=10, minutes=1).total_seconds()


async def forgotten(ingest: Ingest) -> None:
    """Let the account be gone from the register for so long that it is forgotten."""
    ingest.register.known = []
    ingest.clock.forward(LONG_ENOUGH)
    while await ingest.removed.round():
        pass


async def live(ingest: Ingest) -> int:
    async with ingest.database.reading() as connection:
        return len((await connection.execute(select(posts).where(posts.c.deleted_at.is_(None)))).all())


async def test_nothing_is_kept_of_an_account_that_was_taken_out_of_the_register(ingest: Ingest) -> None:
    comment = seen("2", "Well done", parent_id="1", parent_text="Jo Bloggs won!")
    many = [seen(str(number)) for number in range(3, 150)]
    await read(ingest, seen("1", "Jo Bloggs won!", attachments=(picture(),)), comment, *many)
    told = await ingest.events()
    await forgotten(ingest)
    await purged(ingest)
    assert await blobs(ingest.content) == {}
    assert await ingest.events() == told
    assert await ingest.reader.cursor(ACCOUNT.account_id, "posts") == {}


async def test_an_account_that_is_not_read_for_long_but_is_registered_stays(ingest: Ingest) -> None:
    await read(ingest, seen("1"))
    ingest.clock.forward(30 * 24 * 3600)
    assert await ingest.removed.round() == 0
    assert await live(ingest) == 1


async def test_an_account_that_comes_back_soon_loses_nothing(ingest: Ingest) -> None:
    await read(ingest, seen("1"))
    ingest.register.known = []
    ingest.clock.forward(10 * 3600)
    assert await ingest.removed.round() == 0
    ingest.register.known = [ACCOUNT]
    ingest.clock.forward(LONG_ENOUGH)
    assert await ingest.removed.round() == 0
    assert await live(ingest) == 1


async def test_nothing_is_forgotten_while_the_register_does_not_answer(ingest: Ingest) -> None:
    await read(ingest, seen("1"))
    ingest.clock.forward(LONG_ENOUGH)
    ingest.register.failure = DependencyUnavailable("x")
    with pytest.raises(DependencyUnavailable):
        await ingest.removed.round()
    assert await live(ingest) == 1


async def test_an_account_that_comes_back_later_is_read_anew_with_its_pictures(ingest: Ingest) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await read(ingest, seen("1", attachments=(picture(),)))
    await forgotten(ingest)
    ingest.register.known = [ACCOUNT]
    await read(ingest, seen("1", attachments=(picture(),)))
    await purged(ingest)
    assert ingest.platform.cursors[-1] == {}
    before, back = await ingest.published()
    assert (before.revision_no, back.revision_no, back.cause) == (1, 2, "visibility")
    assert set(await blobs(ingest.content)) == {back.content, back.attachments[0].media}


async def test_an_empty_register_says_nothing(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    async def school(school_id: str) -> School:
        raise InputRejected(f"there is no such school in the register: {school_id}")

    await read(ingest, seen("1"))
    monkeypatch.setattr(ingest.register, "school", school)
    await forgotten(ingest)
    assert await live(ingest) == 1
