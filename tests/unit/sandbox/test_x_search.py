import pytest

from services.sandbox.store import snowflake
from tests.unit.sandbox.conftest import Client


async def _story(client: Client) -> dict[str, str]:
    post = (await client.post("Harvest lunch today #harvest"))["id"]
    other = (await client.post("Lost property"))["id"]
    comment = (await client.post("Thank you", author="petra_runs", parent_id=post))["id"]
    nested = (await client.post("Same here", author="GavTheRoofer", parent_id=comment))["id"]
    mention = (await client.post("@LarkhollowPri which gate?", author="wenbury_dad"))["id"]
    quote = (await client.post("Look at the rolls", author="topofthehill_", parent_id=post, kind="quote"))["id"]
    found = {"post": post, "other": other, "comment": comment, "nested": nested, "mention": mention, "quote": quote}
    return {post_id: name for name, post_id in found.items()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("conversation_id:{post}", {"post", "comment", "nested"}),
        ("conversation_id:{post} OR conversation_id:{other}", {"post", "comment", "nested", "other"}),
        ("conversation_id:{post} -is:reply", {"post"}),
        ("to:larkhollowpri", {"comment"}),
        ("to:petra_runs", {"nested"}),
        ("@LarkhollowPri", {"comment", "nested", "mention"}),
        ("to:LarkhollowPri OR @LarkhollowPri is:reply", {"comment", "nested"}),
        ("(to:LarkhollowPri OR @LarkhollowPri) from:wenbury_dad", {"mention"}),
        ("from:LarkhollowPri -is:retweet", {"post", "other"}),
        ("is:quote", {"quote"}),
        ('"lost property"', {"other"}),
        ("#harvest", {"post"}),
        ("from:nobody", set()),
    ],
)
async def test_queries_find_what_they_say(client: Client, query: str, expected: set[str]) -> None:
    names = await _story(client)
    ids = {name: post_id for post_id, name in names.items()}
    body = (await client.x("/tweets/search/recent", query=query.format(**ids))).json()
    assert {names[item["id"]] for item in body.get("data", [])} == expected


@pytest.mark.parametrize("query", ["", "x" * 513, "is:sunny", "(from:a", "from:a OR", "near:me", "from:a )", "-(a)"])
async def test_queries_outside_the_language_are_refused(client: Client, query: str) -> None:
    answer = await client.x("/tweets/search/recent", query=query)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")


async def test_search_looks_back_seven_days(client: Client) -> None:
    await client.post("Old news", created_ago_s=8 * 86_400)
    recent = await client.post("Recent news", created_ago_s=6 * 86_400)
    body = (await client.x("/tweets/search/recent", query="news")).json()
    assert [item["id"] for item in body["data"]] == [recent["id"]]


async def test_a_since_id_older_than_seven_days_is_refused(client: Client) -> None:
    now = client.sandbox.store.clock.now()
    old = snowflake(now) - (8 * 86_400_000 << 22)
    answer = await client.x("/tweets/search/recent", query="news", since_id=str(old))
    assert answer.status_code == 400
    assert "must be a tweet id created after" in answer.json()["errors"][0]["message"]


async def test_the_newest_posts_are_found_late(client: Client) -> None:
    await client.admin("POST", "/x", search_lag_s=30)
    post = await client.post("news")
    assert "data" not in (await client.x("/tweets/search/recent", query="news")).json()
    await client.admin("POST", "/clock", advance_s=31)
    assert (await client.x("/tweets/search/recent", query="news")).json()["data"][0]["id"] == post["id"]


async def test_search_pages_by_next_token(client: Client) -> None:
    ids = [(await client.post(f"news {number}"))["id"] for number in range(15)]
    first = (await client.x("/tweets/search/recent", query="news")).json()
    second = (await client.x("/tweets/search/recent", query="news", next_token=first["meta"]["next_token"])).json()
    assert [item["id"] for item in first["data"] + second["data"]] == ids[::-1]
    assert "next_token" not in second["meta"]
