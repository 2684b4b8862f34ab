from typing import Any

import pytest

from tests.unit.sandbox.conftest import TOKEN, Client

PLATFORMS = ("x", "facebook", "instagram")


async def opened(client: Client, platform: str, handle: str = "wenbury_primary") -> dict[str, Any]:
    return await client.admin("POST", "/accounts", platform=platform, handle=handle, name="Wenbury Primary")


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_further_account_is_listed_and_survives_a_reset(client: Client, platform: str) -> None:
    before = await client.admin("GET", "/accounts")
    further = await opened(client, platform)
    assert int(further["id"]) > max(int(account["id"]) for account in before["all"])
    await client.admin("POST", "/reset")
    after = await client.admin("GET", "/accounts")
    assert after["accounts"] == before["accounts"]
    assert [account for account in after["all"] if account not in before["all"]] == [further]
    tokens = [account["token"] for account in after["all"]]
    assert (tokens.count(TOKEN), tokens.count(further["token"])) == (3, 1)


async def test_a_handle_is_taken_once_on_a_platform(client: Client) -> None:
    await opened(client, "x")
    await opened(client, "facebook")
    body = {"platform": "x", "handle": "Wenbury_Primary", "name": "Another"}
    answer = await client.http.post("/admin/accounts", json=body)
    assert (answer.status_code, answer.json()["error"].split(":")[0]) == (
        400,
        "the handle Wenbury_Primary is taken on x",
    )


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/posts", {"text": "x", "account": "nobody_here"}, "no official x account has the handle or id nobody_here"),
        ("/accounts", {"platform": "x", "handle": "two words", "name": "N"}, "handle: String should match"),
        ("/accounts/x/nobody_here/token", {"revoked": True}, "no official x account has the handle or id nobody_here"),
        ("/accounts/myspace/larkhollowpri/token", {"revoked": True}, "no platform 'myspace'"),
        ("/users/x/nobody_here", {"standing": "protected"}, "no x user has the handle or id nobody_here"),
        ("/users/facebook/larkhollowpri", {"standing": "protected"}, "only users of x can be"),
    ],
)
async def test_what_there_is_not_is_named(client: Client, path: str, body: dict[str, Any], message: str) -> None:
    answer = await client.http.post(f"/admin{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(message)


@pytest.mark.parametrize("named_by", ["handle", "id"])
async def test_posts_threads_and_mentions_belong_to_their_account_on_x(client: Client, named_by: str) -> None:
    school = await opened(client, "x")
    await client.post("our own news")
    own = await client.post("their news", account=school[named_by])
    answer = await client.post("Nice", author="petra_runs", parent_id=own["id"])
    thanks = await client.post("Thank you", parent_id=answer["id"])
    mention = await client.post("Which gate?", author="petra_runs", account=school[named_by])
    assert {each["account"] for each in (own, answer, thanks, mention)} == {"wenbury_primary"}
    assert (thanks["author"], mention["kind"]) == ("wenbury_primary", "mention")
    listed = [(await client.x(f"/users/{school['id']}/{edge}")).json()["data"] for edge in ("tweets", "mentions")]
    assert [[item["id"] for item in page] for page in listed] == [
        [thanks["id"], own["id"]],
        [mention["id"], answer["id"]],
    ]
    assert [item["text"] for item in (await client.x(f"/users/{client.account}/tweets")).json()["data"]] == [
        "our own news"
    ]


async def test_a_pages_token_reads_its_own_page_and_no_other(client: Client) -> None:
    school = await opened(client, "facebook")
    token = {"access_token": school["token"]}
    ours = await client.on_page("ours")
    theirs = await client.on_page("theirs", account=school["id"])
    visitor = await client.on_page("hello", account=school["id"], author="a_parent")
    assert theirs["id"].startswith(f"{school['id']}_")
    assert (await client.graph("/me", **token)).json()["id"] == school["id"]
    assert (await client.graph("/me")).json()["id"] == client.page
    feed = (await client.graph(f"/{school['id']}/feed", **token)).json()["data"]
    assert {item["id"] for item in feed} == {theirs["id"], visitor["id"]}
    for other in (ours["id"], client.page, f"{client.page}/feed"):
        assert (await client.graph(f"/{other}", **token)).json()["error"]["error_subcode"] == 33
    managed = (await client.graph("/me/accounts", access_token=f"{TOKEN}.user")).json()["data"]
    assert {page["id"]: page["access_token"] for page in managed} == {client.page: TOKEN, school["id"]: school["token"]}


async def test_an_official_account_is_a_visitor_elsewhere(client: Client) -> None:
    await opened(client, "facebook")
    assert (await client.on_page("hello", author="wenbury_primary"))["kind"] == "visitor_post"


@pytest.mark.parametrize("which", ["first", "further"])
async def test_a_revoked_token_is_refused_until_it_is_given_back(client: Client, which: str) -> None:
    for platform in PLATFORMS:
        handle = "LarkhollowPri" if which == "first" else (await opened(client, platform))["handle"]
        accounts = (await client.admin("GET", "/accounts"))["all"]
        (account,) = [each for each in accounts if (each["platform"], each["handle"]) == (platform, handle)]
        path = f"/2/users/{account['id']}" if platform == "x" else f"/v24.0/{account['id']}"
        for revoked in (True, False):
            shown = await client.admin("POST", f"/accounts/{platform}/{handle}/token", revoked=revoked)
            assert shown == account | {"revoked": revoked}
            answer = await client.http.get(path, headers={"authorization": f"Bearer {account['token']}"})
            refused = (401, None) if platform == "x" else (400, 190)
            assert (answer.status_code, answer.json().get("error", {}).get("code")) == (
                refused if revoked else (200, None)
            )


async def test_one_revoked_token_leaves_the_others_alone_and_a_reset_gives_it_back(client: Client) -> None:
    school = await opened(client, "facebook")
    await client.admin("POST", f"/accounts/facebook/{school['id']}/token", revoked=True)
    described = (await client.graph("/debug_token", input_token=school["token"])).json()["data"]
    assert (described["is_valid"], described["error"]["code"]) == (False, 190)
    assert (await client.graph("/me")).status_code == 200
    assert (await client.x(f"/users/{client.account}")).status_code == 200
    await client.admin("POST", "/reset")
    assert (await client.graph("/me", access_token=school["token"])).status_code == 200


async def test_withheld_posts_are_told_apart_from_deleted_ones(client: Client) -> None:
    kept, deleted = [(await client.post(text, author="petra_runs"))["id"] for text in ("kept", "deleted")]
    await client.admin("DELETE", f"/posts/x/{deleted}")
    for standing in ("protected", "suspended"):
        await client.admin("POST", "/users/x/petra_runs", standing=standing)
        body = (await client.x("/tweets", ids=f"{kept},{deleted}")).json()
        kinds = {error["value"]: error["type"].rsplit("/", 1)[1] for error in body["errors"]}
        assert kinds == {kept: "not-authorized-for-resource", deleted: "resource-not-found"}
        assert "data" not in body
        assert "data" not in (await client.x(f"/users/{client.account}/mentions")).json()
    await client.admin("POST", "/users/x/petra_runs", standing="public")
    assert (await client.x(f"/tweets/{kept}")).json()["data"]["id"] == kept


@pytest.mark.parametrize(("standing", "user_shown"), [("protected", True), ("suspended", False)])
async def test_a_protected_account_is_there_but_not_its_posts(
    client: Client, standing: str, *, user_shown: bool
) -> None:
    await client.post("news")
    await client.admin("POST", "/users/x/LarkhollowPri", standing=standing)
    user = (await client.x(f"/users/{client.account}", user__fields="protected")).json()
    assert user.get("data", {}).get("protected", False) is user_shown
    by_name = (await client.x("/users/by/username/LarkhollowPri")).json()
    assert [error["title"] for error in by_name.get("errors", [])] == ([] if user_shown else ["Forbidden"])
    timeline = (await client.x(f"/users/{client.account}/tweets")).json()
    assert timeline["errors"][0]["title"] == "Authorization Error"
