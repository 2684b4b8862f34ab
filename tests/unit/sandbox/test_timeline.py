import pytest

from tests.unit.sandbox.conftest import Client


async def _write(client: Client, **form: str) -> int:
    return (await client.http.post("/write", data=form)).status_code


async def test_the_page_shows_posts_pictures_and_comments(client: Client) -> None:
    post = await client.post("Bulbs are <b>up</b>", pictures=["garden-1"])
    comment = await client.post("Pretty!", author="petra_runs", parent_id=post["id"])
    await client.post("And so are mine", author="GavTheRoofer", parent_id=comment["id"])
    page = (await client.http.get("/")).text
    assert "Bulbs are &lt;b&gt;up&lt;/b&gt;" in page
    assert f"/media/{post['media_keys'][0]}.jpg" in page
    assert page.index("Pretty!") < page.index("And so are mine")


async def test_each_platform_has_its_own_page(client: Client) -> None:
    await client.post("Only on Facebook", platform="facebook")
    assert "Only on Facebook" in (await client.http.get("/?platform=facebook")).text
    assert "Only on Facebook" not in (await client.http.get("/?platform=x")).text


async def test_hidden_deleted_and_late_posts_are_not_shown(client: Client) -> None:
    hidden, deleted = await client.post("Hidden text"), await client.post("Deleted text")
    await client.post("Late text", visible_after_s=60)
    await client.admin("POST", f"/posts/x/{hidden['id']}/hide")
    await client.admin("DELETE", f"/posts/x/{deleted['id']}")
    assert "text</p>" not in (await client.http.get("/timeline")).text


async def test_what_a_visitor_writes_is_published(client: Client) -> None:
    post = await client.post()
    assert await _write(client, platform="x", text="Typed by hand", parent_id=post["id"], author="my name") == 303
    assert await _write(client, platform="x", text="From the office", **{"as": "school"}, picture="garden-1") == 303
    comment, own = (await client.admin("GET", "/posts"))["posts"][1:]
    assert (comment["author"], comment["kind"], comment["text"]) == ("my_name", "reply", "Typed by hand")
    assert (own["author"], own["kind"], own["pictures"]) == ("LarkhollowPri", "post", ["garden-1"])


@pytest.mark.parametrize("form", [{"text": " "}, {"text": "x", "picture": "sunset"}, {"text": "x", "parent_id": "7"}])
async def test_what_cannot_be_published_is_explained(client: Client, form: dict[str, str]) -> None:
    answer = await client.http.post("/write", data={"platform": "x", **form})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert (await client.admin("GET", "/posts"))["posts"] == []
