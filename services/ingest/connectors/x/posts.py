"""X's answers as observations. Field names are read in both spellings, `tweet` and `post`."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from services.ingest.connectors.connector import Attachment, Author, Observation, Tag
from services.shared import metrics

SNOWFLAKE_EPOCH: Final = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_ID: Final = re.compile(r"^[0-9]{1,19}$")
_ESCAPES: Final = re.compile(r"&(amp|lt|gt);")
_CHARACTERS: Final = {"amp": "&", "lt": "<", "gt": ">"}
_MEDIA_PAGE: Final = re.compile(r"/(?:status|post)/[0-9]+/(?:photo|video)/[0-9]+$")
_NOT_FOUND_TITLE: Final = "Not Found Error"
_NOT_FOUND_TYPE: Final = "/problems/resource-not-found"
_POST_RESOURCES: Final = frozenset({"tweet", "post"})
_ASKED_FOR: Final = frozenset({"ids", "id"})
_MEDIA_KINDS: Final = {"photo": "photo", "video": "video", "animated_gif": "gif"}
Json = Mapping[str, Any]
log = structlog.get_logger()


def snowflake(at: datetime) -> int:
    """Return the lowest id that X gives at this moment."""
    return max(int((at - SNOWFLAKE_EPOCH) / timedelta(milliseconds=1)), 0) << 22


def snowflake_time(post_id: str) -> datetime:
    """Return the moment at which X gave this id."""
    return SNOWFLAKE_EPOCH + timedelta(milliseconds=int(post_id) >> 22)


def read_posts(body: Json, official_id: str) -> list[Observation]:
    """Return the posts of one answer in its order; retweets are left out, unreadable posts are left out and logged."""
    includes = body.get("includes") or {}
    users = {user.get("id"): user for user in includes.get("users") or ()}
    media = {item.get("media_key"): item for item in includes.get("media") or ()}
    others = {post.get("id"): post for post in _either(includes, "tweets", "posts") or ()}
    found = []
    for post in body.get("data") or ():
        try:
            observation = _observation(post, official_id, users, media, others)
        except (KeyError, TypeError, ValueError, AttributeError):
            metrics.UNREADABLE_POSTS.labels("x").inc()
            log.exception("unreadable_post", platform="x")
            continue
        if observation is not None:
            found.append(observation)
    return found


def shown_ids(body: Json) -> set[str]:
    """Return the ids of all that one answer lists, retweets and unreadable posts too."""
    return {str(post["id"]) for post in body.get("data") or () if isinstance(post, Mapping) and "id" in post}


def absent_posts(body: Json) -> set[str]:
    """Return which of the posts that were asked for X does not have, by what it says beside the data.

    X gives the same problem type to users who are suspended, with another title, and says of posts that are protected
    or of suspended users that nobody may see them: those are not gone.
    """
    return {
        str(error.get("resource_id") or error.get("value"))
        for error in body.get("errors") or ()
        if error.get("title") == _NOT_FOUND_TITLE
        and str(error.get("type")).endswith(_NOT_FOUND_TYPE)
        and error.get("resource_type") in _POST_RESOURCES
        and error.get("parameter") in _ASKED_FOR
    }


def newest_versions(body: Json) -> dict[str, str]:
    """Return, by the ids of posts in an answer that were edited since, the ids of their newest versions."""
    chains = {
        post.get("id"): _either(post, "edit_history_tweet_ids", "edit_history_post_ids")
        for post in body.get("data") or ()
    }
    return {post_id: chain[-1] for post_id, chain in chains.items() if chain and chain[-1] != post_id}


def _observation(post: Json, official_id: str, users: Json, media: Json, others: Json) -> Observation | None:
    references = {ref["type"]: ref["id"] for ref in _either(post, "referenced_tweets", "referenced_posts") or ()}
    if "retweeted" in references:
        return None
    chain = _either(post, "edit_history_tweet_ids", "edit_history_post_ids") or [post["id"]]
    if not _ID.match(post["id"]) or not _ID.match(chain[0]):
        raise ValueError("not an id of X")
    version = chain.index(post["id"]) if post["id"] in chain else 0
    author = users.get(str(post.get("author_id")), {})
    parent, root = references.get("replied_to") or references.get("quoted"), post.get("conversation_id")
    text, tags = _words(post)
    created_at = _moment(post.get("created_at"))
    return Observation(
        object_id=post["id"],
        first_id=chain[0],
        kind=_kind(references, official=post.get("author_id") == official_id),
        version=version,
        parent_id=_first_version(parent, others),
        root_id=_first_version(root, others) if root not in chain else None,
        author=Author(post.get("author_id"), author.get("username"), author.get("name")),
        text=text,
        lang=post.get("lang"),
        tags=tags,
        attachments=tuple(_attachments(post, media)),
        published_at=snowflake_time(chain[0]) if version else created_at,
        edited_at=created_at if version else None,
        visibility="public",
        url=f"https://x.com/i/status/{post['id']}",
        parent_text=_words(others[str(parent)])[0] if str(parent) in others else None,
    )


def _first_version(post_id: str | None, others: Json) -> str | None:
    """Return by what id a post goes for good; an answer names the version of it that it answers."""
    chain = _either(others.get(str(post_id), {}), "edit_history_tweet_ids", "edit_history_post_ids")
    return str(chain[0]) if chain else post_id


def _kind(references: Json, *, official: bool) -> str:
    if "replied_to" in references:
        return "reply"
    if official:
        return "post"
    return "quote" if "quoted" in references else "mention"


def _words(post: Json) -> tuple[str, tuple[Tag, ...]]:
    """Return the text as a visitor reads it, and what X marked in it, at its places there.

    X writes `&<>` escaped, every link as a t.co address, and one more t.co address for the pictures, which nobody sees.
    """
    source = _either(post, "note_tweet", "note_post") or post
    raw = source.get("text") or ""
    entities = source.get("entities") or {}
    links = entities.get("urls") or ()
    edits = [(found.start(), found.end(), _CHARACTERS[found.group(1)]) for found in _ESCAPES.finditer(raw)]
    edits += [(link["start"], link["end"], "" if _is_media(link) else _target(link)) for link in links]
    text, place = _rewritten(raw, edits)
    marked = [
        Tag(kind, str(item[name]), place(item["start"]), place(item["end"]))
        for plural, kind, name in (("mentions", "mention", "username"), ("hashtags", "hashtag", "tag"))
        for item in entities.get(plural) or ()
    ]
    marked += [
        Tag("url", _target(link), place(link["start"]), place(link["end"])) for link in links if not _is_media(link)
    ]
    return text, tuple(marked)


def _target(link: Json) -> str:
    return str(link.get("unwound_url") or link.get("expanded_url") or link["url"])


def _is_media(link: Json) -> bool:
    return "media_key" in link or bool(_MEDIA_PAGE.search(str(link.get("expanded_url"))))


def _rewritten(raw: str, edits: list[tuple[int, int, str]]) -> tuple[str, Callable[[int], int]]:
    """Replace each (start, end, new) of a text; also return where a place outside of what was replaced is now."""
    pieces, done = [], 0
    for start, end, new in sorted(edits):
        pieces += [raw[done:start], new]
        done = end
    text = "".join([*pieces, raw[done:]])
    moved = [(start, len(new) - (end - start)) for start, end, new in sorted(edits)]
    return text.rstrip(), lambda place: place + sum(by for start, by in moved if start < place)


def _attachments(post: Json, media: Json) -> Iterator[Attachment]:
    for key in (post.get("attachments") or {}).get("media_keys") or ():
        item = media.get(key, {})
        kind = _MEDIA_KINDS.get(item.get("type", ""), "unknown")
        yield Attachment(key, kind, item.get("url") if kind == "photo" else None, item.get("alt_text"))
        if kind != "photo" and item.get("preview_image_url"):
            # A film cannot be examined here and is reported as missing; its still picture can.
            yield Attachment(f"{key}-preview", "photo", item["preview_image_url"])


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _either(item: Json, old_name: str, new_name: str) -> Any:
    return item[old_name] if old_name in item else item.get(new_name)
