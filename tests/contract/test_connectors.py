"""One suite of behaviour for every connector, against the sandbox over loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from schemas import ids
from services.ingest.connectors import errors
from services.ingest.connectors.connector import Connector, Cursor, Observation, Page, Platform
from services.ingest.connectors.download import DownloadLimits
from services.ingest.connectors.x import XPlatform
from services.register.models import Account
from tests.support.sandbox import TOKEN, SandboxServer, running_sandbox

SCHOOL = ids.school_id("larkhollow")


class MovingClock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Bench:
    """A platform of the sandbox with a connector to the school's account on it."""

    name: str
    sandbox: SandboxServer
    clock: MovingClock
    platform: Platform
    account: Account
    connector: Connector
    lists: str
    """The paths of the platform that list posts."""

    async def says(self, text: str, **more: Any) -> dict[str, Any]:
        return await self.sandbox.post(self.name, text, **more)

    async def says_many(self, count: int) -> None:
        await asyncio.gather(*(self.says(f"number {number}") for number in range(count)))

    async def read(self, stream: str, cursor: Cursor | None = None, threads: tuple[str, ...] = ()) -> list[Page]:
        return [page async for page in self.connector.poll(stream, cursor or {}, threads=threads)]

    async def read_all(self, threads: tuple[str, ...] = ()) -> dict[str, Observation]:
        """Everything that the streams give together, by the id that names a post."""
        pages = [page for stream in self.platform.streams for page in await self.read(stream, threads=threads)]
        return {post.first_id: post for page in pages for post in page.posts}

    async def fails(self, kind: str, **more: Any) -> None:
        await self.sandbox.fault(kind, self.lists, **more)


def x_platform(sandbox: SandboxServer, clock: MovingClock, **changes: Any) -> XPlatform:
    return XPlatform(clock, sandbox.base_url, timeout=1.0, **({"media": DownloadLimits(allow_http=True)} | changes))


PLATFORMS = {"x": (x_platform, "/2/users/*/tweets")}


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    async with running_sandbox() as server:
        yield server


@pytest.fixture(params=sorted(PLATFORMS))
async def bench(request: pytest.FixtureRequest, sandbox: SandboxServer) -> AsyncIterator[Bench]:
    make, lists = PLATFORMS[request.param]
    clock, user = MovingClock(), await sandbox.account(request.param)
    platform = make(sandbox, clock)
    account_id = ids.account_id(SCHOOL, request.param, user["id"])
    account = Account(account_id, SCHOOL, request.param, user["handle"], user["id"], (SCHOOL,))
    connector = platform.connect(account, SecretStr(TOKEN))
    yield Bench(request.param, sandbox, clock, platform, account, connector, lists)
    await connector.aclose()


def texts(pages: list[Page]) -> list[str]:
    return [post.text for page in pages for post in page.posts]


async def test_a_working_token_is_accepted_and_a_wrong_one_named(bench: Bench) -> None:
    await bench.connector.validate()
    stranger = bench.platform.connect(bench.account, SecretStr("another token"))
    with pytest.raises(errors.TokenRejected) as caught:
        await stranger.validate()
    await stranger.aclose()
    assert "another token" not in str(caught.value)


async def test_an_account_that_the_platform_does_not_show_is_no_success(bench: Bench) -> None:
    missing = Account(bench.account.account_id, SCHOOL, bench.name, "nobody", "1", (SCHOOL,))
    connector = bench.platform.connect(missing, SecretStr(TOKEN))
    with pytest.raises(errors.PermissionMissing):
        await connector.validate()
    with pytest.raises(errors.PermissionMissing):
        _ = [page async for page in connector.poll(bench.platform.streams[0], {})]
    await connector.aclose()


async def test_a_post_of_the_school_comes_with_everything_a_person_would_see(bench: Bench) -> None:
    pictures = list((await bench.sandbox.get("/admin/pictures"))["pictures"])[:2]
    sent = await bench.says(
        "Tom & Ana: 3 < 5 \N{TROPHY} at https://larkhollow.example/news #SportsDay", pictures=pictures
    )
    post = (await bench.read_all())[sent["id"]]
    assert post.text.startswith("Tom & Ana: 3 < 5 \N{TROPHY} at ")
    assert {(tag.kind, tag.value) for tag in post.tags} >= {("hashtag", "SportsDay")}
    assert all(post.text[tag.start : tag.end].lstrip("#@") == tag.value for tag in post.tags if tag.kind == "hashtag")
    assert (post.kind, post.parent_id, post.version, post.edited_at) == ("post", None, 0, None)
    assert post.author.platform_id == bench.account.platform_account
    assert post.author.handle == bench.account.handle
    assert [each.kind for each in post.attachments] == ["photo", "photo"]
    assert [each.key for each in post.attachments] == sent["media_keys"]
    assert post.published_at is not None
    assert abs(post.published_at - datetime.fromisoformat(sent["created_at"])) < timedelta(seconds=1)
    assert post.visibility == "public"


async def test_answers_are_found_wherever_they_stand_in_a_thread(bench: Bench) -> None:
    root = await bench.says("Our new library is open")
    answer = await bench.says("Lovely!", author="a_parent", parent_id=root["id"])
    nested = await bench.says("I agree", author="a_neighbour", parent_id=answer["id"])
    own = await bench.says("Thank you both", parent_id=nested["id"])
    found = await bench.read_all(threads=(root["id"],))
    assert found.keys() >= {root["id"], answer["id"], nested["id"], own["id"]}
    assert found[answer["id"]].parent_id == root["id"]
    assert found[nested["id"]].root_id == root["id"]
    assert found[nested["id"]].author.handle == "a_neighbour"
    assert found[own["id"]].author.platform_id == bench.account.platform_account
    assert found[own["id"]].kind != "post"


async def test_a_long_post_comes_whole(bench: Bench) -> None:
    text = "word " * 120 + "end"
    sent = await bench.says(text)
    assert (await bench.read_all())[sent["id"]].text == text


async def test_what_was_read_is_known_and_what_is_new_comes_next(bench: Bench) -> None:
    stream = bench.platform.streams[0]
    await bench.says("first")
    pages = await bench.read(stream)
    assert texts(pages) == ["first"]
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
    await bench.says("second")
    assert "second" in texts(await bench.read(stream, pages[-1].cursor))


async def test_the_cursor_moves_with_the_last_page_only(bench: Bench) -> None:
    await bench.says_many(130)
    pages = await bench.read(bench.platform.streams[0])
    assert sorted(texts(pages)) == sorted(f"number {number}" for number in range(130))
    assert len(pages) > 2
    assert all(page.cursor == {} for page in pages[:-1])
    assert pages[-1].cursor != {}


async def test_a_post_that_the_platform_shows_late_is_found(bench: Bench) -> None:
    await bench.says("shown late", visible_after_s=120)
    await bench.says("shown at once")
    stream = bench.platform.streams[0]
    pages = await bench.read(stream)
    assert texts(pages) == ["shown at once"]
    await bench.sandbox.call("POST", "/admin/clock", {"advance_s": 180})
    bench.clock.ahead = timedelta(seconds=180)
    if datetime.now(UTC).hour == 0:
        pytest.skip("the overlap ends at midnight UTC, which is less than an hour ago")
    assert "shown late" in texts(await bench.read(stream, pages[-1].cursor))


async def test_an_edit_is_a_newer_version_of_the_same_post(bench: Bench) -> None:
    stream, sent = bench.platform.streams[0], await bench.says("befor")
    pages = await bench.read(stream)
    await bench.sandbox.edit(bench.name, sent["id"], text="before")
    (edited,) = [post for page in await bench.read(stream, pages[-1].cursor) for post in page.posts]
    (seen,) = [post for page in pages for post in page.posts]
    assert (edited.first_id, edited.text) == (seen.first_id, "before")
    assert edited.version > seen.version
    assert edited.edited_at is not None
    assert edited.published_at is not None
    assert seen.published_at is not None
    assert abs(edited.published_at - seen.published_at) < timedelta(seconds=1)


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


async def test_deleted_posts_are_missing_from_a_look_up(bench: Bench) -> None:
    kept, deleted = await bench.says("kept"), await bench.says("deleted")
    await bench.sandbox.delete(bench.name, deleted["id"])
    found = await bench.connector.lookup([kept["id"], deleted["id"]])
    assert found[deleted["id"]] is None
    assert found[kept["id"]] is not None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "rate_limited", "reset_s": 77}, errors.RateLimited),
        ({"kind": "answer", "status": 429, "body": {}}, errors.RateLimited),
        ({"kind": "usage_capped"}, errors.BudgetSpent),
        ({"kind": "payment_required"}, errors.BudgetSpent),
        ({"kind": "unauthorized"}, errors.TokenRejected),
        ({"kind": "forbidden"}, errors.PermissionMissing),
        ({"kind": "server_error"}, errors.PlatformUnavailable),
        ({"kind": "answer", "status": 400, "body": {}}, errors.RequestRefused),
        ({"kind": "answer", "status": 200, "body": []}, errors.PlatformUnavailable),
        ({"kind": "truncated_json"}, errors.PlatformUnavailable),
        ({"kind": "connection_reset", "times": 2}, errors.PlatformUnavailable),
        ({"kind": "hang"}, errors.PlatformUnavailable),
    ],
)
async def test_every_failure_has_its_name_and_is_over_when_it_is_over(
    bench: Bench, fault: dict[str, Any], error: type[errors.PlatformError]
) -> None:
    await bench.says("still there")
    await bench.fails(**fault)
    with pytest.raises(error) as caught:
        await bench.read(bench.platform.streams[0])
    assert TOKEN not in str(caught.value)
    assert texts(await bench.read(bench.platform.streams[0])) == ["still there"]


async def test_a_rate_limit_says_until_when(bench: Bench) -> None:
    told: dict[str, Any] = {"kind": "rate_limited", "reset_s": 77}
    not_told: dict[str, Any] = {"kind": "answer", "status": 429}
    for fault, wait in ((told, 77), (not_told, 900)):
        await bench.fails(**fault)
        with pytest.raises(errors.RateLimited) as caught:
            await bench.read(bench.platform.streams[0])
        assert abs((caught.value.retry_at - bench.clock.now()).total_seconds() - wait) < 30


async def test_every_page_says_what_is_left_of_the_allowance(bench: Bench) -> None:
    first = (await bench.read(bench.platform.streams[0]))[-1].budget
    second = (await bench.read(bench.platform.streams[0]))[-1].budget
    assert first is not None
    assert second is not None
    assert second.used > first.used


@pytest.mark.parametrize("kind", ["duplicate_page", "empty_page"])
async def test_a_page_that_comes_twice_or_empty_loses_and_doubles_nothing(bench: Bench, kind: str) -> None:
    await bench.says_many(250)
    await bench.fails(kind, after=1)
    stream, seen = bench.platform.streams[0], set()
    cursor: Cursor = {}
    for _ in range(2):
        pages = await bench.read(stream, cursor)
        assert len(texts(pages)) == len(set(texts(pages)))
        seen |= set(texts(pages))
        cursor = {}
    assert seen == {f"number {number}" for number in range(250)}


async def test_a_platform_that_runs_in_circles_is_left_with_what_it_gave(bench: Bench) -> None:
    await bench.says("in a circle")
    await bench.fails("looping_page", times=50)
    got: list[Page] = []

    async def read() -> None:
        async for page in bench.connector.poll(bench.platform.streams[0], {}):
            got.append(page)  # noqa: PERF401  # the pages before the error are the point

    with pytest.raises(errors.PlatformUnavailable):
        await read()
    assert texts(got) == ["in a circle"]
    assert all(page.cursor == {} for page in got)


async def test_media_is_fetched_or_refused_with_a_reason(bench: Bench) -> None:
    (picture, *_) = (await bench.sandbox.get("/admin/pictures"))["pictures"]
    sent = await bench.says("a picture", pictures=[picture])
    (attachment,) = (await bench.read_all())[sent["id"]].attachments
    assert attachment.url is not None
    fetched = await bench.connector.fetch_media(attachment.url)
    assert fetched.content_type == "image/jpeg"
    assert fetched.data.startswith(b"\xff\xd8")
    await bench.sandbox.delete(bench.name, sent["id"])
    with pytest.raises(errors.MediaRefused) as caught:
        await bench.connector.fetch_media(attachment.url)
    assert caught.value.reason == "expired"


# What only X has


@pytest.fixture
async def x(sandbox: SandboxServer) -> tuple[SandboxServer, Account]:
    user = await sandbox.account("x")
    account_id = ids.account_id(SCHOOL, "x", user["id"])
    return sandbox, Account(account_id, SCHOOL, "x", user["handle"], user["id"], (SCHOOL,))


async def test_x_is_read_in_its_new_spelling_too(x: tuple[SandboxServer, Account]) -> None:
    sandbox, account = x
    await sandbox.call("POST", "/admin/x", {"spelling": "post"})
    root = await sandbox.post("x", "befor")
    await sandbox.edit("x", root["id"], text="before " + "long " * 100)
    answer = await sandbox.post("x", "seen", author="a_parent", parent_id=root["id"])
    connector = x_platform(sandbox, MovingClock(), field_names="post").connect(account, SecretStr(TOKEN))
    own = [post async for page in connector.poll("posts", {}) for post in page.posts]
    named = [post async for page in connector.poll("mentions", {}) for post in page.posts]
    await connector.aclose()
    assert [(post.first_id, post.version, len(post.text)) for post in own] == [(root["id"], 1, 7 + 500)]
    assert [(post.first_id, post.kind, post.parent_id) for post in named] == [(answer["id"], "reply", root["id"])]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (DownloadLimits(max_bytes=100, allow_http=True), "too_large"),
        (DownloadLimits(content_types=("image/png",), allow_http=True), "type_refused"),
        (DownloadLimits(), "type_refused"),
    ],
)
async def test_media_beyond_the_limits_is_not_read(
    x: tuple[SandboxServer, Account], limits: DownloadLimits, reason: str
) -> None:
    sandbox, account = x
    (picture, *_) = (await sandbox.get("/admin/pictures"))["pictures"]
    sent = await sandbox.post("x", "a picture", pictures=[picture])
    connector = x_platform(sandbox, MovingClock(), media=limits).connect(account, SecretStr(TOKEN))
    with pytest.raises(errors.MediaRefused) as caught:
        await connector.fetch_media(f"{sandbox.base_url}/media/{sent['media_keys'][0]}.jpg")
    await connector.aclose()
    assert caught.value.reason == reason
