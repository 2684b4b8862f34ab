"""What only X has."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from services.ingest.connectors import errors
from services.ingest.connectors.download import DownloadLimits
from tests.support.connectors import Bench, MovingClock, bench_on, x_platform
from tests.support.sandbox import TOKEN, SandboxServer


@pytest.fixture
async def bench(sandbox: SandboxServer) -> AsyncIterator[Bench]:
    async with bench_on("x", sandbox) as bench:
        yield bench


async def test_a_post_names_its_author_and_marks_its_hashtags(bench: Bench) -> None:
    sent = await bench.says("Tom & Ana: 3 < 5 \N{TROPHY} at https://larkhollow.example/news #SportsDay")
    post = (await bench.read_all())[sent["id"]]
    assert post.author.handle == bench.account.handle
    assert {(tag.kind, tag.value) for tag in post.tags} >= {("hashtag", "SportsDay")}
    assert all(post.text[tag.start : tag.end].lstrip("#@") == tag.value for tag in post.tags if tag.kind == "hashtag")


async def test_an_edit_is_a_newer_version(bench: Bench) -> None:
    stream, sent = bench.platform.streams[0], await bench.says("befor")
    pages = await bench.read(stream)
    await bench.sandbox.edit("x", sent["id"], text="before")
    (edited,) = [post for page in await bench.read(stream, pages[-1].cursor) for post in page.posts]
    assert edited.version == 1
    assert edited.edited_at is not None


async def test_a_stream_unread_for_more_than_a_week_declares_a_gap_once(bench: Bench) -> None:
    await bench.says("before the holidays")
    for stream in bench.platform.streams:
        cursor = (await bench.read(stream))[-1].cursor
        assert [page.gap for page in await bench.read(stream, cursor)][-1] is None
        bench.clock.ahead = timedelta(days=8)
        pages = await bench.read(stream, cursor)
        assert [page.gap for page in pages if page.gap] == ["unread_over_7_days"]
        assert not any(page.gap for page in await bench.read(stream, pages[-1].cursor))
        bench.clock.ahead = timedelta()


async def test_every_page_says_what_is_left_of_the_allowance(bench: Bench) -> None:
    first = (await bench.read(bench.platform.streams[0]))[-1].budget
    second = (await bench.read(bench.platform.streams[0]))[-1].budget
    assert first is not None
    assert second is not None
    assert second.used > first.used


async def test_x_is_read_in_its_new_spelling_too(bench: Bench) -> None:
    sandbox, account = bench.sandbox, bench.account
    await sandbox.call("POST", "/admin/x", {"spelling": "post"})
    root = await sandbox.post("x", "befor")
    await sandbox.edit("x", root["id"], text="before" + " long" * 100)
    answer = await sandbox.post("x", "seen", author="a_parent", parent_id=root["id"])
    connector = x_platform(sandbox, MovingClock(), field_names="post").connect(account, SecretStr(TOKEN))
    own = [post async for page in connector.poll("posts", {}) for post in page.posts]
    named = [post async for page in connector.poll("mentions", {}) for post in page.posts]
    await connector.aclose()
    assert [(post.first_id, post.version, len(post.text)) for post in own] == [(root["id"], 1, 6 + 500)]
    assert [(post.first_id, post.kind, post.parent_id) for post in named] == [(answer["id"], "reply", root["id"])]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (DownloadLimits(max_bytes=100, allow_http=True), "too_large"),
        (DownloadLimits(content_types=("image/png",), allow_http=True), "type_refused"),
        (DownloadLimits(), "type_refused"),
    ],
)
async def test_media_beyond_the_limits_is_not_read(bench: Bench, limits: DownloadLimits, reason: str) -> None:
    sandbox, account = bench.sandbox, bench.account
    (picture, *_) = (await sandbox.get("/admin/pictures"))["pictures"]
    sent = await sandbox.post("x", "a picture", pictures=[picture])
    connector = x_platform(sandbox, MovingClock(), media=limits).connect(account, SecretStr(TOKEN))
    with pytest.raises(errors.MediaRefused) as caught:
        await connector.fetch_media(f"{sandbox.base_url}/media/{sent['media_keys'][0]}.jpg")
    await connector.aclose()
    assert caught.value.reason == reason


async def test_a_look_up_shows_the_newest_version_and_tells_the_deleted_from_the_protected(bench: Bench) -> None:
    edited, gone = await bench.says("befor"), await bench.says("soon gone")
    await bench.sandbox.edit("x", edited["id"], text="before")
    await bench.sandbox.delete("x", gone["id"])
    protected = (await bench.says("friends only", author="a_parent"))["id"]
    await bench.sandbox.call("POST", "/admin/users/x/a_parent", {"standing": "protected"})
    found = await bench.connector.lookup([edited["id"], gone["id"], "1", protected])
    shown = found[edited["id"]]
    assert shown is not None
    assert (shown.text, shown.version, shown.first_id) == ("before", 1, edited["id"])
    assert (found[gone["id"]], found["1"]) == (None, None)
    assert protected not in found
