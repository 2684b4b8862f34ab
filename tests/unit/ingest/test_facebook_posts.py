from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.connectors.connector import Attachment, Author, Tag
from services.ingest.connectors.facebook.posts import read_comment, read_post
from services.ingest.connectors.graph.items import readable

PAGE = "100"
POST = {"id": "100_1", "created_time": "2026-03-03T10:00:00+0000", "from": {"id": PAGE, "name": "Larkhollow"}}
COMMENT = {"id": "1_2", "created_time": "2026-03-03T11:00:00+0000", "message": "Nice"}


def photo(key: str, **more: Any) -> dict[str, Any]:
    image = {"src": f"https://media.example/{key}", "width": 9, "height": 9}
    return {"media_type": "photo", "type": "photo", "target": {"id": key}, "media": {"image": image}, **more}


def shown(key: str, words: str | None = None) -> Attachment:
    return Attachment(key, "photo", f"https://media.example/{key}", words)


@pytest.mark.parametrize(
    ("attached", "expected"),
    [
        ([], ()),
        ([photo("7")], (shown("7"),)),
        ([photo("7", description="Year 4 at the pond")], (shown("7", "Year 4 at the pond"),)),
        (
            [photo("70", media_type="album", subattachments={"data": [photo("7"), photo("8", title="Pond")]})],
            (shown("7"), shown("8", "Pond")),
        ),
        (
            [photo("9", media_type="video", type="video_inline")],
            (Attachment("9", "video"), Attachment("9-preview", "photo", "https://media.example/9")),
        ),
        ([{"media_type": "photo", "target": {"id": "7"}}], (Attachment("7", "photo"),)),
        (
            [{"media_type": "link", "title": "News", "media": {"image": {"src": "https://media.example/l"}}}],
            (Attachment("link-0", "photo", "https://media.example/l", "News"),),
        ),
        ([{"media_type": "event", "title": "Fair", "target": {"id": "5"}}], ()),
    ],
)
def test_attachments_of_every_kind(attached: list[dict[str, Any]], expected: tuple[Attachment, ...]) -> None:
    assert read_post({**POST, "attachments": {"data": attached}}, PAGE).attachments == expected


def test_an_attachments_key_stays_when_its_address_changes() -> None:
    first, later = photo("7"), photo("7", media={"image": {"src": "https://media.example/again"}})
    one, other = (read_post({**POST, "attachments": {"data": [each]}}, PAGE).attachments[0] for each in (first, later))
    assert one.key == other.key
    assert one.url != other.url


@pytest.mark.parametrize(
    ("changes", "kind", "author"),
    [
        ({}, "post", PAGE),
        ({"from": {"id": "200", "name": "A. Parent"}}, "visitor_post", "200"),
        ({"from": None}, "visitor_post", None),
        ({"id": "200_1", "from": {"id": "200", "name": "A club"}}, "mention", "200"),
        ({"id": "1001_1", "from": None}, "mention", None),
    ],
)
def test_who_wrote_where_makes_the_kind(changes: dict[str, Any], kind: str, author: str | None) -> None:
    post = read_post({**POST, **changes}, PAGE)
    assert (post.kind, post.author.platform_id) == (kind, author)


def test_the_pages_own_posts_are_its_own_even_where_facebook_does_not_say_so() -> None:
    post = read_post({"id": "100_1"}, PAGE, own=True)
    assert (post.kind, post.author, post.text, post.published_at) == ("post", Author(PAGE), "", None)


@pytest.mark.parametrize(("flag", "visibility"), [(True, "hidden"), (False, "public"), (None, "unknown")])
def test_visibility_is_what_facebook_says(flag: bool | None, visibility: str) -> None:  # noqa: FBT001  # a table's column
    assert read_comment({**COMMENT, "is_hidden": flag}, "100_1").visibility == visibility


def test_a_comment_belongs_to_its_post_and_a_reply_to_its_comment() -> None:
    comment = read_comment(COMMENT, "100_1", "Sports day")
    assert (comment.kind, comment.parent_id, comment.root_id) == ("comment", "100_1", "100_1")
    assert (comment.parent_text, comment.author) == ("Sports day", Author())
    assert comment.published_at == datetime(2026, 3, 3, 11, tzinfo=UTC)
    reply = read_comment({**COMMENT, "id": "1_3", "parent": {"id": "1_2", "message": "Nice"}}, "100_1", "Sports day")
    assert (reply.kind, reply.parent_id, reply.root_id, reply.parent_text) == ("reply", "1_2", "100_1", "Nice")


def test_a_comments_picture_is_its_attachment() -> None:
    sticker = photo("7", type="sticker")
    del sticker["media_type"]
    assert read_comment({**COMMENT, "attachment": sticker}, "100_1").attachments == (shown("7"),)


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [("Well done Mo Farr!", 10, (10, 17)), ("\N{TROPHY} Mo Farr", 3, (None, None)), ("Mo Farr", None, (None, None))],
)
def test_a_name_is_marked_where_it_stands_or_nowhere(
    text: str, offset: int | None, place: tuple[int | None, int | None]
) -> None:
    tags = [{"id": "5", "name": "Mo Farr", "type": "user", "offset": offset, "length": 7}]
    assert read_comment({**COMMENT, "message": text, "message_tags": tags}, "1_1").tags == (
        Tag("mention", "Mo Farr", *place),
    )


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"id": "me/feed"},
        {"id": 5},
        {**COMMENT, "created_time": "2026-03-03T11:00:00"},
        {**COMMENT, "parent": {"id": ""}},
    ],
)
def test_what_is_no_comment_is_left_out_and_the_rest_kept(broken: dict[str, Any]) -> None:
    found = readable("facebook", [broken, COMMENT], lambda item: read_comment(item, "100_1"))
    assert [each.object_id for each in found] == ["1_2"]
