from datetime import datetime
from typing import Any

import pytest

from tests.unit.sandbox.conftest import Client

MEDIUM = (
    "id,caption,media_type,media_url,permalink,timestamp,username,comments_count,"
    "children{id,media_type,media_url,permalink,timestamp,username}"
)
COMMENT = "id,text,timestamp,username,from,hidden,parent_id,media{id}"


def account(client: Client) -> str:
    return client.sandbox.store.accounts["instagram"].id


async def shown(client: Client, text: str = "News", **fields: Any) -> dict[str, Any]:
    return await client.post(text, platform="instagram", **fields)


async def listed(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """Follow `paging.next` to the end."""
    answer = (await client.graph(path, **query)).json()
    found = list(answer["data"])
    while "next" in answer.get("paging", {}):
        answer = (await client.http.get(answer["paging"]["next"])).json()
        found += answer["data"]
    return found


async def test_an_account_is_read_by_its_id(client: Client) -> None:
    await shown(client)
    answer = (await client.graph(f"/{account(client)}", fields="username,media_count")).json()
    assert answer == {"id": account(client), "username": "LarkhollowPri", "media_count": 1}
    assert (await client.graph(f"/{account(client)}")).json() == {"id": account(client)}


async def test_the_token_of_a_further_account_is_its_own(client: Client) -> None:
    further = await client.admin("POST", "/accounts", platform="instagram", handle="wenbury", name="Wenbury")
    ours, theirs = await shown(client), await shown(client, account="wenbury")
    token = {"access_token": further["token"]}
    assert (await client.graph("/me", **token)).json()["id"] == further["id"]
    assert [item["id"] for item in await listed(client, f"/{further['id']}/media", **token)] == [theirs["id"]]
    for other in (ours["id"], account(client), f"{account(client)}/media"):
        assert (await client.graph(f"/{other}", **token)).json()["error"]["error_subcode"] == 33


async def test_media_are_a_picture_or_a_carousel(client: Client) -> None:
    one, two = list((await client.admin("GET", "/pictures"))["pictures"])[:2]
    single, carousel = await shown(client, pictures=[one]), await shown(client, "", pictures=[one, two])
    first = (await client.graph(f"/{single['id']}", fields=MEDIUM)).json()
    assert (first["caption"], first["media_type"], first["username"]) == ("News", "IMAGE", "LarkhollowPri")
    assert "children" not in first
    assert datetime.fromisoformat(first["timestamp"]).tzinfo is not None
    second = (await client.graph(f"/{carousel['id']}", fields=MEDIUM)).json()
    children = second["children"]["data"]
    assert "caption" not in second
    assert second["media_type"] == "CAROUSEL_ALBUM"
    assert [child["id"] for child in children] == carousel["media_keys"]
    assert await listed(client, f"/{carousel['id']}/children", fields="id,media_type") == [
        {"id": key, "media_type": "IMAGE"} for key in carousel["media_keys"]
    ]
    for address in (first["media_url"], children[1]["media_url"]):
        assert (await client.http.get(address)).headers["content-type"] == "image/jpeg"
    await client.admin("POST", "/clock", advance_s=3700)
    assert (await client.http.get(first["media_url"])).status_code == 403


async def test_there_is_no_post_without_a_picture(client: Client) -> None:
    post = await shown(client)
    comment = await shown(client, "Nice", author="a_parent", parent_id=post["id"])
    assert (len(post["media_keys"]), len(comment["media_keys"])) == (1, 0)


async def test_own_media_and_tagged_ones_are_listed_newest_first(client: Client) -> None:
    middle, oldest, newest = [(await shown(client, created_ago_s=ago))["id"] for ago in (3600, 7200, 0)]
    tagged = await shown(client, "at the fair", author="wenbury_fair")
    assert tagged["kind"] == "mention"
    own = f"/{account(client)}/media"
    assert [item["id"] for item in await listed(client, own, limit=2)] == [newest, middle, oldest]
    now = int(client.sandbox.store.clock.now().timestamp())
    assert [item["id"] for item in await listed(client, own, since=now - 5400, until=now - 1800)] == [middle]
    assert [item["id"] for item in await listed(client, f"/{account(client)}/tags")] == [tagged["id"]]
    assert (await client.graph(f"/{tagged['id']}")).json()["error"]["error_subcode"] == 33


async def test_comments_are_top_level_newest_first_and_at_most_50_a_page(client: Client) -> None:
    post = await shown(client)
    comments = [await shown(client, f"{number}", author="a_parent", parent_id=post["id"]) for number in range(60)]
    replies = [await shown(client, f"re {n}", author="b_parent", parent_id=comments[0]["id"]) for n in range(2)]
    nested = await shown(client, "re re", author="a_parent", parent_id=replies[0]["id"])
    path = f"/{post['id']}/comments"
    first = (await client.graph(path, limit=100)).json()
    assert [item["text"] for item in first["data"]] == [f"{number}" for number in range(59, 9, -1)]
    assert [item["id"] for item in await listed(client, path, limit=100)] == [each["id"] for each in comments[::-1]]
    below = await listed(client, f"/{comments[0]['id']}/replies", fields=COMMENT)
    assert [item["id"] for item in below] == [replies[0]["id"], replies[1]["id"], nested["id"]]
    assert {item["parent_id"] for item in below} == {comments[0]["id"]}
    assert {item["media"]["id"] for item in below} == {post["id"]}
    assert (await client.graph(f"/{post['id']}", fields="comments_count")).json()["comments_count"] == 63


async def test_replies_come_inside_their_comment(client: Client) -> None:
    post = await shown(client)
    comment = await shown(client, "Nice", author="a_parent", parent_id=post["id"])
    await shown(client, "Alone", author="c_parent", parent_id=post["id"])
    for number in range(3):
        await shown(client, f"re {number}", author="b_parent", parent_id=comment["id"])
    fields = "text,replies.limit(2){text,username}"
    alone, answered = (await client.graph(f"/{post['id']}/comments", fields=fields)).json()["data"]
    assert "replies" not in alone
    replies = answered["replies"]
    assert [(item["text"], item["username"]) for item in replies["data"]] == [
        ("re 0", "b_parent"),
        ("re 1", "b_parent"),
    ]
    rest = (await client.http.get(replies["paging"]["next"], headers={"authorization": "Bearer sandbox-token"})).json()
    assert [item["text"] for item in rest["data"]] == ["re 2"]


async def test_several_ids_come_together_and_deletion_spoils_them(client: Client) -> None:
    post = await shown(client)
    comment = await shown(client, "Nice", author="a_parent", parent_id=post["id"])
    ids = f"{post['id']},{comment['id']}"
    assert set((await client.graph("/", ids=ids, fields="timestamp,username")).json()) == set(ids.split(","))
    assert (await client.graph("/", ids=ids, fields="caption")).json()["error"]["code"] == 100
    await client.admin("DELETE", f"/posts/instagram/{post['id']}")
    refused = await client.graph("/", ids=ids)
    assert (refused.json()["error"]["code"], refused.json()["error"]["error_subcode"]) == (100, 33)
    assert (await client.graph(f"/{comment['id']}")).json()["error"]["error_subcode"] == 33


@pytest.mark.parametrize("edge", ["replies", "children", "media", "tags"])
async def test_lists_of_another_kind_of_object_are_refused(client: Client, edge: str) -> None:
    page_post = await client.on_page()
    assert (await client.graph(f"/{page_post['id']}/{edge}")).json()["error"]["code"] == 100
