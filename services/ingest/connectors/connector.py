"""What a platform's connector gives: pages of normalised observations, look-ups and media, with typed errors."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from services.register.models import Account

Cursor = Mapping[str, Any]
"""Where a stream was read up to: plain JSON that only the connector understands; empty before the first reading."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post, as far as the platform says; None means withheld, not anonymous."""

    platform_id: str | None = None
    handle: str | None = None
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A mention, hashtag or link that the platform marked; offsets in code points of the text, end exclusive."""

    kind: str
    value: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """One picture or film of a post; `url` is None where the platform offers nothing to fetch."""

    key: str
    kind: str
    url: str | None = None
    alt_text: str | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One post as the platform showed it at one moment.

    `first_id` is the id of the first version in the edit chain: it names the post for good, whereas `object_id` may
    change with an edit. `version` rises with every edit where the platform counts them and is 0 elsewhere.
    """

    object_id: str
    first_id: str
    kind: str
    version: int = 0
    parent_id: str | None = None
    root_id: str | None = None
    author: Author = field(default_factory=Author)
    text: str = ""
    lang: str | None = None
    tags: tuple[Tag, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    published_at: datetime | None = None
    edited_at: datetime | None = None
    visibility: str = "unknown"
    url: str | None = None
    parent_text: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """A platform's allowance in the current window, as its last answer told it."""

    limit: int
    remaining: int
    resets_at: datetime

    @property
    def used(self) -> float:
        """The share that is used, from 0 to 1."""
        return min(max(1 - self.remaining / self.limit, 0.0), 1.0) if self.limit > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a reading, oldest post first, with the cursor to keep once the page is stored.

    `gap` is a code that says why posts may have been missed before this page, or None.
    """

    posts: tuple[Observation, ...]
    cursor: Cursor
    more: bool
    budget: Budget | None = None
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes behind an attachment's URL."""

    data: bytes
    content_type: str


class Connector(Protocol):
    """Reads one account of one platform.

    Every method may raise the errors of `connectors.errors`; an unreadable single post is left out and logged.
    """

    @property
    def budget(self) -> Budget | None:
        """What the last answer said of the allowance."""
        ...

    async def validate(self) -> None:
        """Make sure, before anything is read, that the token works and the account can be read."""
        ...

    def poll(self, stream: str, cursor: Cursor, *, threads: Sequence[str] = ()) -> AsyncGenerator[Page, None]:
        """Read what is new on a stream, one page or more; the last page has `more` False and moves the cursor.

        `threads` are the ids of the account's recent posts, for streams that read what is said below them.
        """
        ...

    def history(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Read everything that the platform still gives, newest first: the account's posts and what is said at it.

        A reading goes on from any page's cursor; the last page has `more` False, and nothing but such a page comes from
        its cursor. What a list shows is given once, also where lists overlap, unless the platform repeats itself.
        """
        ...

    async def lookup(self, ids: Sequence[str]) -> Mapping[str, Observation | None]:
        """Look posts up by id, any number of them.

        None means that the platform says there is no such post (any more). An id that is missing from the answer is one
        of which the platform said nothing that can be relied upon: it is withheld, say, or not readable.
        """
        ...

    async def fetch_media(self, url: str) -> Fetched:
        """Read the bytes of an attachment; MediaRefused where they cannot be had."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Platform(Protocol):
    """Makes the connectors of one platform."""

    @property
    def streams(self) -> Sequence[str]:
        """The names of the streams that are polled, in the order of their first reading."""
        ...

    def connect(self, account: Account, token: SecretStr) -> Connector:
        """Make a connector for an account; nothing is sent yet."""
        ...
