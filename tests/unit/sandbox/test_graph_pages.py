from typing import Any

import pytest

from tests.unit.sandbox.conftest import Client


async def pages(client: Client, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    """Follow `paging.next` to the end."""
    answer = (await client.graph(path, **query)).json()
    found = [answer["data"]]
    while "next" in answer.get("paging", {}):
        answer = (await client.http.get(answer["paging"]["next"])).json()
        found.append(answer["data"])
    return found


async def texts(client: Client, path: str, **query: Any) -> list[str]:
    return [item["message"] for page in await pages(client, path, **query) for item in page]


async def test_every_list_of_a_page_has_its_kinds_of_posts(client: Client) -> None:
    await client.on_page("own")
    await client.on_page("from a visitor", author="a_parent")
    mention = await client.on_page("names the Page", author="a_club", kind="mention")
    assert not mention["id"].startswith(client.page)
    expected = {
        "published_posts": {"own"},
        "visitor_posts": {"from a visitor"},
        "tagged": {"names the Page"},
        "feed": {"own", "from a visitor", "names the Page"},
    }
    for edge, found in expected.items():
        assert set(await texts(client, f"/{client.page}/{edge}")) == found
    assert (await client.graph("/1/feed")).json()["error"]["error_subcode"] == 33


async def test_a_feed_is_ranked_and_complete_page_after_page(client: Client) -> None:
    sent = [
        (await client.on_page(f"number {number}", created_ago_s=(30 - number) * 3600))["text"] for number in range(30)
    ]
    found = await pages(client, f"/{client.page}/feed", limit=7)
    assert [len(page) for page in found] == [7, 7, 7, 7, 2]
    ordered = [item["message"] for page in found for item in page]
    assert sorted(ordered) == sorted(sent)
    assert ordered != sent[::-1]


async def test_since_and_until_choose_by_creation(client: Client) -> None:
    for hours in (1, 5, 9):
        await client.on_page(f"{hours} hours ago", created_ago_s=hours * 3600)
    now = int(client.sandbox.store.clock.now().timestamp())
    path = f"/{client.page}/published_posts"
    assert await texts(client, path, since=now - 6 * 3600, until=now - 3 * 3600) == ["5 hours ago"]
    assert (await client.graph(path, since="soon")).json()["error"]["code"] == 100


async def test_a_new_item_between_two_pages_shifts_nothing(client: Client) -> None:
    post = await client.on_page()
    for number in range(4):
        await client.on_page(f"{number}", author="a_parent", parent_id=post["id"])
    path = f"/{post['id']}/comments"
    first = (await client.graph(path, limit=2)).json()
    await client.on_page("late", author="a_parent", parent_id=post["id"])
    rest = await texts(client, path, limit=9, after=first["paging"]["cursors"]["after"])
    assert [item["message"] for item in first["data"]] + rest == ["0", "1", "2", "3", "late"]


async def test_replies_come_with_the_stream_and_stand_below_their_comment(client: Client) -> None:
    post = await client.on_page()
    comment = await client.on_page("comment", author="a_parent", parent_id=post["id"])
    reply = await client.on_page("reply", author="b_parent", parent_id=comment["id"])
    await client.on_page("reply to a reply", author="a_parent", parent_id=reply["id"])
    path = f"/{post['id']}/comments"
    assert await texts(client, path) == ["comment"]
    assert await texts(client, path, filter="toplevel") == ["comment"]
    assert await texts(client, path, filter="stream") == ["comment", "reply", "reply to a reply"]
    assert await texts(client, f"/{comment['id']}/comments") == ["reply", "reply to a reply"]
    answer = (await client.graph(path, filter="stream", fields="parent{id},comment_count")).json()["data"]
    assert [item.get("parent") for item in answer] == [None, {"id": comment["id"]}, {"id": comment["id"]}]
    assert answer[0]["comment_count"] == 2


async def test_comments_come_oldest_first_or_newest_first(client: Client) -> None:
    post = await client.on_page()
    for text in "abc":
        await client.on_page(text, author="a_parent", parent_id=post["id"])
    path = f"/{post['id']}/comments"
    assert await texts(client, path, limit=2) == ["a", "b", "c"]
    assert await texts(client, path, limit=2, order="reverse_chronological") == ["c", "b", "a"]


async def test_a_summary_counts_without_listing(client: Client) -> None:
    post = await client.on_page()
    for author in ("a_parent", "b_parent"):
        await client.on_page("Nice", author=author, parent_id=post["id"])
    (listed,) = (
        await client.graph(f"/{client.page}/feed", fields="comments.limit(0).summary(true).filter(stream)")
    ).json()["data"]
    assert listed["comments"]["data"] == []
    assert listed["comments"]["summary"]["total_count"] == 2


async def test_hidden_comments_are_still_shown_to_the_page(client: Client) -> None:
    post = await client.on_page()
    comment = await client.on_page("Rude", author="a_parent", parent_id=post["id"])
    await client.admin("POST", f"/posts/facebook/{comment['id']}/hide")
    (shown,) = (await client.graph(f"/{post['id']}/comments", fields="is_hidden")).json()["data"]
    assert shown == {"id": comment["id"], "is_hidden": True}


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": "many"}, {"after": "no cursor"}])
async def test_wrong_paging_is_refused(client: Client, query: dict[str, Any]) -> None:
    answer = await client.graph(f"/{client.page}/feed", **query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
