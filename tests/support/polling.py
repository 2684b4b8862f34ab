"""An account of the sandbox, read by the real connector into the real tables."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from schemas.post import Post
from services.ingest.media import MediaLoop
from services.ingest.polling.connections import Connections
from services.ingest.polling.lease import Leases
from services.ingest.polling.poll import Poller
from services.ingest.polling.record import Recorder, Storage
from services.ingest.purge import Purges
from services.ingest.status import StatusBoard
from services.ingest.writes import IngestWriter
from services.shared.process import Stop
from tests.support.connectors import Bench
from tests.support.ingest import FakeRegister, ingest_on, sqlite_url
from tests.support.sandbox import TOKEN

Read = Callable[[], Awaitable[list[Post]]]
"""Polls every stream once, fetches pictures, and returns what was published since the last time."""


class SandboxRegister(FakeRegister):
    async def token(self, account_id: str) -> SecretStr:
        del account_id
        return SecretStr(TOKEN)


@contextlib.asynccontextmanager
async def polled(bench: Bench, folder: Path) -> AsyncIterator[Read]:
    async with ingest_on(sqlite_url(folder)) as parts:
        register = SandboxRegister(known=[bench.account])
        connections = Connections(register, {bench.name: bench.platform}, bench.clock)
        leases = Leases(parts.database, bench.clock, timedelta(seconds=60))
        purges = Purges(parts.database, bench.clock, timedelta(hours=12))
        writer = IngestWriter(parts.database, leases, bench.clock, timedelta(seconds=30), purges)
        storage = Storage(parts.reader, writer, leases, parts.content)
        status = StatusBoard(
            parts.database, leases, connections.platforms, bench.clock, timedelta(hours=3), lambda: None
        )
        poller = Poller(connections, Recorder(register, storage, bench.clock, lambda: None), status, bench.clock)
        part = parts.health.part("pictures")
        media = MediaLoop(connections, parts.reader, writer, parts.content, bench.clock, part, lambda: None)
        known: list[str] = []

        async def read() -> list[Post]:
            for stream in bench.platform.streams:
                assert (await poller.poll(bench.account, stream, Stop())).code == "ok"
            while await media.round():
                pass
            new = [post for post in await parts.published() if post.check_id not in known]
            known.extend(post.check_id for post in new)
            return new

        yield read
        await connections.aclose()


def named(posts: list[Post]) -> dict[str, Post]:
    """Posts by the platform's id."""
    return {post.post_id.split(":", 1)[1]: post for post in posts}
