"""What is said below a medium: its comments page by page, each followed by its replies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from services.ingest.connectors.connector import Observation
from services.ingest.connectors.graph.errors import CursorTooFar, NotThere
from services.ingest.connectors.graph.items import Json, readable
from services.ingest.connectors.graph.progress import Listed
from services.ingest.connectors.graph.reader import GraphReader
from services.ingest.connectors.instagram.posts import (
    COMMENT_FIELDS,
    INSTAGRAM,
    REPLY_FIELDS,
    Official,
    read_comment,
)

FULL_PAGE: Final = 50
BEYOND_REACH: Final = "comments_beyond_reach"


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Some comments with their replies, and where the next page begins: None on the last one."""

    posts: list[Observation]
    after: str | None = None
    gap: str | None = None


async def read_comments(
    reader: GraphReader, official: Official, medium: Listed, *, known: int = 0, after: str | None = None
) -> AsyncIterator[CommentPage]:
    """Yield a medium's comments, newest first, from its newest or from `after` on.

    Of `known` comments it is certain that they were read before. The last page declares a gap where the list ends
    although there must be more: Instagram documents one page only, and gives more of them in practice.
    """
    begun = {"fields": COMMENT_FIELDS} | ({"after": after} if after else {})
    seen = 0
    try:
        async for items, following in reader.pages(medium.post_id, "comments", **begun):
            posts = [post for item in items for post in await _with_replies(reader, official, medium, item)]
            seen += len(posts)
            ends_early = following is None and after is None and len(items) >= FULL_PAGE
            unseen = medium.comments - known > seen
            yield CommentPage(posts, following, BEYOND_REACH if ends_early and unseen else None)
    except CursorTooFar:
        yield CommentPage([], gap=None if known else BEYOND_REACH)


async def _with_replies(reader: GraphReader, official: Official, medium: Listed, comment: Json) -> list[Observation]:
    read: Any = partial(read_comment, official=official, medium=medium)
    replies = await _replies(reader, comment)
    return readable(INSTAGRAM, [comment], read) + readable(INSTAGRAM, replies, partial(read, above=comment))


async def _replies(reader: GraphReader, comment: Json) -> list[Json]:
    """Return the replies that came inside a comment, or all of them from their own list where those are only some."""
    inside = comment.get("replies") or {}
    if not (inside.get("paging") or {}).get("next"):
        return list(inside.get("data") or ())
    found: list[Json] = []
    try:
        async for items, _ in reader.pages(str(comment.get("id")), "replies", fields=REPLY_FIELDS):
            found += items
    except NotThere:  # deleted since it was listed
        return []
    return found
