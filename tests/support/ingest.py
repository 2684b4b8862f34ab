"""Ingest put together around a platform that a test scripts."""

import base64
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from obstore.store import MemoryStore
from pydantic import SecretStr
from sqlalchemy import select

from schemas import ids
from schemas.events import Event, decode
from schemas.post import Post, RegisterVersions
from schemas.status import AccountStatus
from services.ingest.connectors.connector import Attachment, Author, Budget, Cursor, Fetched, Observation, Page
from services.ingest.deletions import Deletions
from services.ingest.media import MediaLoop
from services.ingest.polling.connections import Connections
from services.ingest.polling.lease import Leases
from services.ingest.polling.poll import Outcome, Poller
from services.ingest.polling.record import Recorder, Storage
from services.ingest.polling.remembered import Remembered
from services.ingest.purge import PurgeLoop, Purges
from services.ingest.reads import IngestReader
from services.ingest.removed import RemovedAccounts
from services.ingest.settings import IngestSettings
from services.ingest.status import StatusBoard, patience
from services.ingest.sweep import Intervals, Sweep
from services.ingest.tables import metadata, outbox
from services.ingest.writes import IngestWriter
from services.policy.load import load_profile
from services.register.models import Account, FaceMatching, School
from services.shared.content_store import ContentStore, StoredKeys
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.health import Health
from services.shared.outbox import _record
from services.shared.process import Stop

BEGIN = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
SCHOOL = School(
    ids.school_id("larkhollow"), "Larkhollow", "school", "england_and_wales", "sandbox", FaceMatching("D-1")
)
OFFICIAL = "1000"
ACCOUNT = Account(
    ids.account_id(SCHOOL.school_id, "x", OFFICIAL), SCHOOL.school_id, "x", "larkhollow", OFFICIAL, (SCHOOL.school_id,)
)
JPEG = b"\xff\xd8 a picture"


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.time = BEGIN

    def now(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def seen(object_id: str = "1", text: str = "Sports day!", **changes: Any) -> Observation:
    """A comment, as a platform might show it."""
    comment = Observation(
        object_id=object_id,
        first_id=object_id,
        kind="reply",
        author=Author("2000", "a_parent", "A. Parent"),
        text=text,
        published_at=BEGIN,
        visibility="public",
    )
    return replace(comment, **changes)


def picture(key: str = "p1", url: str | None = "https://media.example/p1") -> Attachment:
    return Attachment(key, "photo", url, alt_text="Pupils on the field")


@dataclass
class FakeRegister:
    known: list[Account] = field(default_factory=lambda: [ACCOUNT])
    roster: int = 4
    failure: Exception | None = None

    async def accounts(self) -> tuple[Account, ...]:
        self._answer()
        return tuple(self.known)

    async def school(self, school_id: str) -> School:
        self._answer()
        assert school_id == SCHOOL.school_id
        return SCHOOL

    async def versions(self, school_id: str) -> RegisterVersions:
        self._answer()
        assert school_id == SCHOOL.school_id
        return RegisterVersions(roster=self.roster)

    async def token(self, account_id: str) -> SecretStr:
        self._answer()
        return SecretStr(f"token-of-{account_id}")

    def _answer(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class FakePlatform:
    """Gives the pages that a test puts in, then an error if there is one; its media lie under their URLs."""

    streams: Sequence[str] = ("posts",)
    pages: list[list[Observation]] = field(default_factory=list)
    error: Exception | None = None
    gap: str | None = None
    meanwhile: Callable[[], Awaitable[object]] | None = None
    media: dict[str, bytes | Exception] = field(default_factory=dict)
    lookups: dict[str, Observation] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)
    cursors: list[Cursor] = field(default_factory=list)
    everything: list[list[Observation]] = field(default_factory=list)
    budget: Budget | None = None
    threads: list[tuple[str, ...]] = field(default_factory=list)
    open: int = 0
    opened: int = 0
    refuses: Exception | None = None

    def connect(self, account: Account, token: SecretStr) -> "FakeConnector":
        assert token.get_secret_value() == f"token-of-{account.account_id}"
        self.open += 1
        self.opened += 1
        return FakeConnector(self)


@dataclass
class FakeConnector:
    platform: FakePlatform

    @property
    def budget(self) -> Budget | None:
        return self.platform.budget

    async def validate(self) -> None:
        if self.platform.refuses is not None:
            raise self.platform.refuses

    async def poll(self, stream: str, cursor: Cursor, *, threads: Sequence[str] = ()) -> AsyncGenerator[Page, None]:
        platform = self.platform
        platform.cursors.append(cursor)
        platform.threads.append(tuple(threads))
        for posts in list(platform.pages):
            if platform.meanwhile is not None:
                await platform.meanwhile()
            yield Page(tuple(posts), cursor, more=True, gap=platform.gap)
        if platform.error is not None:
            raise platform.error
        yield Page((), {"stream": stream, "poll": len(platform.cursors)}, more=False, budget=platform.budget)

    async def history(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        platform = self.platform
        platform.cursors.append(cursor)
        for number in range(cursor.get("read", 0), len(platform.everything)):
            if platform.meanwhile is not None:
                await platform.meanwhile()
            if platform.error is not None:
                raise platform.error
            more = number + 1 < len(platform.everything)
            yield Page(tuple(platform.everything[number]), {"read": number + 1}, more, platform.budget)

    async def lookup(self, ids: Sequence[str]) -> Mapping[str, Observation | None]:
        self.platform.asked.append(list(ids))
        if self.platform.error is not None:
            raise self.platform.error
        return {each: self.platform.lookups.get(each) for each in ids if each not in self.platform.withheld}

    async def fetch_media(self, url: str) -> Fetched:
        found = self.platform.media[url]
        if isinstance(found, Exception):
            raise found
        return Fetched(found, "image/jpeg")

    async def aclose(self) -> None:
        self.platform.open -= 1


def default(setting: str) -> Any:
    return IngestSettings.model_fields[setting].default


class Ingest:
    """The parts of one ingest process on one database; `other()` makes a second process on the same."""

    def __init__(
        self,
        database: Database,
        content: ContentStore,
        clock: HandClock,
        register: FakeRegister,
        platform: FakePlatform,
        reader: IngestReader | None = None,
    ) -> None:
        self.database, self.content, self.clock = database, content, clock
        self.register, self.platform, self.health = register, platform, Health("ingest")
        remembered = Remembered(register, clock)
        self.connections = Connections(remembered, {"x": platform}, clock)
        self.reader = reader or IngestReader(database)
        self.leases = Leases(database, clock, timedelta(seconds=60))
        self.purges = Purges(database, clock, default("purge_after"))
        self.writer = IngestWriter(database, self.leases, clock, timedelta(seconds=30), self.purges)
        self.stored = 0
        storage = Storage(self.reader, self.writer, self.leases, content)
        self.recorder = Recorder(remembered, storage, clock, self._on_stored, profiles=load_profile)
        self.up_to_date = Recorder(register, storage, clock, self._on_stored, profiles=load_profile)
        platforms = self.connections.platforms
        self.status = StatusBoard(database, self.leases, platforms, clock, patience(default("poll_max")), lambda: None)
        self.poller = Poller(self.connections, self.recorder, self.status, clock)
        part = self.health.part("media")
        self.deletions = Deletions(database, self.leases, self.writer, self.purges, clock)
        intervals = Intervals(default("sweep_every"), default("confirm_after"))
        self.sweep = Sweep(
            self.connections, self.recorder, self.deletions, self.accounts, clock, intervals, self._on_stored
        )
        self.purge = PurgeLoop(self.purges, content)
        self.removed = RemovedAccounts(register, database, self.deletions, clock)
        self.media = MediaLoop(self.connections, self.reader, self.writer, content, clock, part, lambda: None)

    def other(self, **changes: Any) -> "Ingest":
        parts = {name: getattr(self, name) for name in ("database", "content", "clock", "register", "platform")}
        return Ingest(**(parts | changes))

    async def poll(self, *pages: list[Observation], stream: str = "posts") -> Outcome:
        if pages:
            self.platform.pages = list(pages)
        return await self.poller.poll(ACCOUNT, stream, Stop())

    async def published(self) -> list[Post]:
        """Every check in the outbox, in order; nothing here relays it."""
        return [event for event in await self.events() if isinstance(event, Post)]

    async def statuses(self) -> list[AccountStatus]:
        """Every account's status in the outbox, in order."""
        return [event for event in await self.events() if isinstance(event, AccountStatus)]

    async def events(self) -> list[Event]:
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
        return [decode(record.key, record.value, record.headers.items()) for record in map(_record, rows)]

    def accounts(self) -> dict[str, Account]:
        return {account.account_id: account for account in self.register.known}

    def _on_stored(self) -> None:
        self.stored += 1


def memory_store() -> ContentStore:
    store = MemoryStore()
    key = SecretStr(base64.b64encode(bytes(32)).decode())
    return ContentStore(store, Keyring(key, StoredKeys(store)))


@contextlib.asynccontextmanager
async def ingest_on(url: str, make: Callable[[str, str], Database] = Database) -> AsyncIterator[Ingest]:
    database = make("ingest", url)
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    yield Ingest(database, memory_store(), HandClock(), FakeRegister(), FakePlatform())
    await database.close()


def sqlite_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/ingest.db"
