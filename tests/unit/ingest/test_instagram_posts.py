from typing import Any

import pytest

from services.ingest.connectors.connector import Attachment, Author
from services.ingest.connectors.graph.items import readable
from services.ingest.connectors.instagram.posts import Official, listed, read_comment, read_medium

OFFICIAL = Official("100", "larkhollow")
MEDIUM = {"id": "7", "timestamp": "2026-03-03T10:00:00+0000", "username": "larkhollow", "caption": "Sports day"}
COMMENT = {"id": "8", "timestamp": "2026-03-03T11:00:00+0000", "username": "a_parent", "text": "Nice"}
PICTURE = {"id": "71", "media_type": "IMAGE", "media_url": "https://media.example/71"}
FILM = {"id": "72", "media_type": "VIDEO", "media_url": "https://media.example/72.mp4"}
STILL = {"thumbnail_url": "https://media.example/72.jpg"}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            {"media_type": "IMAGE", "media_url": "https://m.example/7"},
            [Attachment("7", "photo", "https://m.example/7")],
        ),
        ({"media_type": "IMAGE"}, [Attachment("7", "photo")]),
        ({"media_type": "VIDEO", "media_url": "https://m.example/7.mp4"}, [Attachment("7", "video")]),
        (
            {"media_type": "CAROUSEL_ALBUM", "media_url": PICTURE["media_url"], "children": {"data": [PICTURE, FILM]}},
            [Attachment("71", "photo", PICTURE["media_url"]), Attachment("72", "video")],
        ),
        (
            {"media_type": "CAROUSEL_ALBUM", "children": {"data": [FILM | STILL]}},
            [Attachment("72", "video"), Attachment("72-preview", "photo", STILL["thumbnail_url"])],
        ),
    ],
)
def test_pictures_have_their_addresses_and_films_their_stills(
    shown: dict[str, Any], expected: list[Attachment]
) -> None:
    assert list(read_medium({**MEDIUM, **shown}, OFFICIAL, kind="post").attachments) == expected


def test_a_medium_without_words_is_one() -> None:
    medium = read_medium({"id": "7", "timestamp": MEDIUM["timestamp"], "username": "larkhollow"}, OFFICIAL, kind="post")
    assert (medium.text, medium.visibility, medium.author) == ("", "public", Author("100", "larkhollow"))


@pytest.mark.parametrize(
    ("told", "author"),
    [
        ({"username": "LarkHollow"}, Author("100", "LarkHollow")),
        ({"from": {"id": "100", "username": "renamed"}}, Author("100", "renamed")),
        ({"from": {"id": "555", "username": "larkhollow"}}, Author("100", "larkhollow")),
        ({"from": {"id": "555", "username": "larkhollow_fan"}}, Author("555", "larkhollow_fan")),
        ({"username": "larkhollow_"}, Author(None, "larkhollow_")),
        ({"username": None}, Author()),
        ({}, Author()),
    ],
)
def test_the_account_is_known_by_its_id_or_its_username(told: dict[str, Any], author: Author) -> None:
    comment = {name: COMMENT[name] for name in ("id", "timestamp", "text")} | {"media": {"id": "7"}}
    assert read_comment({**comment, **told}, OFFICIAL).author == author


@pytest.mark.parametrize(("hidden", "visibility"), [(True, "hidden"), (False, "public"), (None, "unknown")])
def test_visibility_is_what_instagram_says(hidden: bool | None, visibility: str) -> None:  # noqa: FBT001  # a table's column
    assert read_comment({**COMMENT, "hidden": hidden}, OFFICIAL, listed(MEDIUM)).visibility == visibility


def test_what_a_comment_stands_below_is_told_by_its_medium_or_by_itself() -> None:
    below = read_comment(COMMENT, OFFICIAL, listed(MEDIUM))
    alone = read_comment({**COMMENT, "media": {"id": "7"}}, OFFICIAL)
    reply = read_comment({**COMMENT, "media": {"id": "7"}, "parent_id": "9"}, OFFICIAL)
    assert [(each.kind, each.parent_id, each.root_id) for each in (below, alone, reply)] == [
        ("comment", "7", "7"),
        ("comment", "7", "7"),
        ("reply", "9", "7"),
    ]
    assert (below.parent_text, alone.parent_text) == ("Sports day", None)


def test_broken_items_are_left_out() -> None:
    broken = [
        {"id": "not an id", "timestamp": COMMENT["timestamp"]},
        {"timestamp": COMMENT["timestamp"]},
        {"id": "9", "timestamp": "2026-03-03T11:00:00"},
        {"id": "9", "timestamp": "yesterday"},
    ]
    medium = listed(MEDIUM)
    found = readable("instagram", [*broken, COMMENT], lambda item: read_comment(item, OFFICIAL, medium))
    assert [each.object_id for each in found] == ["8"]


@pytest.mark.parametrize("changed", [{"timestamp": None}, {"id": "x"}, {"comments_count": "many"}])
def test_a_medium_without_an_id_or_a_time_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        listed({**MEDIUM, **changed})
