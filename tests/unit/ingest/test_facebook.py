"""A Facebook Page of the sandbox, read by the real connector into the real tables."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.ingest.connectors.errors import MediaRefused, PermissionMissing, PlatformUnavailable
from services.ingest.connectors.graph.client import Graph
from services.sandbox.store import NewPost
from tests.support.connectors import Bench, bench_on, texts
from tests.support.polling import Read, named, polled
from tests.support.sandbox import TOKEN, running_sandbox


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox() as sandbox, bench_on("facebook", sandbox) as bench:
        yield bench


@pytest.fixture
async def read(bench: Bench, tmp_path: Path) -> AsyncIterator[Read]:
    async with polled(bench, tmp_path) as read:
        yield read


def below_many(bench: Bench, post_id: str, count: int) -> None:
    for number in range(count):
        bench.sandbox.store.create(NewPost("facebook", f"{number}", author=f"p{number % 50}", parent_id=post_id))


async def test_everything_on_a_page_becomes_a_check_of_its_kind(bench: Bench, read: Read) -> None:
    own = await bench.says("own")
    visitor = await bench.says("from a visitor", author="a_parent")
    mention = await bench.says("names the Page", author="a_club", kind="mention")
    comment = await bench.says("comment", author="a_parent", parent_id=own["id"])
    reply = await bench.says("reply", author="b_parent", parent_id=comment["id"])
    answer = await bench.says("the Page's answer", parent_id=reply["id"])
    found = named(await read())
    kinds = {each: (post.kind, post.author.relation) for each, post in found.items()}
    assert kinds == {
        own["id"]: ("post", "official"),
        visitor["id"]: ("visitor_post", "unknown"),
        mention["id"]: ("mention", "unknown"),
        comment["id"]: ("comment", "unknown"),
        reply["id"]: ("reply", "unknown"),
        answer["id"]: ("reply", "official"),
    }
    assert found[reply["id"]].parent_id == found[comment["id"]].post_id
    assert found[reply["id"]].root_id == found[own["id"]].post_id
    assert found[answer["id"]].parent_id == found[comment["id"]].post_id
    assert await read() == []


async def test_a_comment_and_a_reply_on_an_old_post_are_found_within_a_day(bench: Bench, read: Read) -> None:
    old = await bench.says("last year", created_ago_s=300 * 86_400)
    early = await bench.says("last year's comment", author="a_parent", parent_id=old["id"], created_ago_s=299 * 86_400)
    await bench.says("this week")
    await read()
    await bench.advance(days=1, minutes=1)
    comment = await bench.says("a late comment", author="a_parent", parent_id=old["id"])
    reply = await bench.says("a late reply", author="b_parent", parent_id=early["id"])
    assert named(await read()).keys() == {comment["id"], reply["id"]}


async def test_a_comment_on_a_post_of_last_week_is_found_at_once(bench: Bench, read: Read) -> None:
    post = await bench.says("last week", created_ago_s=6 * 86_400)
    await bench.says("first", author="a_parent", parent_id=post["id"], created_ago_s=5 * 86_400)
    assert len(await read()) == 2
    second = await bench.says("second", author="b_parent", parent_id=post["id"])
    assert named(await read()).keys() == {second["id"]}


@pytest.mark.parametrize(("days", "wait"), [(1, {}), (6, {"days": 1}), (40, {"days": 7})])
async def test_an_edited_comment_is_a_new_revision(bench: Bench, read: Read, days: int, wait: dict[str, float]) -> None:
    """An edit leaves no sign on the post: comments of recent posts are always read, older ones daily or weekly."""
    post = await bench.says("a post", created_ago_s=days * 86_400)
    comment = await bench.says("fine", author="a_parent", parent_id=post["id"])
    await read()
    await bench.sandbox.edit("facebook", comment["id"], text="not fine")
    if wait:
        await bench.advance(minutes=5)
        assert await read() == []
        await bench.advance(**wait)
    (edited,) = await read()
    assert (edited.revision_no, edited.cause) == (2, "edited")
    assert edited.post_id.endswith(f":{comment['id']}")


async def test_hiding_a_comment_changes_its_visibility_and_nothing_else(bench: Bench, read: Read) -> None:
    post = await bench.says("a post")
    comment = await bench.says("rude", author="a_parent", parent_id=post["id"])
    first = named(await read())[comment["id"]]
    for hidden, visibility in ((True, "hidden"), (False, "public")):
        await bench.sandbox.call("POST", f"/admin/posts/facebook/{comment['id']}/hide", {"hidden": hidden})
        (changed,) = await read()
        assert (changed.post_id, changed.cause, changed.visibility) == (first.post_id, "visibility", visibility)


@pytest.mark.slow
async def test_4000_comments_are_read_completely_in_spite_of_a_bad_day(bench: Bench, read: Read) -> None:
    post = await bench.says("a post that everybody saw")
    below_many(bench, post["id"], 4_000)
    comments = "/v*/*/comments"
    await bench.sandbox.fault("duplicate_page", comments, after=7)
    await bench.sandbox.fault("empty_page", comments, after=11)
    await bench.sandbox.fault("graph_error", comments, code=1, after=20)
    found = await read()
    assert len(found) == 1 + 4_000
    assert await read() == []


@pytest.mark.parametrize("code", [1, 2])
async def test_less_is_asked_for_where_facebook_wants_that_and_only_there(bench: Bench, code: int) -> None:
    await bench.says_many(30)
    await bench.fails("graph_error", code=code, times=3)
    pages, error = await bench.read_until_error("posts")
    assert len(texts(pages)) == (30 if code == 1 else 0)
    assert isinstance(error, PlatformUnavailable) == (code == 2)


async def test_comments_beyond_what_facebook_lists_are_a_gap_that_is_declared_once(bench: Bench) -> None:
    post = await bench.says("a post")
    below_many(bench, post["id"], 120)
    message = "(#100) The After Cursor specified exceeds the max limit supported by this endpoint"
    too_far = {"status": 400, "body": {"error": {"code": 100, "message": message}}}
    await bench.sandbox.fault("answer", f"/v*/{post['id']}/comments", after=1, **too_far)
    pages = await bench.read("comments")
    assert sorted(texts(pages), key=int) == [f"{number}" for number in range(20, 120)]
    assert [page.gap for page in pages if page.gap] == ["comments_beyond_reach"]
    await bench.sandbox.fault("answer", f"/v*/{post['id']}/comments", after=1, **too_far)
    again = await bench.read("comments", pages[-1].cursor)
    assert not any(page.gap for page in again)


async def test_a_post_deleted_between_list_and_comments_is_passed_over(bench: Bench) -> None:
    kept, deleted = await bench.says("kept"), await bench.says("deleted")
    for post in (kept, deleted):
        await bench.says(f"below {post['text']}", author="a_parent", parent_id=post["id"])
    path = f"/v*/{deleted['id']}/comments"
    await bench.sandbox.fault("graph_error", path, code=100, subcode=33)
    pages = await bench.read("comments")
    assert texts(pages) == ["below kept"]
    again = texts(await bench.read("comments", pages[-1].cursor))
    assert sorted(again) == ["below deleted", "below kept"]


async def test_a_persons_token_is_not_taken_for_the_pages(bench: Bench) -> None:
    person = bench.platform.connect(bench.account, SecretStr(f"{TOKEN}.user"))
    with pytest.raises(PermissionMissing):
        await person.validate()
    await person.aclose()


async def test_an_answer_that_calls_itself_javascript_is_read(bench: Bench) -> None:
    await bench.says("still JSON")
    await bench.fails("text_javascript")
    assert texts(await bench.read("posts")) == ["still JSON"]


async def test_the_allowance_is_what_the_headers_say(bench: Bench) -> None:
    usage = '{"7": [{"type": "pages", "call_count": 40, "total_time": 91, "estimated_time_to_regain_access": 5}]}'
    headers = {"x-business-use-case-usage": usage, "x-app-usage": "no JSON"}
    await bench.fails("answer", status=200, body={"data": []}, headers=headers)
    budget = (await bench.read("posts"))[0].budget
    assert budget is not None
    assert budget.used == pytest.approx(0.91)
    assert abs((budget.resets_at - bench.clock.now()).total_seconds() - 300) < 30


async def test_a_pictures_address_expires_and_a_look_up_has_a_fresh_one(bench: Bench) -> None:
    (picture, *_) = (await bench.sandbox.get("/admin/pictures"))["pictures"]
    sent = await bench.says("a picture", pictures=[picture])
    seen = (await bench.read_all())[sent["id"]].attachments[0]
    await bench.advance(hours=2)
    assert seen.url is not None
    with pytest.raises(MediaRefused):
        await bench.connector.fetch_media(seen.url)
    found = (await bench.connector.lookup([sent["id"]]))[sent["id"]]
    assert found is not None
    (fresh,) = found.attachments
    assert fresh.key == seen.key
    assert fresh.url is not None
    assert (await bench.connector.fetch_media(fresh.url)).content_type == "image/jpeg"


async def test_a_look_up_tells_the_gone_from_the_rest_whatever_they_are(bench: Bench) -> None:
    async def says(text: str, **more: Any) -> str:
        return str((await bench.says(text, **more))["id"])

    post, mention = await says("post"), await says("mention", author="a_club", kind="mention")
    comment = await says("comment", author="a_parent", parent_id=post)
    gone = [await says("gone post"), await says("gone comment", author="a_parent", parent_id=post), "1", "2_3"]
    for each in gone[:2]:
        await bench.sandbox.delete("facebook", each)
    found = await bench.connector.lookup([post, mention, comment, *gone])
    shown = {each: (seen.kind, seen.text) if seen else None for each, seen in found.items()}
    expected = {post: ("post", "post"), mention: ("mention", "mention"), comment: ("comment", "comment")}
    assert shown == expected | dict.fromkeys(gone)


async def test_one_deleted_post_costs_few_requests_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    there = [(await bench.says(f"post {number}"))["id"] for number in range(49)]
    gone = (await bench.says("gone"))["id"]
    await bench.sandbox.delete("facebook", gone)
    sent: list[str] = []
    request = Graph.request

    def counted(graph: Graph, path: str, *args: Any, **named: Any) -> Any:
        sent.append(path)
        return request(graph, path, *args, **named)

    monkeypatch.setattr(Graph, "request", counted)
    found = await bench.connector.lookup([*there[:20], gone, *there[20:]])
    assert [each for each in found if found[each] is None] == [gone]
    assert found.keys() == {*there, gone}
    assert len(sent) <= 14


async def test_a_token_that_may_not_read_the_page_any_more_is_not_valid(bench: Bench) -> None:
    await bench.connector.validate()
    await bench.sandbox.fault("forbidden", path="/v*/*/feed")
    with pytest.raises(PermissionMissing):
        await bench.connector.validate()
