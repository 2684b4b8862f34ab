"""X: the account's own posts, what names the account, and what is said below its posts."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

import httpx
from pydantic import SecretStr

from services.ingest.connectors.connector import Budget, Cursor, Fetched, Observation, Page
from services.ingest.connectors.download import DownloadLimits, download
from services.ingest.connectors.errors import PermissionMissing, PlatformUnavailable
from services.ingest.connectors.x.client import FieldNames, XClient
from services.ingest.connectors.x.cursor import REACH, Position, searchable, thread_queries
from services.ingest.connectors.x.history import Request, XHistory
from services.ingest.connectors.x.posts import absent_posts, newest_versions, read_posts, shown_ids
from services.register.models import Account
from services.shared.clock import Clock

POSTS: Final = "posts"
MENTIONS: Final = "mentions"
CONVERSATIONS: Final = "conversations"
STREAMS: Final = (POSTS, MENTIONS, CONVERSATIONS)
PAGE_SIZE: Final = 100
IDS_AT_ONCE: Final = 100
USELESS_PAGES: Final = 3
"""So many pages in a row without a new post, and the platform is running in circles."""
FIELDS: Final[Mapping[str, list[str]]] = {
    "tweet_fields": [
        "attachments", "author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "entities", "lang",
        "note_tweet", "referenced_tweets",
    ],
    "expansions": ["author_id", "attachments.media_keys", "referenced_tweets.id"],
    "media_fields": ["media_key", "type", "url", "preview_image_url", "alt_text"],
    "user_fields": ["username", "name"],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class XPlatform:
    """How to reach X; `backlog` is how far back the first reading of an account goes."""

    clock: Clock
    base_url: str = "https://api.x.com"
    timeout: float = 30
    field_names: FieldNames = "tweet"
    backlog: timedelta = REACH
    media: DownloadLimits = field(default_factory=DownloadLimits)

    @property
    def streams(self) -> Sequence[str]:
        """The names of X's streams."""
        return STREAMS

    def connect(self, account: Account, token: SecretStr) -> "XConnector":
        """Make a connector for an account."""
        client = XClient(self.base_url, token, self.clock, self.timeout, self.field_names)
        return XConnector(self, account.platform_account, client)


class XConnector:
    """Reads one account of X."""

    def __init__(self, platform: XPlatform, user_id: str, client: XClient) -> None:
        self._platform = platform
        self._user_id = user_id
        self._client = client
        self._http = httpx.AsyncClient()

    @property
    def budget(self) -> Budget | None:
        """What X's last answer said of the allowance."""
        return self._client.budget

    async def validate(self) -> None:
        """Read the account's own user."""
        answer = await self._client.get_user(id=self._user_id)
        if not answer.get("data"):
            raise PermissionMissing("X knows no such account, or does not show it: check the account's id")

    async def poll(self, stream: str, cursor: Cursor, *, threads: Sequence[str] = ()) -> AsyncGenerator[Page, None]:
        """Read what is new; the cursor moves with the last page (an empty one): a reading cut short is repeated."""
        position, now = Position.of(cursor), self._platform.clock.now()
        newest, gap = int(position.newest or 0), position.gap(now)
        pages = self._threads(position, threads) if stream == CONVERSATIONS else self._timeline(stream, position)
        async for posts in pages:
            yield Page(posts, cursor, more=True, budget=self._client.budget, gap=gap)
            newest, gap = max([newest, *(int(post.object_id) for post in posts)]), None
        moved = Position(str(newest) if newest else None, now, frozenset(threads))
        yield Page((), moved.cursor(), more=False, budget=self._client.budget, gap=gap)

    def history(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Read all that X still gives: the own timeline, then the mentions."""
        lists: dict[str, Request] = {
            POSTS: partial(self._client.get_users_tweets, self._user_id, max_results=PAGE_SIZE, **FIELDS),
            MENTIONS: partial(self._client.get_users_mentions, self._user_id, max_results=PAGE_SIZE, **FIELDS),
        }
        return XHistory(self._client, self._user_id, lists).pages(cursor)

    async def lookup(self, ids: Sequence[str]) -> Mapping[str, Observation | None]:
        """Look posts up, each in its newest version; protected and withheld ones and repostings are left out."""
        found: dict[str, Observation | None] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            answer = await self._client.get_tweets(list(ids[start : start + IDS_AT_ONCE]), **FIELDS)
            found |= dict.fromkeys(absent_posts(answer))
            found |= {post.object_id: post for post in read_posts(answer, self._user_id)}
            newest = newest_versions(answer)
            if newest:
                edited = await self._client.get_tweets(sorted(set(newest.values())), **FIELDS)
                shown = {post.object_id: post for post in read_posts(edited, self._user_id)}
                found |= {each: shown[newer] for each, newer in newest.items() if newer in shown}
        return found

    async def fetch_media(self, url: str) -> Fetched:
        """Read an attachment."""
        return await download(self._http, url, self._platform.media)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()
        await self._http.aclose()

    async def _timeline(self, stream: str, position: Position) -> AsyncIterator[tuple[Observation, ...]]:
        since_id = position.since_id()
        backlog = self._platform.clock.now() - self._platform.backlog
        begin = {"since_id": since_id} if since_id else {"start_time": backlog}
        method = self._client.get_users_tweets if stream == POSTS else self._client.get_users_mentions
        request: Request = partial(method, self._user_id, max_results=PAGE_SIZE, **begin, **FIELDS)
        async for posts in self._pages(request, "pagination_token"):
            yield posts

    async def _threads(self, position: Position, threads: Sequence[str]) -> AsyncIterator[tuple[Observation, ...]]:
        """Read known threads from where they were read up to, and new ones from their beginning."""
        now = self._platform.clock.now()
        since_id = searchable(position.since_id(), now)
        known = [thread for thread in threads if thread in position.threads]
        fresh = [thread for thread in threads if thread not in position.threads]
        queries = [(query, since_id) for query in thread_queries(known)]
        queries += [(query, None) for query in thread_queries(fresh)]
        for query, begin in queries:
            request: Request = partial(
                self._client.search_recent_tweets, query, max_results=PAGE_SIZE, since_id=begin, **FIELDS
            )
            async for posts in self._pages(request, "next_token"):
                yield posts

    async def _pages(self, request: Request, parameter: str) -> AsyncIterator[tuple[Observation, ...]]:
        """Yield the posts of page after page, oldest first within a page, each post once.

        Raises:
            PlatformUnavailable: X repeats a token, or gives page after page without anything new.
        """
        token: str | None = None
        tokens: set[str] = set()
        listed: set[str] = set()
        useless = 0
        while True:
            answer = await request(**({parameter: token} if token else {}))
            if "data" not in answer and answer.get("errors"):
                raise PermissionMissing("X does not show this account: it is protected, suspended or gone")
            posts = [post for post in read_posts(answer, self._user_id) if post.object_id not in listed]
            useless = 0 if shown_ids(answer) - listed else useless + 1
            listed |= shown_ids(answer)
            yield tuple(reversed(posts))
            token = (answer.get("meta") or {}).get("next_token")
            if not token:
                return
            if token in tokens or useless >= USELESS_PAGES:
                raise PlatformUnavailable("X gives the same pages again and again")
            tokens.add(token)
