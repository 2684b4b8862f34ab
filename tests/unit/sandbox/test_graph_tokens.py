import hashlib
import hmac
import json
from typing import Any

import pytest

from services.sandbox.graph_api.errors import GraphProblem
from services.sandbox.graph_api.usage import Usage
from tests.unit.sandbox.conftest import TOKEN, Client

MANAGERS = f"{TOKEN}.user"
APP_SECRET = "sandbox-app-secret"
APP = f"1000000000000001|{APP_SECRET}"


async def test_a_token_comes_in_the_query_or_as_bearer_under_any_version(client: Client) -> None:
    for version in ("v19.0", "v24.0", "v26.0"):
        by_query = await client.http.get(f"/{version}/me", params={"access_token": TOKEN})
        by_header = await client.http.get(f"/{version}/me", headers={"authorization": f"Bearer {TOKEN}"})
        assert by_query.json()["id"] == by_header.json()["id"] == client.page
    assert (await client.http.get("/v24.0/me")).json()["error"]["code"] == 190


async def test_the_managers_token_leads_to_the_pages_token(client: Client) -> None:
    (page,) = (await client.graph("/me/accounts", access_token=MANAGERS)).json()["data"]
    assert (page["id"], page["access_token"]) == (client.page, TOKEN)
    assert (await client.graph("/me", access_token=MANAGERS)).json()["id"] != client.page
    assert (await client.graph("/me/accounts")).json()["error"]["code"] == 100


async def test_tokens_are_exchanged(client: Client) -> None:
    long_lived = (await client.graph("/oauth/access_token", grant_type="fb_exchange_token")).json()
    of_app = (await client.graph("/oauth/access_token", grant_type="client_credentials")).json()
    assert (long_lived["access_token"], of_app["access_token"]) == (MANAGERS, APP)
    assert (await client.graph("/oauth/access_token", grant_type="gift")).status_code == 400


@pytest.mark.parametrize(("token", "kind"), [(TOKEN, "PAGE"), (MANAGERS, "USER"), (APP, "APP"), ("nonsense", None)])
async def test_a_token_is_described(client: Client, token: str, kind: str | None) -> None:
    described = (await client.graph("/debug_token", input_token=token, access_token=APP)).json()["data"]
    assert (described["is_valid"], described.get("type")) == (kind is not None, kind)
    assert described.get("profile_id") == (client.page if kind == "PAGE" else None)


async def test_a_proof_has_to_be_right(client: Client) -> None:
    proof = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert (await client.graph("/me", appsecret_proof=proof)).status_code == 200
    assert (await client.graph("/me", appsecret_proof=proof[:-1] + "x")).json()["error"]["code"] == 100


async def test_every_answer_says_how_much_of_the_allowance_is_used(client: Client) -> None:
    of_page = json.loads((await client.graph("/me")).headers["x-business-use-case-usage"])
    assert of_page[client.page][0]["estimated_time_to_regain_access"] == 0
    of_app = json.loads((await client.graph("/me", access_token=MANAGERS)).headers["x-app-usage"])
    assert of_app.keys() == {"call_count", "total_cputime", "total_time"}


@pytest.mark.parametrize(
    ("fault", "status", "code", "subcode"),
    [
        ({"kind": "unauthorized"}, 400, 190, 463),
        *(({"kind": "graph_error", "code": 190, "subcode": each}, 400, 190, each) for each in (458, 459, 460, 492)),
        ({"kind": "graph_error", "code": 10}, 403, 10, None),
        ({"kind": "forbidden"}, 403, 200, None),
        ({"kind": "graph_error", "code": 100, "subcode": 33}, 400, 100, 33),
        ({"kind": "graph_error", "code": 1}, 500, 1, None),
    ],
)
async def test_refusals_look_like_facebook(
    client: Client, fault: dict[str, Any], status: int, code: int, subcode: int | None
) -> None:
    await client.admin("POST", "/faults", path="/v*/me", **fault)
    answer = await client.graph("/me")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (status, code, subcode)
    assert (await client.graph("/me")).status_code == 200


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001])
async def test_a_limit_says_in_minutes_when_it_ends(client: Client, code: int) -> None:
    await client.admin("POST", "/faults", kind="graph_error", code=code, path="/v*/me", reset_s=90)
    answer = await client.graph("/me")
    ((entry,),) = json.loads(answer.headers["x-business-use-case-usage"]).values()
    assert (answer.json()["error"]["code"], entry["estimated_time_to_regain_access"]) == (code, 2)


async def test_an_answer_may_call_itself_javascript(client: Client) -> None:
    await client.admin("POST", "/faults", kind="text_javascript", path="/v*/me")
    answer = await client.graph("/me")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.json()["id"] == client.page


def test_an_allowance_grows_with_the_engaged_users_and_ends() -> None:
    usage = Usage(engaged_users=1)
    told = [json.loads(usage.count("7", page_token=False)["x-app-usage"])["call_count"] for _ in range(4_799)]
    assert (told[0], told[2_399], told[-1]) == (0, 50, 99)
    with pytest.raises(GraphProblem):
        usage.count("7", page_token=True)
    usage.reset()
    usage.count("7", page_token=True)
