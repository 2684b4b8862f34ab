"""Everything that Facebook still gives of a Page: its own posts, its visitors', those that name it, their comments."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from services.ingest.connectors.connector import Cursor, Observation, Page
from services.ingest.connectors.errors import PlatformUnavailable
from services.ingest.connectors.facebook.posts import COMMENT_FIELDS, POST_FIELDS, read_comment, read_post
from services.ingest.connectors.graph.errors import CursorTooFar, NotThere
from services.ingest.connectors.graph.items import Json, readable
from services.ingest.connectors.graph.reader import GraphReader

FACEBOOK: Final = "facebook"
OWN: Final = "published_posts"
ON_PAGE: Final = (OWN, "feed")
EVERYWHERE: Final = (*ON_PAGE, "tagged")
"""The Page's own posts, everything on the Page, and posts elsewhere that name it. The lists overlap."""
NEWEST_FIRST: Final = {"fields": COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological"}
COMMENTED_FIELDS: Final = f"{POST_FIELDS},comments.limit(0).summary(true).filter(stream)"
_UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
Mark = tuple[str, str]
"""Where a list's next page begins, and the id of the first item of the page before it."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far everything was read: a list (none at the end), where in it, and the posts whose comments come first.

    `after` and `comments_after` tell the next page of posts, and of the first post's comments.
    """

    edge: str | None = OWN
    after: Mark | None = None
    below: tuple[str, ...] = ()
    comments_after: Mark | None = None
    list_ends: bool = False

    @classmethod
    def of(cls, cursor: Cursor) -> "Place":
        """Read a stored cursor."""
        kept: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in cursor.items()}
        return cls(**kept)

    def cursor(self) -> Cursor:
        """Write the cursor to store."""
        return {name: list(kept) if isinstance(kept, tuple) else kept for name, kept in asdict(self).items()}

    def onwards(self) -> "Place":
        """Return this place, or where the next list begins when this one and the comments below it are read."""
        if self.below or not self.list_ends:
            return self
        behind = EVERYWHERE[EVERYWHERE.index(self.edge or OWN) + 1 :]
        return Place(behind[0] if behind else None)


class FacebookHistory:
    """Reads one page of a list, or of the comments of one post, at a time."""

    def __init__(self, reader: GraphReader, page_id: str) -> None:
        self._reader = reader
        self._page_id = page_id

    async def pages(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Yield page after page from where a cursor says, each post's comments after it; the last has `more` False."""
        place = Place.of(cursor)
        if place.edge is None:
            yield Page((), cursor, more=False, budget=self._reader.budget)
        while place.edge is not None:
            posts, next_place = await (self._comments(place) if place.below else self._posts(place.edge, place))
            place = next_place.onwards()
            oldest_first = tuple(sorted(posts, key=lambda each: each.published_at or _UNDATED))
            yield Page(oldest_first, place.cursor(), more=place.edge is not None, budget=self._reader.budget)

    async def _posts(self, edge: str, place: Place) -> tuple[Sequence[Observation], Place]:
        items, after = await self._page(self._page_id, edge, place.after, fields=COMMENTED_FIELDS)
        published = [item for item in items if item.get("is_published") is not False]
        posts = readable(FACEBOOK, published, partial(read_post, page_id=self._page_id, own=edge == OWN))
        if edge != OWN:  # the Page's own posts were read from the list before
            posts = [post for post in posts if post.author.platform_id != self._page_id]
        shown = {post.object_id for post in posts}
        commented = tuple(str(item["id"]) for item in published if item.get("id") in shown and self._has_comments(item))
        return posts, Place(edge, after, commented, list_ends=after is None)

    async def _comments(self, place: Place) -> tuple[Sequence[Observation], Place]:
        post_id, *others = place.below
        following = replace(place, below=tuple(others), comments_after=None)
        try:
            post = await self._reader.object(post_id, "message")
            items, after = await self._page(post_id, "comments", place.comments_after, **NEWEST_FIRST)
        except (NotThere, CursorTooFar):  # deleted since it was listed, or only the oldest are out of reach
            return (), following
        read = partial(read_comment, post_id=post_id, post_text=post.get("message"))
        if after is not None:
            following = replace(place, comments_after=after)
        return readable(FACEBOOK, items, read), following

    def _has_comments(self, item: Json) -> bool:
        count = ((item.get("comments") or {}).get("summary") or {}).get("total_count") or 0
        return bool(count) and str(item["id"]).startswith(f"{self._page_id}_")

    async def _page(self, node: str, edge: str, mark: Mark | None, **arguments: str) -> tuple[list[Json], Mark | None]:
        """Return one page of a list, and what tells the next one: None on the last one.

        Raises:
            PlatformUnavailable: Facebook gives the page before once more.
        """
        part = arguments | ({"after": mark[0]} if mark else {})
        items, after = await self._reader.page(node, edge, **part)
        following = (after, str(items[0].get("id")) if items else "") if after is not None else None
        if mark is not None and following is not None and (following[0] == mark[0] or following[1] == mark[1]):
            raise PlatformUnavailable("Facebook gives the same pages again and again")
        return items, following
