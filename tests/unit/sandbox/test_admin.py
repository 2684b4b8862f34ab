from typing import Any

import pytest

from tests.unit.sandbox.conftest import Client


@pytest.mark.parametrize(
    ("platform", "author", "below", "kind"),
    [
        ("x", None, None, "post"),
        ("x", "petra_runs", None, "mention"),
        ("x", "petra_runs", "post", "reply"),
        ("facebook", None, None, "post"),
        ("facebook", "petra_runs", None, "visitor_post"),
        ("facebook", "petra_runs", "post", "comment"),
        ("facebook", "petra_runs", "comment", "reply"),
        ("instagram", "petra_runs", "post", "comment"),
    ],
)
async def test_the_kind_follows_from_author_and_parent(
    client: Client, platform: str, author: str | None, below: str | None, kind: str
) -> None:
    post = await client.post(platform=platform)
    comment = await client.post("Nice", platform=platform, author="GavTheRoofer", parent_id=post["id"])
    parents = {None: None, "post": post["id"], "comment": comment["id"]}
    made = await client.post("Text", platform=platform, author=author, parent_id=parents[below])
    assert (made["kind"], made["parent_id"]) == (kind, parents[below])
    assert made["root_id"] == (post["id"] if below else made["id"])


async def test_facebook_keeps_ids_over_edits_and_loses_comments_with_their_post(client: Client) -> None:
    post = await client.post(platform="facebook")
    comment = await client.post("Nice", platform="facebook", author="petra_runs", parent_id=post["id"])
    edited = await client.admin("PATCH", f"/posts/facebook/{post['id']}", text="Other news")
    assert edited["version_ids"] == [post["id"]] * 2
    await client.admin("DELETE", f"/posts/facebook/{post['id']}")
    listed = (await client.admin("GET", "/posts?platform=facebook"))["posts"]
    assert {item["id"]: item["deleted_at"] is not None for item in listed} == {post["id"]: True, comment["id"]: True}


async def test_ids_rise_even_for_posts_of_the_past(client: Client) -> None:
    now = await client.post()
    past = await client.post("Yesterday", created_ago_s=86_400)
    assert int(past["id"]) > int(now["id"])


async def test_hiding_can_be_undone(client: Client) -> None:
    post = await client.post()
    comment = await client.post("Hm", author="petra_runs", parent_id=post["id"])
    path = f"/posts/x/{comment['id']}"
    assert [(await client.admin("POST", f"{path}/hide", hidden=hidden))["hidden"] for hidden in (True, False)] == [
        True,
        False,
    ]


async def test_labels_can_be_given_listed_and_are_nowhere_else(client: Client) -> None:
    labels = [{"category": "name_full", "admission_no": "2401"}]
    post = await client.post("Well done", pictures=["certificate-1"], labels=labels)
    found = (await client.admin("GET", "/posts?label=name_full"))["posts"]
    assert [item["id"] for item in found] == [post["id"]]
    assert [label["category"] for label in found[0]["labels"]] == ["name_full", "name_on_image"]
    fields = "attachments,author_id,entities,note_tweet,public_metrics,source"
    assert "name_full" not in (await client.x(f"/tweets/{post['id']}", tweet__fields=fields)).text


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/posts", {}, "text: Field required"),
        ("POST", "/posts", {"text": "x", "colour": "red"}, "colour: Extra inputs are not permitted"),
        ("POST", "/posts", {"text": "x", "pictures": ["sunset"]}, "no picture 'sunset': choose one of"),
        ("POST", "/posts", {"text": "x", "kind": "reply"}, "a reply needs parent_id"),
        ("POST", "/posts", {"text": "x", "parent_id": "7"}, "no x post has the id 7"),
        ("GET", "/posts/myspace/7", {}, "no platform 'myspace': choose one of x, facebook, instagram"),
        ("DELETE", "/posts/x/7", {}, "no x post has the id 7"),
        ("POST", "/clock", {"advance_s": -1}, "the clock only moves forward"),
        ("POST", "/faults", {"kind": "meteor"}, "kind: Input should be"),
        ("POST", "/mail", {"code": 250}, "code: Input should be 451 or 550"),
    ],
)
async def test_wrong_requests_get_one_clear_line(
    client: Client, method: str, path: str, body: dict[str, Any], message: str
) -> None:
    answer = await client.http.request(method, f"/admin{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(message)


async def test_a_reset_forgets_everything_but_the_accounts(client: Client) -> None:
    account = client.account
    await client.post()
    await client.admin("POST", "/faults", kind="forbidden")
    await client.admin("POST", "/reset")
    assert (await client.admin("GET", "/posts"))["posts"] == []
    answer = await client.x("/users/by/username/larkhollowpri")
    assert answer.json()["data"]["id"] == account
