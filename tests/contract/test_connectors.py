"""One suite of behaviour for every connector, against the sandbox over loopback."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from schemas import ids
from services.ingest.connectors import errors
from services.register.models import Account
from tests.support.connectors import SCHOOL_ID, SUBJECTS, Bench, texts
from tests.support.sandbox import TOKEN


async def test_a_working_token_is_accepted_and_a_wrong_one_named(bench: Bench) -> None:
    await bench.connector.validate()
    stranger = bench.platform.connect(bench.account, SecretStr("another token"))
    with pytest.raises(errors.TokenRejected) as caught:
        await stranger.validate()
    await stranger.aclose()
    assert "another token" not in str(caught.value)


async def test_an_account_that_the_platform_does_not_show_is_no_success(bench: Bench) -> None:
    missing = Account(bench.account.account_id, SCHOOL_ID, bench.name, "nobody", "1", (SCHOOL_ID,))
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
    assert (post.kind, post.parent_id, post.version, post.edited_at) == ("post", None, 0, None)
    assert post.author.platform_id == bench.account.platform_account
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
    assert (found[answer["id"]].kind, found[answer["id"]].parent_id) == (bench.subject.answers_kind, root["id"])
    assert (found[nested["id"]].kind, found[nested["id"]].parent_id) == ("reply", answer["id"])
    assert found[nested["id"]].root_id == root["id"]
    assert "a_neighbour" in (found[nested["id"]].author.handle, found[nested["id"]].author.display_name)
    assert found[own["id"]].author.platform_id == bench.account.platform_account
    assert found[own["id"]].kind != "post"


async def test_what_somebody_else_begins_is_the_schools_concern_and_not_its_post(bench: Bench) -> None:
    sent = await bench.says("Which gate is open?", author="a_parent")
    post = (await bench.read_all())[sent["id"]]
    assert (post.kind, post.parent_id, post.text.split()[-1]) == (bench.subject.visitors_kind, None, "open?")
    assert post.author.platform_id != bench.account.platform_account


async def test_every_account_is_read_with_its_own_token_until_that_is_revoked(bench: Bench) -> None:
    opened = await bench.sandbox.open_account(bench.name, "wenbury_primary")
    await bench.says("ours")
    await bench.says("theirs", account=opened["id"])
    account_id = ids.account_id(SCHOOL_ID, bench.name, opened["id"])
    account = Account(account_id, SCHOOL_ID, bench.name, opened["handle"], opened["id"], (SCHOOL_ID,))
    connector = bench.platform.connect(account, SecretStr(opened["token"]))
    stream = bench.platform.streams[0]
    await connector.validate()
    assert texts([page async for page in connector.poll(stream, {})]) == ["theirs"]
    assert texts(await bench.read(stream)) == ["ours"]
    await bench.sandbox.revoke(bench.name, opened["id"])
    with pytest.raises(errors.TokenRejected):
        _ = [page async for page in connector.poll(stream, {})]
    await bench.connector.validate()
    await bench.sandbox.revoke(bench.name, opened["id"], revoked=False)
    await connector.validate()
    await connector.aclose()


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
    await bench.advance(seconds=180)
    assert "shown late" in texts(await bench.read(stream, pages[-1].cursor))


async def test_an_edited_post_keeps_its_name_and_its_time(bench: Bench) -> None:
    stream, sent = bench.platform.streams[0], await bench.says("befor")
    pages = await bench.read(stream)
    await bench.sandbox.edit(bench.name, sent["id"], text="before")
    (edited,) = [post for page in await bench.read(stream, pages[-1].cursor) for post in page.posts]
    (seen,) = [post for page in pages for post in page.posts]
    assert (edited.first_id, edited.text) == (seen.first_id, "before")
    assert (edited.version == 1) is (edited.edited_at is not None) is bench.subject.counts_edits
    assert (edited.object_id != seen.object_id) is bench.subject.counts_edits
    assert edited.published_at is not None
    assert seen.published_at is not None
    assert abs(edited.published_at - seen.published_at) < timedelta(seconds=1)


async def test_deleted_posts_are_missing_from_a_look_up(bench: Bench) -> None:
    kept, deleted = await bench.says("kept"), await bench.says("deleted")
    await bench.sandbox.delete(bench.name, deleted["id"])
    found = await bench.connector.lookup([kept["id"], deleted["id"]])
    assert found[deleted["id"]] is None
    assert found[kept["id"]] is not None


ANYWHERE: list[tuple[dict[str, Any], type[errors.PlatformError]]] = [
    ({"kind": "rate_limited", "reset_s": 77}, errors.RateLimited),
    ({"kind": "answer", "status": 429, "body": {}}, errors.RateLimited),
    ({"kind": "unauthorized"}, errors.TokenRejected),
    ({"kind": "forbidden"}, errors.PermissionMissing),
    ({"kind": "server_error"}, errors.PlatformUnavailable),
    ({"kind": "answer", "status": 400, "body": {}}, errors.RequestRefused),
    ({"kind": "answer", "status": 200, "body": []}, errors.PlatformUnavailable),
    ({"kind": "truncated_json"}, errors.PlatformUnavailable),
    ({"kind": "hang"}, errors.PlatformUnavailable),
]


@pytest.mark.parametrize(
    ("bench", "fault", "error"),
    [(name, *each) for name, subject in SUBJECTS.items() for each in (*ANYWHERE, *subject.refusals)],
    indirect=["bench"],
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
    told: dict[str, Any] = {"kind": "rate_limited", "reset_s": 120}
    not_told: dict[str, Any] = {"kind": "answer", "status": 429}
    for fault, wait in ((told, 120), (not_told, bench.subject.wait_without_end)):
        await bench.fails(**fault)
        with pytest.raises(errors.RateLimited) as caught:
            await bench.read(bench.platform.streams[0])
        assert abs((caught.value.retry_at - bench.clock.now()).total_seconds() - wait) < 30


@pytest.mark.parametrize("kind", ["duplicate_page", "empty_page"])
async def test_a_page_that_comes_twice_or_empty_loses_and_doubles_nothing(bench: Bench, kind: str) -> None:
    await bench.says_many(250)
    await bench.fails(kind, after=1)
    stream, seen = bench.platform.streams[0], set()
    for _ in range(2):
        pages = await bench.read(stream)
        assert len(texts(pages)) == len(set(texts(pages)))
        seen |= set(texts(pages))
    assert seen == {f"number {number}" for number in range(250)}


async def test_a_platform_that_runs_in_circles_is_left_with_what_it_gave(bench: Bench) -> None:
    await bench.says("in a circle")
    await bench.fails("looping_page", times=50)
    got, error = await bench.read_until_error(bench.platform.streams[0])
    assert isinstance(error, errors.PlatformUnavailable)
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
