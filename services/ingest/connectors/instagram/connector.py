"""Instagram: a school's own media, those of others that name it, and what is said below its own."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import httpx
from pydantic import SecretStr

from services.ingest.connectors.connector import Budget, Cursor, Fetched, Observation, Page
from services.ingest.connectors.download import DownloadLimits, download
from services.ingest.connectors.errors import RequestRefused
from services.ingest.connectors.graph.client import Graph, GraphAddress
from services.ingest.connectors.graph.errors import NotThere
from services.ingest.connectors.graph.items import Json, readable
from services.ingest.connectors.graph.progress import Listed, Progress
from services.ingest.connectors.graph.reader import GraphReader
from services.ingest.connectors.instagram.comments import CommentPage, read_comments
from services.ingest.connectors.instagram.history import DONE, EDGES, MEDIA, TAGS, Place
from services.ingest.connectors.instagram.posts import (
    INDEX_FIELDS,
    INSTAGRAM,
    MEDIUM_FIELDS,
    REPLY_FIELDS,
    Official,
    listed,
    read_comment,
    read_medium,
)
from services.register.models import Account
from services.shared.clock import Clock

POSTS: Final = "posts"
COMMENTS: Final = "comments"
STREAMS: Final = (POSTS, COMMENTS)
KINDS: Final = {MEDIA: "post", TAGS: "mention"}
HISTORY_PAGE: Final = 50
"""A page of the history ends with the medium or the page of comments that makes it so long."""


@dataclass(frozen=True, slots=True)
class InstagramPlatform:
    """How to reach Instagram; `backlog` is how far back the first reading of an account goes."""

    clock: Clock
    address: GraphAddress = field(default_factory=GraphAddress)
    backlog: timedelta = timedelta(days=7)
    media: DownloadLimits = field(default_factory=DownloadLimits)

    @property
    def streams(self) -> Sequence[str]:
        """The names of Instagram's streams."""
        return STREAMS

    def connect(self, account: Account, token: SecretStr) -> "InstagramConnector":
        """Make a connector for an account."""
        official = Official(account.platform_account, account.handle)
        return InstagramConnector(self, official, GraphReader(Graph(self.address, token, self.clock)))


class InstagramConnector:
    """Reads one account. A comment shows on its medium only as a number, so that is what is looked at first."""

    def __init__(self, platform: InstagramPlatform, official: Official, reader: GraphReader) -> None:
        self._platform = platform
        self._official = official
        self._reader = reader
        self._http = httpx.AsyncClient()

    @property
    def budget(self) -> Budget | None:
        """What the last answer said of the allowance."""
        return self._reader.budget

    async def validate(self) -> None:
        """Read the account and its newest medium: what missing permissions hide would look like deleted."""
        await self._reader.object(self._official.account_id, "id,username")
        await self._reader.first(self._official.account_id, MEDIA, INDEX_FIELDS)

    async def poll(self, stream: str, cursor: Cursor, *, threads: Sequence[str] = ()) -> AsyncGenerator[Page, None]:
        """Read what is new; the cursor moves with the last page (an empty one): a reading cut short is repeated.

        `threads` are not needed: the comments' stream lists the media itself, older ones too.
        """
        del threads
        now = self._platform.clock.now()
        progress = Progress.of(cursor, now, self._platform.backlog)
        known: dict[str, Listed] = {}
        pages = self._posts(progress, now) if stream == POSTS else self._comments(progress, now, known)
        async for posts, gap in pages:
            within = [each for each in posts if each.published_at is None or each.published_at >= progress.begun]
            yield self._page(within, cursor, gap=gap)
        yield self._page((), progress.after(known, now).cursor(), more=False)

    async def history(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Read everything that Instagram still gives, newest medium first, each followed by all its comments."""
        posts: list[Observation] = []
        async for found, place, gap in self._history(Place.of(cursor)):
            posts += found
            if gap or len(posts) >= HISTORY_PAGE:
                yield self._page(posts, place.cursor(), gap=gap)
                posts = []
        yield self._page(posts, Place(DONE).cursor(), more=False)

    async def lookup(self, ids: Sequence[str]) -> Mapping[str, Observation | None]:
        """Look media and comments up; those that cannot be read are left out.

        An id does not tell what it names, so of several the account's media are told apart by its list. Other people's
        media cannot be read by their ids at all: they are there as long as their list has them.
        """
        known = await self._listed() if len(ids) > 1 else {}
        media = await self._reader.objects([each for each in ids if each in known or len(ids) == 1], MEDIUM_FIELDS)
        others = await self._reader.objects([each for each in ids if each not in media], REPLY_FIELDS)
        absent = {each for each, item in (media | others).items() if item is None}
        tags = await self._tagged(absent) if absent else []
        posts = [
            *self._media(MEDIA, filter(None, media.values())),
            *readable(INSTAGRAM, filter(None, others.values()), partial(self._comment, known)),
            *self._media(TAGS, tags),
        ]
        return dict.fromkeys(absent) | {post.object_id: post for post in posts}

    async def fetch_media(self, url: str) -> Fetched:
        """Read an attachment."""
        return await download(self._http, url, self._platform.media)

    async def aclose(self) -> None:
        """Close the connections."""
        self._reader.close()
        await self._http.aclose()

    def _page(self, posts: Iterable[Observation], cursor: Cursor, *, more: bool = True, gap: str | None = None) -> Page:
        now = self._platform.clock.now()
        oldest_first = sorted(posts, key=lambda each: each.published_at or now)
        return Page(tuple(oldest_first), cursor, more, self.budget, gap)

    async def _posts(self, progress: Progress, now: datetime) -> AsyncIterator[tuple[list[Observation], str | None]]:
        since, seen = progress.since(now) or progress.begun, set[str]()
        for edge in EDGES:
            async for items, _ in self._list(edge, MEDIUM_FIELDS, _since(since) if edge == MEDIA else {}):
                posts = [post for post in self._media(edge, items) if post.object_id not in seen]
                seen.update(post.object_id for post in posts)
                yield posts, None
                if posts and all(post.published_at and post.published_at < since for post in posts):
                    break  # the list of tags takes no time: it is left where it gets too old

    async def _comments(
        self, progress: Progress, now: datetime, known: dict[str, Listed]
    ) -> AsyncIterator[tuple[list[Observation], str | None]]:
        """Yield comments, those of the newest media first, and note in `known` which media there are."""
        since = progress.since(now)
        known |= await self._listed(_since(since) if since else {})
        for medium in sorted(known.values(), key=lambda each: each.created_at, reverse=True):
            if not progress.reads(medium, now):
                continue
            read_before = int(progress.marks.get(medium.post_id, 0))
            try:
                async for page in read_comments(self._reader, self._official, medium, known=read_before):
                    yield page.posts, page.gap
            except NotThere:  # deleted since it was listed
                del known[medium.post_id]

    async def _history(self, place: Place) -> AsyncIterator[tuple[list[Observation], Place, str | None]]:
        """Yield posts from `place` on, the place behind them, and the code of a gap before them or None."""
        for edge in place.edges:
            place = place.on(edge)
            async for items, _ in self._list(edge, MEDIUM_FIELDS, place.window):
                for medium, post in readable(INSTAGRAM, items, partial(self._both, edge)):
                    if place.has_passed(medium):
                        continue
                    after = place.comments_from(medium)
                    posts = [] if after else [post]
                    async for page in self._all_comments(edge, medium, after):
                        where = place.within(medium, page.after) if page.after else place.past(medium)
                        yield posts + page.posts, where, page.gap
                        posts = []
                    place = place.past(medium)
                    yield posts, place, None

    async def _all_comments(self, edge: str, medium: Listed, after: str | None) -> AsyncIterator[CommentPage]:
        """Yield the comments of one of the account's own media from `after` on, or all where that is out of date."""
        if edge != MEDIA or not medium.comments:
            return
        read = partial(read_comments, self._reader, self._official, medium)
        try:
            async for page in read(after=after):
                yield page
        except NotThere:  # deleted since it was listed
            return
        except RequestRefused:
            if after is None:
                raise
            async for page in read():
                yield page

    async def _listed(self, window: Mapping[str, str] | None = None) -> dict[str, Listed]:
        """List the account's own media by id."""
        pages = self._list(MEDIA, INDEX_FIELDS, window)
        return {each.post_id: each async for items, _ in pages for each in readable(INSTAGRAM, items, listed)}

    async def _tagged(self, wanted: Iterable[str]) -> list[Json]:
        missing, found = set(wanted), list[Json]()
        async for items, _ in self._list(TAGS, MEDIUM_FIELDS):
            found += [item for item in items if item.get("id") in missing]
            if len(found) == len(missing):
                break
        return found

    def _media(self, edge: str, items: Iterable[Json]) -> list[Observation]:
        return [post for _, post in readable(INSTAGRAM, items, partial(self._both, edge))]

    def _comment(self, known: Mapping[str, Listed], item: Json) -> Observation:
        return read_comment(item, self._official, known.get(str(item["media"]["id"])))

    def _both(self, edge: str, item: Json) -> tuple[Listed, Observation]:
        return listed(item), read_medium(item, self._official, kind=KINDS[edge])

    def _list(
        self, edge: str, fields: str, window: Mapping[str, str] | None = None
    ) -> AsyncIterator[tuple[list[Json], str | None]]:
        return self._reader.pages(self._official.account_id, edge, fields=fields, **(window or {}))


def _since(moment: datetime) -> dict[str, str]:
    return {"since": str(int(moment.timestamp()))}
