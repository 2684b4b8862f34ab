from datetime import datetime
from typing import Any

import pytest

from tests.unit.sandbox.conftest import TOKEN, Client

ATTACHED = "attachments{media_type,target{id},media{image{src}},subattachments{target{id}}}"


async def node(client: Client, node_id: str, fields: str, **query: Any) -> dict[str, Any]:
    answer = await client.graph(f"/{node_id}", fields=fields, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_only_what_was_asked_for_comes_and_ids_say_where_things_belong(client: Client) -> None:
    post = await client.on_page()
    comment = await client.on_page("Nice", author="a_parent", author_name="A. Parent", parent_id=post["id"])
    assert post["id"].startswith(f"{client.page}_")
    assert comment["id"].startswith(f"{post['id'].split('_')[1]}_")
    assert await node(client, post["id"], "message") == {"id": post["id"], "message": "News"}
    shown = await node(client, comment["id"], "message,from{name},is_hidden")
    assert shown == {"id": comment["id"], "message": "Nice", "from": {"name": "A. Parent"}, "is_hidden": False}


async def test_times_are_written_with_an_offset_and_a_comment_moves_the_posts_time(client: Client) -> None:
    post = await client.on_page(created_ago_s=7200)
    before = await node(client, post["id"], "created_time,updated_time")
    assert before["created_time"] == before["updated_time"]
    assert before["created_time"].endswith("+0000")
    await client.on_page("Nice", author="a_parent", parent_id=post["id"])
    after = await node(client, post["id"], "created_time,updated_time")
    assert after["created_time"] == before["created_time"]
    moved = datetime.fromisoformat(after["updated_time"]) - datetime.fromisoformat(before["updated_time"])
    assert moved.total_seconds() >= 7199


async def test_pictures_are_a_photo_or_an_album_whose_addresses_expire(client: Client) -> None:
    (one, two) = list((await client.admin("GET", "/pictures"))["pictures"])[:2]
    single, album = await client.on_page(pictures=[one]), await client.on_page(pictures=[one, two])
    (photo,) = (await node(client, single["id"], ATTACHED))["attachments"]["data"]
    assert (photo["media_type"], photo["target"]["id"]) == ("photo", single["media_keys"][0])
    (shown,) = (await node(client, album["id"], ATTACHED))["attachments"]["data"]
    assert shown["media_type"] == "album"
    assert [each["target"]["id"] for each in shown["subattachments"]["data"]] == album["media_keys"]
    address = photo["media"]["image"]["src"]
    assert (await client.http.get(address)).status_code == 200
    await client.admin("POST", "/clock", advance_s=3700)
    assert (await client.http.get(address)).status_code == 403


async def test_a_comment_has_one_picture(client: Client) -> None:
    (picture, *_) = (await client.admin("GET", "/pictures"))["pictures"]
    post = await client.on_page()
    comment = await client.on_page("Look", author="a_parent", parent_id=post["id"], pictures=[picture])
    shown = await node(client, comment["id"], "attachment{type,target{id}}")
    assert shown["attachment"] == {"type": "photo", "target": {"id": comment["media_keys"][0]}}


async def test_a_persons_token_is_not_told_who_wrote_and_sees_no_comments(client: Client) -> None:
    post = await client.on_page()
    comment = await client.on_page("Nice", author="a_parent", parent_id=post["id"])
    person = {"access_token": f"{TOKEN}.user"}
    assert "from" in await node(client, comment["id"], "message,from")
    assert "from" not in await node(client, comment["id"], "message,from", **person)
    assert (await client.graph(f"/{post['id']}/comments", **person)).json() == {"data": []}


@pytest.mark.parametrize(
    ("fields", "code"),
    [("id,updated_time", 0), ("id,nonsense", 100), ("id,parent", 100), ("id{", 2500), ("id}", 2500), ("id,§", 2500)],
)
async def test_fields_that_a_post_does_not_have_are_refused(client: Client, fields: str, code: int) -> None:
    post = await client.on_page()
    answer = await client.graph(f"/{post['id']}", fields=fields)
    assert answer.json().get("error", {"code": 0})["code"] == code


async def test_several_ids_come_together_unless_one_leads_to_nothing(client: Client) -> None:
    post, other = await client.on_page("one"), await client.on_page("two")
    found = (await client.graph("/", ids=f"{post['id']},{other['id']}", fields="message")).json()
    assert {each: found[each]["message"] for each in found} == {post["id"]: "one", other["id"]: "two"}
    await client.admin("DELETE", f"/posts/facebook/{other['id']}")
    refused = await client.graph("/", ids=f"{post['id']},{other['id']}")
    assert (refused.status_code, refused.json()["error"]["error_subcode"]) == (400, 33)
    assert (await client.graph("/", ids="")).json()["error"]["code"] == 100


async def test_deleting_a_post_deletes_what_stands_below_it(client: Client) -> None:
    post = await client.on_page()
    comment = await client.on_page("Nice", author="a_parent", parent_id=post["id"])
    await client.admin("DELETE", f"/posts/facebook/{post['id']}")
    assert (await client.graph(f"/{comment['id']}")).status_code == 400
