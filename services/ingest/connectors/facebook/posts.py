"""Facebook's answers as observations."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from services.ingest.connectors.connector import Attachment, Author, Observation, Tag
from services.ingest.connectors.graph.items import Json, moment
from services.ingest.connectors.graph.progress import Listed

_SHOWN: Final = "media_type,type,title,description,url,media,target"
POST_FIELDS: Final = (
    "id,message,created_time,updated_time,from,permalink_url,is_published,is_hidden,message_tags,"
    f"attachments{{{_SHOWN},subattachments{{{_SHOWN}}}}}"
)
COMMENT_FIELDS: Final = (
    "id,message,created_time,from,parent{id,message},attachment,message_tags,permalink_url,is_hidden"
)
_ID: Final = re.compile(r"^[0-9]{1,32}(_[0-9]{1,32})?$")
_KINDS: Final = {"photo": "photo", "sticker": "photo", "cover_photo": "photo", "profile_media": "photo"}
_VISIBILITY: Final[Mapping[Any, str]] = {True: "hidden", False: "public"}


def listed(item: Json) -> Listed:
    """Return a post as the list of the comments' stream shows it.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no post.
    """
    created_at = moment(item["created_time"])
    updated_at = moment(item.get("updated_time")) or created_at
    if created_at is None:
        raise ValueError("a post without a time")
    count = ((item.get("comments") or {}).get("summary") or {}).get("total_count") or 0
    return Listed(item["id"], created_at, updated_at, int(count), item.get("message"))


def read_post(item: Json, page_id: str, *, own: bool = False) -> Observation:
    """Return a post on the Page, or one elsewhere that names it; `own` says that the Page wrote it.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no post.
    """
    object_id, author = _checked(item["id"]), _author(item)
    if own and author.platform_id is None:
        author = Author(page_id)
    if author.platform_id == page_id:
        kind = "post"
    else:
        kind = "visitor_post" if object_id.startswith(f"{page_id}_") else "mention"
    attached = (item.get("attachments") or {}).get("data") or ()
    return Observation(
        object_id=object_id,
        first_id=object_id,
        kind=kind,
        author=author,
        text=item.get("message") or "",
        tags=tuple(_tags(item)),
        attachments=tuple(_attachments(attached)),
        published_at=moment(item.get("created_time")),
        visibility=_VISIBILITY.get(item.get("is_hidden"), "unknown"),
        url=item.get("permalink_url"),
    )


def read_comment(item: Json, post_id: str, post_text: str | None = None) -> Observation:
    """Return a comment of a post, or a reply to one of its comments.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no comment.
    """
    object_id, parent = _checked(item["id"]), item.get("parent") or {}
    return Observation(
        object_id=object_id,
        first_id=object_id,
        kind="reply" if parent else "comment",
        parent_id=_checked(parent["id"]) if parent else post_id,
        root_id=post_id,
        author=_author(item),
        text=item.get("message") or "",
        tags=tuple(_tags(item)),
        attachments=tuple(_attachments([item["attachment"]] if item.get("attachment") else ())),
        published_at=moment(item.get("created_time")),
        visibility=_VISIBILITY.get(item.get("is_hidden"), "unknown"),
        url=item.get("permalink_url"),
        parent_text=parent.get("message") if parent else post_text,
    )


def _checked(object_id: str) -> str:
    if not _ID.match(object_id):
        raise ValueError("not an id of Facebook")
    return object_id


def _author(item: Json) -> Author:
    author = item.get("from") or {}
    return Author(author.get("id"), None, author.get("name"))


def _tags(item: Json) -> Iterator[Tag]:
    """Yield who is named; a place that does not hold the name (offsets in other units, say) is left out."""
    text = item.get("message") or ""
    for tag in item.get("message_tags") or ():
        name, start = str(tag["name"]), tag.get("offset")
        end = start + len(name) if isinstance(start, int) else None
        placed = text[start:end] == name
        yield Tag("mention", name, start if placed else None, end if placed else None)


def _attachments(items: Iterable[Json]) -> Iterator[Attachment]:
    for place, item in enumerate(items):
        inside = (item.get("subattachments") or {}).get("data")
        if inside:
            yield from _attachments(inside)
        else:
            yield from _attachment(item, place)


def _attachment(item: Json, place: int) -> Iterator[Attachment]:
    """Yield a picture; a film, which cannot be examined here, with its still picture; the picture of a shared link."""
    told = str(item.get("media_type") or item.get("type") or "")
    key = str((item.get("target") or {}).get("id") or f"{told or 'attachment'}-{place}")
    address = ((item.get("media") or {}).get("image") or {}).get("src")
    words = " ".join(filter(None, (item.get("title"), item.get("description")))) or None
    if "video" in told or "animated" in told:
        yield Attachment(key, "video" if "video" in told else "gif", None, words)
        if address:
            yield Attachment(f"{key}-preview", "photo", address)
    elif told in _KINDS or address:
        yield Attachment(key, "photo", address, words)
