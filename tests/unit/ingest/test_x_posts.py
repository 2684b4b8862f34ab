from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.connectors.connector import Observation
from services.ingest.connectors.x.posts import (
    absent_posts,
    newest_versions,
    read_posts,
    shown_ids,
    snowflake,
    snowflake_time,
)

OFFICIAL = "1000"
USERS = [
    {"id": OFFICIAL, "username": "larkhollow", "name": "Larkhollow"},
    {"id": "2", "username": "ann", "name": "Ann"},
]


def one(includes: dict[str, Any] | None = None, **post: Any) -> Observation:
    body = {
        "data": [{"id": "50", "author_id": "2", "text": "hello"} | post],
        "includes": {"users": USERS} | (includes or {}),
    }
    (observation,) = read_posts(body, OFFICIAL)
    return observation


@pytest.mark.parametrize(
    ("author", "references", "kind", "parent"),
    [
        (OFFICIAL, [], "post", None),
        (OFFICIAL, ["quoted"], "post", "41"),
        (OFFICIAL, ["replied_to"], "reply", "40"),
        ("2", [], "mention", None),
        ("2", ["quoted"], "quote", "41"),
        ("2", ["replied_to"], "reply", "40"),
        ("2", ["replied_to", "quoted"], "reply", "40"),
    ],
)
@pytest.mark.parametrize("name", ["referenced_tweets", "referenced_posts"])
def test_the_kind_follows_from_author_and_references(
    author: str, references: list[str], kind: str, parent: str | None, name: str
) -> None:
    ids = {"replied_to": "40", "quoted": "41"}
    named: dict[str, Any] = {name: [{"type": each, "id": ids[each]} for each in references]}
    post = one(author_id=author, **named)
    assert (post.kind, post.parent_id) == (kind, parent)


def test_a_retweet_is_no_post_of_its_own() -> None:
    body = {"data": [{"id": "50", "text": "RT", "referenced_tweets": [{"type": "retweeted", "id": "4"}]}]}
    assert read_posts(body, OFFICIAL) == []


@pytest.mark.parametrize("names", [("note_tweet", "edit_history_tweet_ids"), ("note_post", "edit_history_post_ids")])
def test_long_text_and_edits_are_read_in_both_spellings(names: tuple[str, str]) -> None:
    note, history = names
    edited_at = "2026-03-03T10:05:00.000Z"
    named: dict[str, Any] = {note: {"text": "hello, all of it"}, history: ["40", "45", "50"]}
    post = one(created_at=edited_at, **named)
    assert (post.text, post.object_id, post.first_id, post.version) == ("hello, all of it", "50", "40", 2)
    assert post.edited_at == datetime(2026, 3, 3, 10, 5, tzinfo=UTC)
    assert post.published_at == snowflake_time("40")


def test_escaped_characters_are_what_people_wrote_and_marks_stay_in_place() -> None:
    raw = "A &amp; B &lt;3 \N{FAMILY}\N{ZERO WIDTH JOINER} #fun @ann https://t.co/x"
    at = {word: (raw.index(word), raw.index(word) + len(word)) for word in ("#fun", "@ann", "https://t.co/x")}

    def mark(word: str, **more: str) -> dict[str, Any]:
        return {"start": at[word][0], "end": at[word][1], **more}

    post = one(
        text=raw,
        entities={
            "hashtags": [mark("#fun", tag="fun")],
            "mentions": [mark("@ann", username="ann")],
            "urls": [mark("https://t.co/x", url="https://t.co/x", expanded_url="https://larkhollow.example")],
        },
    )
    assert post.text.startswith("A & B <3 ")
    shown = {(tag.kind, tag.value): post.text[tag.start : tag.end] for tag in post.tags}
    assert shown == {
        ("hashtag", "fun"): "#fun",
        ("mention", "ann"): "@ann",
        ("url", "https://larkhollow.example"): "https://larkhollow.example",
    }


def test_the_link_that_stands_for_a_picture_is_no_part_of_the_text() -> None:
    raw = "Our new display \N{ARTIST PALETTE} https://t.co/aaaa see https://t.co/bbbb"
    at = {word: (raw.index(word), raw.index(word) + len(word)) for word in ("https://t.co/aaaa", "https://t.co/bbbb")}
    picture, page = (dict(zip(("start", "end"), at[word], strict=True)) | {"url": word} for word in at)
    picture["expanded_url"] = "https://x.com/school/status/12/photo/1"
    page["expanded_url"] = "https://larkhollow.example/art"
    post = one(text=raw, entities={"urls": [picture, page]})
    assert post.text == "Our new display \N{ARTIST PALETTE}  see https://larkhollow.example/art"
    assert [(tag.value, post.text[tag.start : tag.end]) for tag in post.tags] == [
        ("https://larkhollow.example/art", "https://larkhollow.example/art")
    ]


def test_what_people_wrote_is_not_unescaped_twice() -> None:
    assert one(text="&amp;lt;").text == "&lt;"


def test_pictures_come_with_address_and_description_and_films_with_their_still() -> None:
    media = [
        {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "The field"},
        {"media_key": "7_2", "type": "video", "preview_image_url": "https://pbs.example/2.jpg"},
    ]
    post = one({"media": media}, attachments={"media_keys": ["3_1", "7_2", "3_9"]})
    assert [(each.key, each.kind, each.url, each.alt_text) for each in post.attachments] == [
        ("3_1", "photo", "https://pbs.example/1.jpg", "The field"),
        ("7_2", "video", None, None),
        ("7_2-preview", "photo", "https://pbs.example/2.jpg", None),
        ("3_9", "unknown", None, None),
    ]


def test_an_unknown_author_is_withheld_not_invented() -> None:
    assert one(author_id=None).author.platform_id is None
    stranger = one(author_id="77").author
    assert (stranger.platform_id, stranger.handle) == ("77", None)


def test_the_root_of_a_thread_is_not_its_own_root() -> None:
    assert one(conversation_id="50").root_id is None
    assert one(conversation_id="40").root_id == "40"


def test_the_text_it_answers_is_there_when_x_gives_it() -> None:
    parent = {"tweets": [{"id": "40", "text": "before"}]}
    assert one(parent, referenced_tweets=[{"type": "replied_to", "id": "40"}]).parent_text == "before"


@pytest.mark.parametrize("name", ["edit_history_tweet_ids", "edit_history_post_ids"])
def test_an_answer_to_a_version_of_an_edited_post_is_one_to_the_post(name: str) -> None:
    parent = {"tweets": [{"id": "41", "text": "after", name: ["40", "41"]}]}
    answer = one(parent, referenced_tweets=[{"type": "replied_to", "id": "41"}], conversation_id="41")
    assert (answer.parent_id, answer.root_id, answer.parent_text) == ("40", "40", "after")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"id": None},
        {"id": "../../x", "text": "x"},
        {"id": "5", "created_at": "yesterday"},
        "no object",
        {"id": "5", "entities": 3},
    ],
)
def test_an_unreadable_post_does_not_keep_the_others(broken: Any) -> None:
    body = {"data": [broken, {"id": "51", "text": "fine"}]}
    assert [post.object_id for post in read_posts(body, OFFICIAL)] == ["51"]


@pytest.mark.parametrize("body", [{}, {"data": None}, {"meta": {"result_count": 0}}, {"data": [], "includes": None}])
def test_an_empty_answer_has_no_posts(body: dict[str, Any]) -> None:
    assert read_posts(body, OFFICIAL) == []


def test_what_is_left_out_is_listed_all_the_same() -> None:
    repost = {"id": "52", "text": "RT", "referenced_tweets": [{"type": "retweeted", "id": "4"}]}
    body = {"data": [{"id": "51", "text": "fine"}, repost, {"id": "53", "entities": 3}, "no object", {}]}
    assert shown_ids(body) == {"51", "52", "53"}


def test_an_id_tells_its_time() -> None:
    at = datetime(2026, 3, 3, 10, 0, 0, 123_000, tzinfo=UTC)
    assert snowflake_time(str(snowflake(at))) == at


PROBLEMS = "https://api.twitter.com/2/problems/"


def problem(**changes: str) -> dict[str, str]:
    """What X says beside the data of a post that was deleted."""
    deleted = {"title": "Not Found Error", "resource_type": "tweet", "parameter": "ids", "resource_id": "50"}
    return deleted | {"value": "50", "type": f"{PROBLEMS}resource-not-found"} | changes


@pytest.mark.parametrize(
    ("error", "absent"),
    [
        (problem(), {"50"}),
        (problem(parameter="id", resource_type="post"), {"50"}),
        (problem(title="Authorization Error", type=f"{PROBLEMS}not-authorized-for-resource"), set()),
        (problem(title="Forbidden", resource_type="user", parameter="ids"), set()),
        (problem(title="Forbidden"), set()),
        (problem(parameter="referenced_tweets.id"), set()),
        (problem(resource_type="user", parameter="author_id"), set()),
        (problem(title="Service Unavailable", type="about:blank"), set()),
        ({"message": "something else"}, set()),
    ],
)
def test_only_what_x_did_not_find_is_gone(error: dict[str, str], absent: set[str]) -> None:
    assert absent_posts({"errors": [error]}) == absent


def test_nothing_is_gone_without_being_said_to_be() -> None:
    assert absent_posts({"data": []}) == set()


@pytest.mark.parametrize("name", ["edit_history_tweet_ids", "edit_history_post_ids"])
def test_the_newest_version_of_an_edited_post_is_told(name: str) -> None:
    posts = [{"id": "50", name: ["50"]}, {"id": "60", name: ["60", "61", "62"]}, {"id": "71", name: ["70", "71"]}]
    assert newest_versions({"data": [*posts, {"id": "80"}]}) == {"60": "62"}
