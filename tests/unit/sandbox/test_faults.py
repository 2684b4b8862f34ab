import json
import time

import httpx
import pytest

from services.sandbox.posts import Platform
from tests.unit.sandbox.conftest import Client


@pytest.mark.parametrize(
    ("kind", "status", "title", "headers"),
    [
        ("rate_limited", 429, "Too Many Requests", {"x-rate-limit-remaining": "0"}),
        ("usage_capped", 429, "UsageCapExceeded", {"x-rate-limit-remaining": "39999"}),
        ("payment_required", 402, "CreditsDepleted", {}),
        ("unauthorized", 401, "Unauthorized", {}),
        ("forbidden", 403, "Forbidden", {}),
    ],
)
async def test_refusals_look_like_x(
    client: Client, kind: str, status: int, title: str, headers: dict[str, str]
) -> None:
    await client.admin("POST", "/faults", kind=kind)
    answer = await client.x("/usage/tweets")
    assert (answer.status_code, answer.json()["title"]) == (status, title)
    assert headers.items() <= dict(answer.headers).items()
    assert ("x-rate-limit-reset" in answer.headers) == (kind == "rate_limited")
    assert (await client.x("/usage/tweets")).status_code == 200


async def test_a_rate_limit_says_when_it_ends(client: Client) -> None:
    begun = int(time.time())
    await client.admin("POST", "/faults", kind="rate_limited", reset_s=90)
    answer = await client.x("/usage/tweets")
    assert begun + 90 <= int(answer.headers["x-rate-limit-reset"]) <= int(time.time()) + 90


async def test_a_server_error_is_a_html_page(client: Client) -> None:
    await client.admin("POST", "/faults", kind="server_error", status=502)
    answer = await client.x("/usage/tweets")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


async def test_any_answer_can_be_given(client: Client) -> None:
    error = {"error": {"code": 190, "error_subcode": 463}}
    fault = {"status": 400, "headers": {"x-app-usage": '{"call_count": 95}'}, "body": error}
    await client.admin("POST", "/faults", kind="answer", path="/v*/me/accounts", **fault)
    answer = await client.http.get("/v24.0/me/accounts")
    assert (answer.status_code, answer.json(), answer.headers["x-app-usage"]) == (400, error, '{"call_count": 95}')


async def test_faults_choose_their_requests_by_path_and_count(client: Client) -> None:
    await client.admin("POST", "/faults", kind="forbidden", path="/2/users/*/mentions", after=1, times=2)
    mentions = f"/users/{client.account}/mentions"
    assert [(await client.x(mentions)).status_code for _ in range(4)] == [200, 403, 403, 200]
    await client.admin("POST", "/faults", kind="forbidden", path="/2/users/*/mentions")
    assert (await client.x(f"/users/{client.account}/tweets")).status_code == 200
    await client.admin("DELETE", "/faults")
    assert (await client.x(mentions)).status_code == 200


async def test_a_truncated_answer_is_no_json(client: Client) -> None:
    await client.post()
    await client.admin("POST", "/faults", kind="truncated_json")
    answer = await client.x(f"/users/{client.account}/tweets")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_duplicate_page_repeats_the_one_before_and_goes_on(client: Client) -> None:
    ids = [(await client.post(f"News {number}"))["id"] for number in range(15)][::-1]
    timeline = f"/users/{client.account}/tweets"
    await client.admin("POST", "/faults", kind="duplicate_page", after=1)
    seen: list[list[str]] = []
    page: dict[str, str] = {}
    while True:
        body = (await client.x(timeline, max_results=5, **page)).json()
        seen.append([item["id"] for item in body["data"]])
        if "next_token" not in body["meta"]:
            break
        page = {"pagination_token": body["meta"]["next_token"]}
    assert seen == [ids[:5], ids[:5], ids[10:]]


async def test_a_looping_page_is_its_own_next_page(client: Client) -> None:
    await client.post()
    timeline = f"/users/{client.account}/tweets"
    await client.admin("POST", "/faults", kind="looping_page", times=4)
    first = (await client.x(timeline)).json()
    loops = [(await client.x(timeline, pagination_token=first["meta"]["next_token"])).json() for _ in range(3)]
    assert loops == [first] * 3


@pytest.mark.parametrize("platform", ["x", "instagram"])
async def test_a_last_page_hides_that_more_follow(client: Client, platform: Platform) -> None:
    ids = [(await client.post(f"News {number}", platform=platform))["id"] for number in range(7)][::-1]
    account = client.sandbox.store.accounts[platform].id
    for hidden in (True, False):
        if hidden:
            await client.admin("POST", "/faults", kind="last_page", path="/*")
        if platform == "x":
            page = (await client.x(f"/users/{account}/tweets", max_results=5)).json()
        else:
            page = (await client.graph(f"/{account}/media", limit=5)).json()
        assert [item["id"] for item in page["data"]] == ids[:5]
        assert ("next_token" in page.get("meta", {}) or "next" in page.get("paging", {})) is not hidden


async def test_an_empty_page_loses_nothing_for_who_goes_on(client: Client) -> None:
    ids = [(await client.post(f"News {number}"))["id"] for number in range(7)][::-1]
    timeline = f"/users/{client.account}/tweets"
    await client.admin("POST", "/faults", kind="empty_page", times=2)
    pages = []
    query: dict[str, str] = {}
    while True:
        body = (await client.x(timeline, max_results=5, **query)).json()
        pages.append([item["id"] for item in body.get("data", [])])
        if "next_token" not in body["meta"]:
            break
        query = {"pagination_token": body["meta"]["next_token"]}
    assert pages == [[], [], ids[:5], ids[5:]]


async def test_a_hanging_request_ends_when_the_client_gives_up(loopback: Client) -> None:
    await loopback.admin("POST", "/faults", kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        await loopback.http.get("/2/usage/tweets", timeout=0.2)
    assert (await loopback.x("/usage/tweets")).status_code == 200


async def test_a_reset_connection_is_broken_without_an_answer(loopback: Client) -> None:
    await loopback.admin("POST", "/faults", kind="connection_reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await loopback.x("/usage/tweets")
    assert (await loopback.x("/usage/tweets")).status_code == 200


async def test_the_admin_api_never_fails_on_purpose(client: Client) -> None:
    await client.admin("POST", "/faults", kind="server_error", path="*")
    assert len((await client.admin("GET", "/faults"))["faults"]) == 1
