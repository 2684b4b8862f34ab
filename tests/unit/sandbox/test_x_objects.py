import pytest
import tweepy

from services.sandbox.store import SNOWFLAKE_EPOCH_MS
from tests.unit.sandbox.conftest import Client

EVERY_FIELD = "edit_controls,entities,note_tweet,attachments,author_id,conversation_id,created_at,referenced_tweets"


async def test_only_default_fields_unless_asked(client: Client) -> None:
    post = await client.post()
    body = (await client.x(f"/tweets/{post['id']}")).json()
    assert body == {"data": {"id": post["id"], "text": "News", "edit_history_tweet_ids": [post["id"]]}}
    asked = (await client.x(f"/tweets/{post['id']}", tweet__fields="author_id,lang")).json()["data"]
    assert set(asked) == {"id", "text", "edit_history_tweet_ids", "author_id", "lang"}


async def test_ids_are_snowflakes_of_the_time_of_posting(client: Client) -> None:
    post = await client.post()
    data = (await client.x(f"/tweets/{post['id']}", tweet__fields="created_at")).json()["data"]
    shown = int(data["created_at"][-4:-1])
    assert ((int(post["id"]) >> 22) + SNOWFLAKE_EPOCH_MS) % 1000 == shown


async def test_an_edit_is_a_new_id_in_the_same_chain(client: Client) -> None:
    post = await client.post("Frist")
    edited = await client.admin("PATCH", f"/posts/x/{post['id']}", text="First")
    first, second = edited["version_ids"]
    body = (await client.x("/tweets", ids=f"{first},{second}", tweet__fields="edit_controls")).json()
    assert [(item["id"], item["text"]) for item in body["data"]] == [(first, "Frist"), (second, "First")]
    assert {tuple(item["edit_history_tweet_ids"]) for item in body["data"]} == {(first, second)}
    assert body["data"][1]["edit_controls"]["edits_remaining"] == 4
    timeline = (await client.x(f"/users/{client.account}/tweets", since_id=first)).json()
    assert [item["id"] for item in timeline["data"]] == [second]


async def test_deleting_takes_every_version_and_leaves_the_replies(client: Client) -> None:
    post = await client.post()
    comment = await client.post("Why?", author="petra_runs", parent_id=post["id"])
    await client.admin("PATCH", f"/posts/x/{post['id']}", text="Other news")
    gone = (await client.admin("DELETE", f"/posts/x/{post['id']}"))["version_ids"]
    answer = await client.x("/tweets", ids=",".join([*gone, comment["id"]]), expansions="referenced_tweets.id")
    assert answer.status_code == 200
    assert [item["id"] for item in answer.json()["data"]] == [comment["id"]]
    errors = answer.json()["errors"]
    assert [(error["parameter"], error["resource_id"]) for error in errors] == [
        ("referenced_tweets.id", post["id"]),
        *(("ids", version) for version in gone),
    ]
    assert {error["title"] for error in errors} == {"Not Found Error"}


@pytest.mark.parametrize("path", ["/users/by/username/nobody_here", "/users/1", "/users/1/tweets", "/tweets/1"])
async def test_what_does_not_exist_is_an_error_under_200(client: Client, path: str) -> None:
    answer = await client.x(path)
    assert answer.status_code == 200
    assert "data" not in answer.json()
    assert answer.json()["errors"][0]["title"] == "Not Found Error"


async def test_pictures_come_by_expansion_and_can_be_fetched(client: Client) -> None:
    post = await client.post("Look", pictures=["garden-1"])
    query = {"expansions": "attachments.media_keys", "media__fields": "url,width"}
    body = (await client.x(f"/tweets/{post['id']}", **query)).json()
    (media,) = body["includes"]["media"]
    assert body["data"]["attachments"] == {"media_keys": [media["media_key"]]}
    picture = await client.http.get(media["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert media["width"] == 1280
    await client.admin("DELETE", f"/posts/x/{post['id']}")
    assert (await client.http.get(media["url"])).status_code == 404


async def test_expired_addresses_are_refused(client: Client) -> None:
    post = await client.post("Look", platform="instagram", pictures=["garden-1"])
    now = client.sandbox.store.clock.now().timestamp()
    address = f"/media/{post['media_keys'][0]}.jpg"
    assert (await client.http.get(address, params={"expires": int(now) + 60})).status_code == 200
    await client.admin("POST", "/clock", advance_s=120)
    assert (await client.http.get(address, params={"expires": int(now) + 60})).status_code == 403
    assert (await client.http.get(address, params={"expires": "soon"})).status_code == 403


async def test_authors_and_answered_posts_come_by_expansion(client: Client) -> None:
    post = await client.post()
    comment = await client.post("Why?", author="petra_runs", author_name="Petra", parent_id=post["id"])
    body = (await client.x(f"/tweets/{comment['id']}", expansions="author_id,referenced_tweets.id")).json()
    assert [user["username"] for user in body["includes"]["users"]] == ["petra_runs"]
    assert [item["id"] for item in body["includes"]["tweets"]] == [post["id"]]


async def test_texts_are_escaped_shortened_and_addressed(client: Client) -> None:
    post = await client.post()
    text = "😀 Tom & Jo <3 https://win.example/a?b=1 #fun"
    comment = await client.post(text, author="petra_runs", parent_id=post["id"])
    data = (await client.x(f"/tweets/{comment['id']}", tweet__fields="entities")).json()["data"]
    (link,) = data["entities"]["urls"]
    assert data["text"] == f"@LarkhollowPri 😀 Tom &amp; Jo &lt;3 {link['url']} #fun"
    assert link["expanded_url"] == "https://win.example/a?b=1"
    for kind, name, mark in (("urls", "url", ""), ("mentions", "username", "@"), ("hashtags", "tag", "#")):
        (entity,) = data["entities"][kind]
        assert data["text"][entity["start"] : entity["end"]] == mark + entity[name]


@pytest.mark.parametrize(("length", "long"), [(280, False), (281, True), (1500, True)])
async def test_long_posts_are_cut_and_whole_in_the_note(client: Client, length: int, *, long: bool) -> None:
    text = ("word " * 400)[:length]
    post = await client.post(text)
    data = (await client.x(f"/tweets/{post['id']}", tweet__fields=EVERY_FIELD)).json()["data"]
    assert ("note_tweet" in data, len(data["text"]) <= 280) == (long, True)
    assert data.get("note_tweet", data)["text"] == text


async def test_the_new_spelling_renames_parameters_values_and_answers(client: Client) -> None:
    post = await client.post()
    comment = await client.post("x" * 300, author="petra_runs", parent_id=post["id"])
    await client.admin("POST", "/x", spelling="post")
    query = {"post__fields": "note_post", "expansions": "referenced_posts.id"}
    body = (await client.x(f"/tweets/{comment['id']}", **query)).json()
    assert set(body["data"]) == {"id", "text", "edit_history_post_ids", "note_post", "referenced_posts"}
    assert [item["id"] for item in body["includes"]["posts"]] == [post["id"]]
    assert (await client.x(f"/tweets/{comment['id']}", tweet__fields="note_tweet")).status_code == 400


@pytest.mark.filterwarnings("error")
async def test_tweepy_reads_the_objects(client: Client) -> None:
    post = await client.post("x" * 300, pictures=["garden-1"])
    comment = await client.post("Why?", author="petra_runs", parent_id=post["id"])
    query = {"expansions": "attachments.media_keys,author_id", "media__fields": "url,width,height"}
    body = (await client.x("/tweets", ids=f"{post['id']},{comment['id']}", tweet__fields=EVERY_FIELD, **query)).json()
    first, second = (tweepy.Tweet(item) for item in body["data"])
    assert (first.id, first.note_tweet["text"], first.conversation_id) == (int(post["id"]), "x" * 300, int(post["id"]))
    assert second.referenced_tweets[0].id == first.id
    assert first.created_at <= second.created_at < first.edit_controls["editable_until"]
    assert tweepy.Media(body["includes"]["media"][0]).url.startswith("http://sandbox.example/media/")
    assert [tweepy.User(user).username for user in body["includes"]["users"]] == ["LarkhollowPri", "petra_runs"]
