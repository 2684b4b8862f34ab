"""What only Instagram has."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.ingest.connectors.connector import Cursor, Observation, Page
from services.sandbox.store import NewPost
from tests.support.connectors import Bench, bench_on
from tests.support.sandbox import SandboxServer

COMMENTS = "/v*/*/comments"
DAY = 86_400


@pytest.fixture
async def bench(sandbox: SandboxServer) -> AsyncIterator[Bench]:
    async with bench_on("instagram", sandbox) as bench:
        yield bench


def below_many(bench: Bench, parent_id: str, count: int, text: str = "number") -> None:
    for number in range(count):
        new = NewPost("instagram", f"{text} {number}", author=f"p{number % 50}", parent_id=parent_id)
        bench.sandbox.store.create(new)


async def comments(bench: Bench, cursor: Cursor | None = None) -> tuple[dict[str, Observation], list[str], Cursor]:
    """Read the comments' stream: the posts by id, the gaps, and the cursor to go on from."""
    pages = await bench.read("comments", cursor)
    found = {post.first_id: post for page in pages for post in page.posts}
    return found, [page.gap for page in pages if page.gap], pages[-1].cursor


async def history(bench: Bench, cursor: Cursor | None = None) -> list[Page]:
    return [page async for page in bench.connector.history(cursor or {})]


async def test_comments_and_replies_say_what_they_stand_below(bench: Bench) -> None:
    medium = await bench.says("Our new library")
    comment = await bench.says("Lovely", author="a_parent", parent_id=medium["id"])
    reply = await bench.says("Thank you", parent_id=comment["id"])
    found, _, _ = await comments(bench)
    first, second = found[comment["id"]], found[reply["id"]]
    assert (first.kind, first.parent_id, first.root_id) == ("comment", medium["id"], medium["id"])
    assert (second.kind, second.parent_id, second.root_id) == ("reply", comment["id"], medium["id"])
    assert (first.parent_text, second.parent_text) == ("Our new library", "Lovely")
    assert (first.author.handle, second.author.platform_id) == ("a_parent", bench.account.platform_account)
    assert first.author.platform_id not in (None, bench.account.platform_account)
    assert first.url == (await bench.connector.lookup([medium["id"]]))[medium["id"]].url  # type: ignore[union-attr]  # it is there


async def test_media_of_others_that_name_the_school_are_mentions(bench: Bench) -> None:
    tagged = await bench.says("At the fair", author="wenbury_fair")
    await bench.says("See you there", author="a_parent", parent_id=tagged["id"])
    (found,) = (await bench.read_all()).values()
    assert (found.first_id, found.kind, found.author.handle) == (tagged["id"], "mention", "wenbury_fair")


async def test_a_new_comment_is_found_by_its_number_however_old_the_medium(bench: Bench) -> None:
    old = await bench.says("last year", created_ago_s=300 * DAY)
    early = await bench.says("then", author="a_parent", parent_id=old["id"], created_ago_s=299 * DAY)
    recent = await bench.says("last week", created_ago_s=6 * DAY)
    found, _, cursor = await comments(bench)
    assert found == {}
    late = [await bench.says("now", author="a_parent", parent_id=each["id"]) for each in (recent, early)]
    found, _, cursor = await comments(bench, cursor)
    assert found.keys() == {late[0]["id"]}
    await bench.advance(days=1, minutes=1)
    found, _, cursor = await comments(bench, cursor)
    assert found.keys() == {late[0]["id"], late[1]["id"]}
    assert (await comments(bench, cursor))[0] == {}


@pytest.mark.parametrize(("days", "wait"), [(1, {}), (6, {"days": 1}), (40, {"days": 7})])
async def test_an_edited_comment_is_seen_though_the_number_stays(
    bench: Bench, days: int, wait: dict[str, float]
) -> None:
    medium = await bench.says("a medium", created_ago_s=days * DAY)
    comment = await bench.says("fine", author="a_parent", parent_id=medium["id"])
    cursor = (await comments(bench))[2]
    await bench.sandbox.edit("instagram", comment["id"], text="not fine")
    if wait:
        await bench.advance(minutes=5)
        found, _, cursor = await comments(bench, cursor)
        assert found == {}
        await bench.advance(**wait)
    assert (await comments(bench, cursor))[0][comment["id"]].text == "not fine"


async def test_hiding_a_comment_is_seen(bench: Bench) -> None:
    medium = await bench.says("a medium")
    comment = await bench.says("rude", author="a_parent", parent_id=medium["id"])
    for hidden, visibility in ((False, "public"), (True, "hidden")):
        await bench.sandbox.call("POST", f"/admin/posts/instagram/{comment['id']}/hide", {"hidden": hidden})
        assert (await comments(bench))[0][comment["id"]].visibility == visibility


async def test_long_threads_are_read_to_their_end(bench: Bench) -> None:
    medium = await bench.says("seen by everybody")
    below_many(bench, medium["id"], 130)
    comment = await bench.says("I disagree", author="a_parent", parent_id=medium["id"])
    below_many(bench, comment["id"], 70, "answer")
    found, gaps, _ = await comments(bench)
    assert len(found) == 130 + 1 + 70
    assert gaps == []
    assert sum(post.parent_id == comment["id"] for post in found.values()) == 70


async def test_a_list_that_ends_too_early_is_a_gap_once(bench: Bench) -> None:
    """One page is all that Instagram promises; what was read before does not have to come again."""
    medium = await bench.says("seen by everybody")
    below_many(bench, medium["id"], 60)
    await bench.sandbox.fault("last_page", COMMENTS, times=9)
    found, gaps, cursor = await comments(bench)
    assert (len(found), gaps) == (50, ["comments_beyond_reach"])
    assert (await comments(bench, cursor))[1] == []
    below_many(bench, medium["id"], 50, "more")
    _, gaps, cursor = await comments(bench, cursor)
    assert gaps == []
    below_many(bench, medium["id"], 51, "too many")
    assert (await comments(bench, cursor))[1] == ["comments_beyond_reach"]


async def test_a_medium_that_goes_while_it_is_read_stops_nothing(bench: Bench) -> None:
    gone, kept = await bench.says("gone"), await bench.says("kept")
    below = [await bench.says("Hm", author="a_parent", parent_id=each["id"]) for each in (gone, kept)]
    missing = {"kind": "graph_error", "code": 100, "subcode": 33}
    await bench.sandbox.call("POST", "/admin/faults", {"path": f"/v*/{gone['id']}/comments", **missing})
    found, _, cursor = await comments(bench)
    assert found.keys() == {below[1]["id"]}
    assert (await comments(bench, cursor))[0].keys() == {each["id"] for each in below}


async def test_a_look_up_knows_media_comments_replies_and_mentions(bench: Bench) -> None:
    medium = await bench.says("a medium")
    comment = await bench.says("a comment", author="a_parent", parent_id=medium["id"])
    reply = await bench.says("a reply", author="b_parent", parent_id=comment["id"])
    mention, past = [await bench.says(text, author="wenbury_fair") for text in ("a mention", "a past mention")]
    gone = await bench.says("a comment that goes", author="a_parent", parent_id=medium["id"])
    for each in (gone, past):
        await bench.sandbox.delete("instagram", each["id"])
    asked = [each["id"] for each in (medium, comment, reply, mention, past, gone)]
    found = await bench.connector.lookup([*asked, "1"])
    kinds = [found[each].kind if found[each] else None for each in asked]  # type: ignore[union-attr]  # looked at before
    assert kinds == ["post", "comment", "reply", "mention", None, None]
    assert found["1"] is None
    below, shown = found[comment["id"]], found[reply["id"]]
    assert below is not None
    assert shown is not None
    assert (below.parent_text, shown.parent_text) == ("a medium", None)
    assert (shown.text, shown.parent_id, shown.root_id) == ("a reply", comment["id"], medium["id"])
    for each in asked:
        alone = await bench.connector.lookup([each])
        assert {name: post.text for name, post in alone.items() if post} == (
            {name: post.text for name, post in found.items() if post and name == each}
        )


async def test_many_are_looked_up_together(bench: Bench) -> None:
    medium = await bench.says("seen by everybody")
    below_many(bench, medium["id"], 120)
    posted = [post.id for post in bench.sandbox.store.posts("instagram")]
    for each in posted[10:60:10]:
        await bench.sandbox.delete("instagram", each)
    found = await bench.connector.lookup(posted)
    assert {each for each, post in found.items() if post is None} == set(posted[10:60:10])
    assert found.keys() == set(posted)


async def test_a_refusal_is_no_deletion(bench: Bench) -> None:
    medium = await bench.says("a medium")
    comment = await bench.says("a comment", author="a_parent", parent_id=medium["id"])
    await bench.sandbox.fault("graph_error", "/v24.0/", code=100, times=2)
    assert await bench.connector.lookup([comment["id"]]) == {}


async def test_the_history_has_every_comment_and_goes_on_from_any_page(bench: Bench) -> None:
    old = await bench.says("long ago", created_ago_s=900 * DAY)
    below_many(bench, old["id"], 130)
    recent = await bench.says("yesterday", created_ago_s=DAY)
    below_many(bench, recent["id"], 3)
    await bench.says("At the fair", author="wenbury_fair")
    pages = await history(bench)
    order = [post.first_id for page in pages for post in page.posts]
    assert sorted(order) == sorted(post.id for post in bench.sandbox.store.posts("instagram"))
    assert len(pages) > 2
    for number, page in enumerate(pages):
        behind = await history(bench, json.loads(json.dumps(page.cursor)))
        assert [post.first_id for page in behind for post in page.posts] == [
            post.first_id for page in pages[number + 1 :] for post in page.posts
        ]


async def test_a_place_among_comments_that_is_out_of_date_begins_at_their_beginning(bench: Bench) -> None:
    medium = await bench.says("a medium")
    below_many(bench, medium["id"], 130)
    first, *_ = await history(bench)
    stale: dict[str, Any] = dict(first.cursor) | {"after": "no-longer-known"}
    again = {post.first_id for page in await history(bench, stale) for post in page.posts}
    assert again == {post.id for post in bench.sandbox.store.posts("instagram")} - {medium["id"]}
