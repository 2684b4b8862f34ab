"""A connector to the school's account on one of the sandbox's platforms, and what a test asks of all of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from schemas import ids
from services.ingest.connectors import errors
from services.ingest.connectors.connector import Connector, Cursor, Observation, Page, Platform
from services.ingest.connectors.download import DownloadLimits
from services.ingest.connectors.errors import PlatformError
from services.ingest.connectors.facebook.connector import FacebookPlatform
from services.ingest.connectors.graph.client import GraphAddress
from services.ingest.connectors.instagram.connector import InstagramPlatform
from services.ingest.connectors.x.connector import XPlatform
from services.register.models import Account
from tests.support.ingest import SCHOOL
from tests.support.sandbox import TOKEN, SandboxServer

SCHOOL_ID = SCHOOL.school_id


class MovingClock:
    """The machine's clock, and how far a test put it ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def x_platform(sandbox: SandboxServer, clock: MovingClock, **changes: Any) -> XPlatform:
    return XPlatform(clock, sandbox.base_url, timeout=1.0, **({"media": DownloadLimits(allow_http=True)} | changes))


def facebook_platform(sandbox: SandboxServer, clock: MovingClock, **changes: Any) -> FacebookPlatform:
    return FacebookPlatform(clock, **(_on_graph(sandbox) | changes))


def instagram_platform(sandbox: SandboxServer, clock: MovingClock, **changes: Any) -> InstagramPlatform:
    return InstagramPlatform(clock, **(_on_graph(sandbox) | changes))


def _on_graph(sandbox: SandboxServer) -> dict[str, Any]:
    return {"address": GraphAddress(sandbox.base_url, timeout=1.0), "media": DownloadLimits(allow_http=True)}


@dataclass(frozen=True)
class Subject:
    """One platform: how to make it, the paths that list its posts, and in what it differs from the others.

    `wait_without_end` is how many seconds a limit without an end is waited for; `visitors_kind` is the kind of what
    somebody else begins, `answers_kind` that of an answer to a post; `counts_edits` where an edit has a number, a time
    and a new id; `refusals` are faults that only this platform has, and what they are called.
    """

    make: Callable[[SandboxServer, MovingClock], Platform]
    lists: str
    wait_without_end: float
    visitors_kind: str
    answers_kind: str
    refusals: Sequence[tuple[Mapping[str, Any], type[PlatformError]]]
    counts_edits: bool = False


ON_X: Sequence[tuple[Mapping[str, Any], type[PlatformError]]] = (
    ({"kind": "usage_capped"}, errors.BudgetSpent),
    ({"kind": "payment_required"}, errors.BudgetSpent),
    ({"kind": "connection_reset", "times": 2}, errors.PlatformUnavailable),  # its client tries once more
)
ON_GRAPH: Sequence[tuple[Mapping[str, Any], type[PlatformError]]] = (
    ({"kind": "connection_reset"}, errors.PlatformUnavailable),
    *(({"kind": "graph_error", "code": 190, "subcode": e}, errors.TokenRejected) for e in (458, 459, 460, 463, 492)),
    *(({"kind": "graph_error", "code": code}, errors.PermissionMissing) for code in (10, 200)),
    *(({"kind": "graph_error", "code": code}, errors.RateLimited) for code in (4, 17, 32, 613, 80001)),
    ({"kind": "graph_error", "code": 2}, errors.PlatformUnavailable),
    ({"kind": "graph_error", "code": 1, "times": 9}, errors.PlatformUnavailable),
    ({"kind": "graph_error", "code": 100}, errors.RequestRefused),
)
SUBJECTS = {
    "x": Subject(x_platform, "/2/users/*/tweets", 900, "mention", "reply", ON_X, counts_edits=True),
    "facebook": Subject(facebook_platform, "/v*/*/published_posts", 3600, "visitor_post", "comment", ON_GRAPH),
    "instagram": Subject(instagram_platform, "/v*/*/media", 3600, "mention", "comment", ON_GRAPH),
}


@dataclass
class Bench:
    """A platform of the sandbox with a connector to the school's account on it."""

    name: str
    subject: Subject
    sandbox: SandboxServer
    clock: MovingClock
    platform: Platform
    account: Account
    connector: Connector

    async def says(self, text: str, **more: Any) -> dict[str, Any]:
        return await self.sandbox.post(self.name, text, **more)

    async def says_many(self, count: int) -> None:
        await asyncio.gather(*(self.says(f"number {number}") for number in range(count)))

    async def read(self, stream: str, cursor: Cursor | None = None, threads: tuple[str, ...] = ()) -> list[Page]:
        return [page async for page in self.connector.poll(stream, cursor or {}, threads=threads)]

    async def read_until_error(self, stream: str) -> tuple[list[Page], PlatformError | None]:
        """Read from the beginning and keep the pages that came before an error."""
        got: list[Page] = []
        try:
            async for page in self.connector.poll(stream, {}):
                got.append(page)  # noqa: PERF401  # the pages before the error are the point
        except PlatformError as error:
            return got, error
        return got, None

    async def read_all(self, threads: tuple[str, ...] = ()) -> dict[str, Observation]:
        """Everything that the streams give together, by the id that names a post."""
        pages = [page for stream in self.platform.streams for page in await self.read(stream, threads=threads)]
        return {post.first_id: post for page in pages for post in page.posts}

    async def fails(self, kind: str, **more: Any) -> None:
        await self.sandbox.fault(kind, self.subject.lists, **more)

    async def advance(self, **step: float) -> None:
        """Move the sandbox's clock and the connector's."""
        ahead = timedelta(**step)
        self.clock.ahead += ahead
        await self.sandbox.call("POST", "/admin/clock", {"advance_s": ahead.total_seconds()})


@contextlib.asynccontextmanager
async def bench_on(name: str, sandbox: SandboxServer) -> AsyncIterator[Bench]:
    subject, clock, user = SUBJECTS[name], MovingClock(), await sandbox.account(name)
    platform = subject.make(sandbox, clock)
    account_id = ids.account_id(SCHOOL_ID, name, user["id"])
    account = Account(account_id, SCHOOL_ID, name, user["handle"], user["id"], (SCHOOL_ID,))
    connector = platform.connect(account, SecretStr(TOKEN))
    yield Bench(name, subject, sandbox, clock, platform, account, connector)
    await connector.aclose()


def texts(pages: list[Page]) -> list[str]:
    return [post.text for page in pages for post in page.posts]
