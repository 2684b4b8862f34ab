from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import make_url, select
from structlog.testing import capture_logs

from services.ingest.connectors.connector import Author
from services.ingest.purge import AT_ONCE, BLOB, PARENT_TEXT, TAKEN_OVER_AFTER, Purge
from services.ingest.tables import metadata, posts, purges, revisions
from services.shared.content_store import ContentStore
from services.shared.errors import ContentGone, DependencyUnavailable
from tests.support.ingest import ACCOUNT, JPEG, SCHOOL, Ingest, default, picture, seen

ADDRESS = "https://media.example/p1"
WORDS = ("Jo Bloggs won", "a_parent", "A. Parent", "Pupils on the field", "media.example")
LATER = timedelta(hours=12)


async def blobs(content: ContentStore) -> dict[str, bytes]:
    """Everything that the store holds, opened."""
    listed = await content._store.list().collect_async()
    keys = [each["path"] for each in listed if not each["path"].startswith("keys/")]
    return {key: await content.get(key) for key in keys}


def file_of(folder: Path) -> bytes:
    """The database as it lies on the disk, with what is in its free pages."""
    return b"".join(path.read_bytes() for path in folder.rglob("ingest.db*"))


async def deleted(ingest: Ingest) -> None:
    """Let look-ups find that everything they do not know is gone, and the moment pass at which it must be purged."""
    ingest.clock.forward(default("sweep_every").total_seconds())
    await ingest.sweep.round()
    ingest.clock.forward(default("confirm_after").total_seconds())
    await ingest.sweep.round()


async def purged(ingest: Ingest) -> None:
    ingest.clock.forward(LATER.total_seconds())
    while await ingest.purge.round():
        pass


async def read(ingest: Ingest, *shown: Any) -> None:
    ingest.platform.media = {ADDRESS: JPEG}
    await ingest.poll(list(shown))
    await ingest.media.round()


async def test_a_day_after_its_deletion_nothing_of_a_post_is_left(ingest: Ingest, tmp_path: Path) -> None:
    await read(ingest, seen(text="Jo Bloggs won!", url="https://x.com/i/status/1", attachments=(picture(),)))
    assert await ingest.sweep.round() == 0
    gone_at = ingest.clock.now()  # just after it was seen for the last time
    while await blobs(ingest.content):
        ingest.clock.forward(300)
        await ingest.sweep.round()
        await ingest.purge.round()
        assert ingest.clock.now() - gone_at < timedelta(hours=24)
    async with ingest.database.reading() as connection:
        rows = [str(row) for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    assert not [word for word in WORDS for row in rows if word in row]
    await ingest.database.close()
    if make_url(ingest.database.url).get_backend_name() == "sqlite":
        kept = file_of(tmp_path)
        assert ACCOUNT.account_id.encode() in kept
        assert not [word for word in WORDS if word.encode() in kept]


async def test_a_stub_stays(ingest: Ingest) -> None:
    await read(ingest, seen(attachments=(picture(),)))
    await deleted(ingest)
    deleted_at = ingest.clock.now()
    async with ingest.database.reading() as connection:
        assert (await connection.execute(select(posts.c.purged_at))).scalar_one() is None
    await purged(ingest)
    async with ingest.database.reading() as connection:
        post = (await connection.execute(select(posts))).one()
        kept = (await connection.execute(select(revisions.c.revision_no).order_by(revisions.c.revision_no))).scalars()
        rows = (await connection.execute(select(purges).order_by(purges.c.blob))).all()
    assert (post.deleted_at, post.purged_at) == (deleted_at, deleted_at + LATER)
    assert list(kept) == [1, 2]
    assert [(row.part, row.purged_at) for row in rows] == [("blob", deleted_at + LATER)] * 2


async def test_every_revision_of_a_deleted_post_is_purged(ingest: Ingest) -> None:
    await read(ingest, seen(text="A"))
    await read(ingest, seen(text="B"))
    assert len(await blobs(ingest.content)) == 2
    await deleted(ingest)
    await purged(ingest)
    assert await blobs(ingest.content) == {}


async def test_what_was_said_before_a_post_came_back_is_purged_and_what_it_says_now_stays(ingest: Ingest) -> None:
    await read(ingest, seen(text="before", attachments=(picture(),)))
    await deleted(ingest)
    await read(ingest, seen(text="now", attachments=(picture(),)))
    await purged(ingest)
    back = (await ingest.published())[-1]
    assert set(await blobs(ingest.content)) == {back.content, back.attachments[0].media}


async def test_comments_stay_without_the_text_of_the_post_that_is_gone(ingest: Ingest) -> None:
    other = {"parent_id": "9", "parent_text": "another post"}
    kept = [seen("2", "Well done", parent_id="1", parent_text="Jo Bloggs won!"), seen("3", "Hm", **other)]
    ingest.platform.lookups = {post.object_id: post for post in kept}
    await read(ingest, seen("1", "Jo Bloggs won!", kind="post", author=Author("1000")), *kept)
    await deleted(ingest)
    await purged(ingest)
    left = [
        await ingest.content.get_content(post.content)
        for post in await ingest.published()
        if post.content and post.post_id.endswith((":2", ":3"))
    ]
    assert [(content.text, content.parent_text) for content in left] == [("Well done", None), ("Hm", "another post")]
    assert len(await blobs(ingest.content)) == 2


async def test_a_comment_that_is_read_after_the_deletion_loses_the_text_with_the_others(ingest: Ingest) -> None:
    await read(ingest, seen("1", "Jo Bloggs won!"))
    await deleted(ingest)
    await read(ingest, seen("2", "Well done", parent_id="1", parent_text="Jo Bloggs won!"))
    await purged(ingest)
    assert not [key for key, blob in (await blobs(ingest.content)).items() if b"Bloggs" in blob]
    assert len(await blobs(ingest.content)) == 1


async def test_a_picture_stays_while_a_live_post_shows_it_and_goes_with_the_last_one(ingest: Ingest) -> None:
    shown = [seen("1", attachments=(picture(),)), seen("2", attachments=(picture(),))]
    await read(ingest, *shown)
    ingest.platform.lookups = {"2": shown[1]}
    await deleted(ingest)
    await purged(ingest)
    left = (await ingest.published())[1]
    assert set(await blobs(ingest.content)) == {left.content, left.attachments[0].media}
    async with ingest.database.reading() as connection:
        closed = (await connection.execute(select(posts.c.purged_at).order_by(posts.c.post_id))).scalars()
    assert [moment is not None for moment in closed] == [True, False]
    ingest.platform.lookups = {}
    await deleted(ingest)
    await purged(ingest)
    assert await blobs(ingest.content) == {}


async def test_the_text_of_a_post_that_was_never_read_leaves_its_answers_when_they_come_without_it(
    ingest: Ingest,
) -> None:
    answers = [
        seen("2", "Well done", parent_id="old", parent_text="Jo Bloggs won!"),
        seen("3", "Hm", parent_id="old", parent_text="Jo Bloggs won!"),
        seen("4", "Fine", parent_id="5", parent_text="Sports day!"),
    ]
    await read(ingest, seen("5", "Sports day!"), *answers)
    ingest.platform.lookups = {post.object_id: replace(post, parent_text=None) for post in [seen("5"), *answers]}
    ingest.platform.lookups["3"] = answers[1]
    for _ in range(4):
        ingest.clock.forward(default("sweep_every").total_seconds())
        await ingest.sweep.round()
        await ingest.purge.round()
    texts = [await ingest.content.get_content(key) for key in await blobs(ingest.content)]
    assert {text.text: text.parent_text for text in texts} == {
        "Sports day!": None,
        "Well done": None,
        "Hm": "Jo Bloggs won!",
        "Fine": "Sports day!",
    }


async def test_what_a_crash_left_without_a_revision_is_purged(ingest: Ingest) -> None:
    key, other = f"{SCHOOL.school_id}/content/lost:1:0", f"{SCHOOL.school_id}/media/{'0' * 64}"
    await ingest.writer.reserve(SCHOOL.school_id, {key: "lost", other: "lost"})
    await ingest.content.put(key, b"Jo Bloggs won!")
    await ingest.content.put(other, JPEG)
    await read(ingest, seen(attachments=(picture(),)))
    await purged(ingest)
    (post,) = await ingest.published()
    assert set(await blobs(ingest.content)) == {post.content, post.attachments[0].media}


async def test_media_that_arrives_after_the_deletion_is_purged_too(ingest: Ingest) -> None:
    await ingest.poll([seen(attachments=(picture(),))])
    (due,) = await ingest.reader.due_attachments(ingest.clock.now(), 1)
    await ingest.writer.claim(due, ingest.clock.now())
    await deleted(ingest)
    ingest.platform.media = {ADDRESS: JPEG}
    state = await ingest.media._store(due)
    await ingest.writer.settle_media(due, state)
    await purged(ingest)
    assert await blobs(ingest.content) == {}


async def test_a_blob_that_is_being_removed_cannot_be_written_until_it_is_gone(ingest: Ingest) -> None:
    await read(ingest, seen(attachments=(picture(),)))
    await deleted(ingest)
    ingest.clock.forward(LATER.total_seconds())
    due = await ingest.purges.due(9)
    assert [await ingest.purges.begin(each) for each in due] == [True, True]
    media = next(each.blob for each in due if "/media/" in each.blob)
    with pytest.raises(DependencyUnavailable):
        await ingest.writer.reserve(SCHOOL.school_id, {media: "another post"})
    other = ingest.other()
    assert await other.purge.round() == 0
    ingest.clock.forward(TAKEN_OVER_AFTER.total_seconds())
    assert await other.purge.round() == len(due)  # the process that began died
    await ingest.writer.reserve(SCHOOL.school_id, {media: "another post"})


async def test_a_comment_that_was_removed_while_it_was_rewritten_is_removed_again(ingest: Ingest) -> None:
    comment = seen("2", "Well done", parent_id="1", parent_text="Jo Bloggs won!")
    await read(ingest, seen("1", "Jo Bloggs won!"), comment)
    blob = (await ingest.published())[1].content
    assert blob is not None
    await deleted(ingest)
    ingest.clock.forward(LATER.total_seconds())
    rewriting = next(each for each in await ingest.purges.due(9) if each.part == PARENT_TEXT)
    await ingest.purges.begin(rewriting)
    text = await ingest.content.get_content(blob)
    while await ingest.other().purge.round():
        pass
    with pytest.raises(ContentGone):
        await ingest.content.get(blob)
    async with ingest.database.transaction() as connection:  # as if the other process had not ended it
        await ingest.purges.schedule(connection, [rewriting], since=ingest.clock.now() - LATER)
    await ingest.purges.begin(rewriting)
    await ingest.content.put_content(blob, text)
    await ingest.purges.end(rewriting)
    while await ingest.purge.round():
        pass
    assert await blobs(ingest.content) == {}


async def test_a_blob_that_is_being_removed_is_removed_by_one_process_only(ingest: Ingest) -> None:
    await read(ingest, seen(attachments=(picture(),)))
    await deleted(ingest)
    ingest.clock.forward(LATER.total_seconds())
    slow = await ingest.purges.due(9)
    assert [await ingest.purges.begin(each) for each in slow] == [True, True]
    await ingest.other().purge.round()
    with pytest.raises(DependencyUnavailable):
        await read(ingest, seen("2", attachments=(picture(),)))
    for each in slow:
        await ingest.content.delete(each.blob)
        await ingest.purges.end(each)
    for _ in range(2):
        ingest.clock.forward(60)
        await ingest.media.round()
    post = (await ingest.published())[-1]
    assert post.attachments[0].media in await blobs(ingest.content)


async def test_many_blobs_that_cannot_be_removed_keep_no_other(ingest: Ingest) -> None:
    await read(ingest, seen("1", "Jo Bloggs won!"))
    broken = [
        Purge(f"{SCHOOL.school_id}/content/x{number}:1:0", f"x{number}", SCHOOL.school_id, PARENT_TEXT)
        for number in range(2 * AT_ONCE)
    ]
    async with ingest.database.transaction() as connection:
        await ingest.purges.schedule(connection, broken)
    for each in broken:
        await ingest.content.put(each.blob, b"no content")
    await deleted(ingest)
    ingest.clock.forward(LATER.total_seconds())
    with capture_logs():
        for _ in range(3):
            await ingest.purge.round()
    assert set(await blobs(ingest.content)) == {each.blob for each in broken}


async def test_one_blob_that_cannot_be_removed_keeps_no_other_and_is_seen_to_be_late(ingest: Ingest) -> None:
    await read(ingest, seen("1", "Jo Bloggs won!"))
    await deleted(ingest)
    broken = Purge(f"{SCHOOL.school_id}/content/x:1:0", "x", SCHOOL.school_id, PARENT_TEXT)
    await ingest.content.put(broken.blob, b"no content")
    async with ingest.database.transaction() as connection:
        await ingest.purges.schedule(connection, [broken])
    before = REGISTRY.get_sample_value("schoolgate_purged_total", {"part": BLOB}) or 0
    await purged(ingest)
    ingest.clock.forward(60)
    await ingest.purge.round()
    assert set(await blobs(ingest.content)) == {broken.blob}
    assert REGISTRY.get_sample_value("schoolgate_purge_overdue_seconds") == 60
    assert REGISTRY.get_sample_value("schoolgate_purged_total", {"part": BLOB}) == before + 1
