from typing import Any

import pytest

from tests.unit.sandbox.conftest import Client


async def _all_pages(client: Client, path: str, **query: Any) -> list[str]:
    found: list[str] = []
    page: dict[str, Any] = {}
    while True:
        body = (await client.x(path, **query, **page)).json()
        found += [item["id"] for item in body.get("data", [])]
        if "next_token" not in body["meta"]:
            return found
        page = {"pagination_token": body["meta"]["next_token"]}


async def test_pages_give_every_post_once_newest_first(client: Client) -> None:
    ids = [(await client.post(f"News {number}"))["id"] for number in range(23)]
    assert await _all_pages(client, f"/users/{client.account}/tweets", max_results=5) == ids[::-1]


async def test_a_post_made_between_two_pages_moves_nothing(client: Client) -> None:
    ids = [(await client.post(f"News {number}"))["id"] for number in range(7)]
    first = (await client.x(f"/users/{client.account}/tweets", max_results=5)).json()
    await client.post("Just now")
    second = await client.x(f"/users/{client.account}/tweets", pagination_token=first["meta"]["next_token"])
    assert [item["id"] for item in second.json()["data"]] == ids[1::-1]


async def test_since_and_until_are_exclusive(client: Client) -> None:
    ids = [(await client.post(f"News {number}"))["id"] for number in range(5)]
    body = (await client.x(f"/users/{client.account}/tweets", since_id=ids[0], until_id=ids[4])).json()
    assert [item["id"] for item in body["data"]] == ids[3:0:-1]
    assert body["meta"] == {"newest_id": ids[3], "oldest_id": ids[1], "result_count": 3}


async def test_nothing_new_is_a_page_without_data(client: Client) -> None:
    newest = (await client.post())["id"]
    answer = await client.x(f"/users/{client.account}/tweets", since_id=newest)
    assert (answer.status_code, answer.json()) == (200, {"meta": {"result_count": 0}})


async def test_replies_are_in_mentions_and_can_be_left_out_of_the_timeline(client: Client) -> None:
    post = await client.post()
    comment = await client.post("Lovely", author="petra_runs", parent_id=post["id"])
    reply = await client.post("Thank you!", parent_id=comment["id"])
    mention = await client.post("Is anybody in the office?", author="petra_runs")
    own = f"/users/{client.account}/tweets"
    assert await _all_pages(client, own) == [reply["id"], post["id"]]
    assert await _all_pages(client, own, exclude="replies") == [post["id"]]
    assert await _all_pages(client, f"/users/{client.account}/mentions") == [mention["id"], comment["id"]]


async def test_quotes_are_listed_and_refer_to_the_quoted_post(client: Client) -> None:
    post = await client.post()
    quote = await client.post("Look at this", author="petra_runs", parent_id=post["id"], kind="quote")
    body = (
        await client.x(f"/tweets/{post['id']}/quote_tweets", tweet__fields="referenced_tweets,conversation_id")
    ).json()
    assert [(item["id"], item["conversation_id"]) for item in body["data"]] == [(quote["id"], quote["id"])]
    assert body["data"][0]["referenced_tweets"] == [{"type": "quoted", "id": post["id"]}]


async def test_a_late_post_appears_with_an_older_id(client: Client) -> None:
    late = await client.post("Slow", visible_after_s=600)
    prompt = await client.post("Quick")
    assert await _all_pages(client, f"/users/{client.account}/tweets") == [prompt["id"]]
    await client.admin("POST", "/clock", advance_s=601)
    assert await _all_pages(client, f"/users/{client.account}/tweets") == [prompt["id"], late["id"]]


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("/users/{account}/tweets", {"max_results": 4}, "value [4] is not between 5 and 100"),
        ("/users/{account}/tweets", {"max_results": 101}, "value [101] is not between 5 and 100"),
        ("/users/{account}/mentions", {"max_results": "ten"}, "value [ten] is not between 5 and 100"),
        ("/users/{account}/mentions", {"since_id": "abc"}, "does not match"),
        ("/users/{account}/mentions", {"pagination_token": "!"}, "is not valid"),
        ("/users/{account}/tweets", {"page": "2"}, "The query parameter [page] is not one of"),
        ("/users/{account}/tweets", {"post.fields": "lang"}, "The query parameter [post.fields] is not one of"),
        ("/tweets/search/recent", {"query": "x", "max_results": 9}, "is not between 10 and 100"),
        ("/tweets", {"ids": ",".join(["1"] * 101)}, "list [101] is not between 1 and 100"),
        ("/tweets", {}, "list [0] is not between 1 and 100"),
    ],
)
async def test_wrong_parameters_are_refused_as_on_x(
    client: Client, path: str, query: dict[str, Any], message: str
) -> None:
    answer = await client.x(path.format(account=client.account), **query)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert message in answer.json()["errors"][0]["message"]


async def test_the_token_must_be_right(client: Client) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}):
        answer = await client.http.get(f"/2/users/{client.account}", headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")


async def test_requests_count_down_to_429(client: Client) -> None:
    left = [(await client.x("/usage/tweets")).headers["x-rate-limit-remaining"] for _ in range(50)]
    assert (left[0], left[-1]) == ("49", "0")
    assert (await client.x("/usage/tweets")).status_code == 429


async def test_reading_is_counted_in_posts(client: Client) -> None:
    for _ in range(3):
        await client.post()
    await client.x(f"/users/{client.account}/tweets")
    assert (await client.x("/usage/tweets")).json()["data"]["project_usage"] == "3"
