"""Instagram's answers as observations."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.ingest.connectors.connector import Attachment, Author, Observation
from services.ingest.connectors.graph.items import Json, moment
from services.ingest.connectors.graph.progress import Listed

INSTAGRAM: Final = "instagram"
_SHOWN: Final = "id,media_type,media_url,thumbnail_url"
MEDIUM_FIELDS: Final = f"{_SHOWN},caption,permalink,timestamp,username,comments_count,children{{{_SHOWN}}}"
INDEX_FIELDS: Final = "id,caption,permalink,timestamp,comments_count"
REPLY_FIELDS: Final = "id,text,timestamp,username,from,hidden,parent_id,media{id}"
REPLIES_INSIDE: Final = 50
COMMENT_FIELDS: Final = f"{REPLY_FIELDS},replies.limit({REPLIES_INSIDE}){{{REPLY_FIELDS}}}"
_ID: Final = re.compile(r"^[0-9]{1,32}$")
_VISIBILITY: Final[Mapping[Any, str]] = {True: "hidden", False: "public"}


@dataclass(frozen=True, slots=True)
class Official:
    """The school's account, which Instagram names in some places by its id and in others by its username."""

    account_id: str
    username: str

    def author(self, item: Json) -> Author:
        """Return who wrote an item; the account itself always has its id."""
        told = item.get("from") or {}
        author_id, username = told.get("id"), told.get("username") or item.get("username")
        if author_id == self.account_id or (username or "").casefold() == self.username.casefold():
            author_id = self.account_id
        return Author(author_id, username)


def read_medium(item: Json, official: Official, *, kind: str) -> Observation:
    """Return a medium: the account's own `post`, or a `mention`, somebody else's medium that names the account.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no medium.
    """
    object_id = _checked(item["id"])
    children = (item.get("children") or {}).get("data")
    return Observation(
        object_id=object_id,
        first_id=object_id,
        kind=kind,
        author=official.author(item),
        text=item.get("caption") or "",
        attachments=tuple(part for each in children or [item] for part in _attachments(each)),
        published_at=moment(item.get("timestamp")),
        visibility="public",
        url=item.get("permalink"),
    )


def listed(item: Json) -> Listed:
    """Return a medium as the list of the comments' stream shows it.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no medium.
    """
    created_at = moment(item["timestamp"])
    if created_at is None:
        raise ValueError("a medium without a time")
    comments = int(item.get("comments_count") or 0)
    return Listed(_checked(item["id"]), created_at, None, comments, item.get("caption"), item.get("permalink"))


def read_comment(
    item: Json, official: Official, medium: Listed | None = None, above: Json | None = None
) -> Observation:
    """Return a comment of a medium, or a reply to the comment `above`; they tell what they know of their medium.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no comment.
    """
    object_id = _checked(item["id"])
    root_id = medium.post_id if medium else _checked(item["media"]["id"])
    parent_id = above["id"] if above else item.get("parent_id")
    caption = medium.text if medium and not parent_id else None
    return Observation(
        object_id=object_id,
        first_id=object_id,
        kind="reply" if parent_id else "comment",
        parent_id=_checked(parent_id) if parent_id else root_id,
        root_id=root_id,
        author=official.author(item),
        text=item.get("text") or "",
        published_at=moment(item.get("timestamp")),
        visibility=_VISIBILITY.get(item.get("hidden"), "unknown"),
        url=medium.url if medium else None,
        parent_text=above.get("text") if above else caption,
    )


def _checked(object_id: str) -> str:
    if not _ID.match(object_id):
        raise ValueError("not an id of Instagram")
    return object_id


def _attachments(item: Json) -> Iterator[Attachment]:
    """Yield a picture; a film, which cannot be examined here, with its still picture."""
    key = _checked(item["id"])
    if item.get("media_type") == "VIDEO":
        yield Attachment(key, "video")
        if item.get("thumbnail_url"):
            yield Attachment(f"{key}-preview", "photo", item["thumbnail_url"])
    else:
        yield Attachment(key, "photo", item.get("media_url"))
