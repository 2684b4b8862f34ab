"""Facebook: the posts on a school's Page, its own and its visitors', and what is said below them."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import httpx
from pydantic import SecretStr

from services.ingest.connectors.connector import Budget, Cursor, Fetched, Observation, Page
from services.ingest.connectors.download import DownloadLimits, download
from services.ingest.connectors.errors import PermissionMissing
from services.ingest.connectors.facebook.history import (
    EVERYWHERE,
    FACEBOOK,
    NEWEST_FIRST,
    ON_PAGE,
    OWN,
    FacebookHistory,
)
from services.ingest.connectors.facebook.posts import COMMENT_FIELDS, POST_FIELDS, listed, read_comment, read_post
from services.ingest.connectors.graph.client import Graph, GraphAddress
from services.ingest.connectors.graph.errors import CursorTooFar, NotThere
from services.ingest.connectors.graph.items import Json, readable
from services.ingest.connectors.graph.progress import Listed, Progress
from services.ingest.connectors.graph.reader import GraphReader
from services.register.models import Account
from services.shared.clock import Clock

POSTS: Final = "posts"
COMMENTS: Final = "comments"
STREAMS: Final = (POSTS, COMMENTS)
INDEX_FIELDS: Final = "id,message,created_time,updated_time,is_published,comments.limit(0).summary(true).filter(stream)"
BEYOND_REACH: Final = "comments_beyond_reach"


@dataclass(frozen=True, slots=True)
class FacebookPlatform:
    """How to reach Facebook; `backlog` is how far back the first reading of a Page goes."""

    clock: Clock
    address: GraphAddress = field(default_factory=GraphAddress)
    backlog: timedelta = timedelta(days=7)
    media: DownloadLimits = field(default_factory=DownloadLimits)

    @property
    def streams(self) -> Sequence[str]:
        """The names of Facebook's streams."""
        return STREAMS

    def connect(self, account: Account, token: SecretStr) -> "FacebookConnector":
        """Make a connector for a Page."""
        return FacebookConnector(self, account.platform_account, GraphReader(Graph(self.address, token, self.clock)))


class FacebookConnector:
    """Reads one Page. Its lists are ranked and overlap, so each is read to its end and what is known passes by."""

    def __init__(self, platform: FacebookPlatform, page_id: str, reader: GraphReader) -> None:
        self._platform = platform
        self._page_id = page_id
        self._reader = reader
        self._http = httpx.AsyncClient()

    @property
    def budget(self) -> Budget | None:
        """What Facebook's last answer said of the allowance."""
        return self._reader.budget

    async def validate(self) -> None:
        """Ask whose token it is: to anybody but the Page itself Facebook shows no comments and no names.

        Reading the Page's list shows that its permissions still hold: what they hide looks like what was deleted.
        """
        owner = await self._reader.object("me", "id")
        if owner.get("id") != self._page_id:
            raise PermissionMissing("this is not the Page's own token: connect the Page again and choose that Page")
        await self._reader.first(self._page_id, "feed", INDEX_FIELDS)

    async def poll(self, stream: str, cursor: Cursor, *, threads: Sequence[str] = ()) -> AsyncGenerator[Page, None]:
        """Read what is new; the cursor moves with the last page (an empty one): a reading cut short is repeated.

        `threads` are not needed: the comments' stream lists the posts itself, older ones too.
        """
        del threads
        now = self._platform.clock.now()
        progress = Progress.of(cursor, now, self._platform.backlog)
        known: dict[str, Listed] = {}
        pages = self._posts(progress, now) if stream == POSTS else self._comments(progress, now, known)
        async for posts, gap in pages:
            within = [each for each in posts if each.published_at is None or each.published_at >= progress.begun]
            within.sort(key=lambda each: each.published_at or now)
            yield Page(tuple(within), cursor, more=True, budget=self._reader.budget, gap=gap)
        yield Page((), progress.after(known, now).cursor(), more=False, budget=self._reader.budget)

    def history(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Read all that Facebook still gives of the Page, each post's comments after it."""
        return FacebookHistory(self._reader, self._page_id).pages(cursor)

    async def lookup(self, ids: Sequence[str]) -> Mapping[str, Observation | None]:
        """Look posts and comments up; those that cannot be read are left out."""
        on_page = [each for each in ids if each.startswith(f"{self._page_id}_")]
        others = [each for each in ids if each not in on_page]
        posts = await self._reader.objects(on_page, POST_FIELDS)
        comments = await self._reader.objects(others, COMMENT_FIELDS)
        # A mention is a post whose id looks like a comment's, which shows in its refused fields.
        mentions = await self._reader.objects([each for each in others if each not in comments], POST_FIELDS)
        return self._read(posts | mentions, self._post) | self._read(comments, self._comment)

    async def fetch_media(self, url: str) -> Fetched:
        """Read an attachment."""
        return await download(self._http, url, self._platform.media)

    async def aclose(self) -> None:
        """Close the connections."""
        self._reader.close()
        await self._http.aclose()

    async def _posts(self, progress: Progress, now: datetime) -> AsyncIterator[tuple[list[Observation], str | None]]:
        seen: set[str] = set()
        for edge in EVERYWHERE:
            read = partial(read_post, page_id=self._page_id, own=edge == OWN)
            async for items in self._list(edge, progress.since(now) or progress.begun, POST_FIELDS):
                posts = [post for post in readable(FACEBOOK, items, read) if post.object_id not in seen]
                seen.update(post.object_id for post in posts)
                yield posts, None

    async def _comments(
        self, progress: Progress, now: datetime, known: dict[str, Listed]
    ) -> AsyncIterator[tuple[list[Observation], str | None]]:
        """Yield comments, those of the newest posts first, and note in `known` which posts there are."""
        for edge in ON_PAGE:
            async for items in self._list(edge, progress.since(now), INDEX_FIELDS):
                on_page = (item for item in items if str(item.get("id")).startswith(f"{self._page_id}_"))
                known |= {post.post_id: post for post in readable(FACEBOOK, on_page, listed)}
        for post in sorted(known.values(), key=lambda each: each.created_at, reverse=True):
            if not progress.reads(post, now):
                continue
            read = partial(read_comment, post_id=post.post_id, post_text=post.text)
            try:
                async for items, _ in self._reader.pages(post.post_id, "comments", **NEWEST_FIRST):
                    yield readable(FACEBOOK, items, read), None
            except NotThere:  # deleted since it was listed
                del known[post.post_id]
            except CursorTooFar:  # only the oldest are out of reach, and they are known unless the post is new here
                yield [], None if post.post_id in progress.marks else BEYOND_REACH

    async def _list(self, edge: str, since: datetime | None, fields: str) -> AsyncIterator[list[Json]]:
        window = {"since": str(int(since.timestamp()))} if since else {}
        async for items, _ in self._reader.pages(self._page_id, edge, fields=fields, **window):
            yield [item for item in items if item.get("is_published") is not False]

    def _read(
        self, items: Mapping[str, Json | None], read: Callable[[Json], Observation]
    ) -> dict[str, Observation | None]:
        """Read what was asked for by id; what is not there stays None."""
        there = {asked: readable(FACEBOOK, [item], read) for asked, item in items.items() if item is not None}
        absent: dict[str, Observation | None] = {asked: None for asked, item in items.items() if item is None}
        return absent | {asked: post for asked, posts in there.items() for post in posts}

    def _post(self, item: Json) -> Observation:
        return read_post(item, self._page_id)

    def _comment(self, item: Json) -> Observation:
        return read_comment(item, f"{self._page_id}_{str(item['id']).split('_')[0]}")
