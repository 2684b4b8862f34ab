"""Events written in the same transaction as the rows they tell of, and published in order afterwards."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events import Event, Record, encode
from services.shared import metrics
from services.shared.database import Database
from services.shared.errors import DependencyUnavailable, InputRejected
from services.shared.health import Health
from services.shared.process import Stop, pause

BATCH: Final = 200
IDLE_SECONDS: Final = 0.2
RETRY_SECONDS: Final = 2.0
log = structlog.get_logger()


class Publisher(Protocol):
    """Publishes an encoded event and returns when the broker has it."""

    async def publish_record(self, topic: str, record: Record) -> None:
        """Publish; DependencyUnavailable when the broker does not answer, InputRejected when it never takes this."""
        ...


def outbox_table(metadata: MetaData) -> Table:
    """Define the outbox of one database. Rows are removed once the broker has acknowledged them."""
    return Table(
        "outbox",
        metadata,
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("topic", String(64), nullable=False),
        Column("key", LargeBinary, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("headers", String, nullable=False),
        sqlite_autoincrement=True,
    )


class Outbox:
    """Adds events to the outbox and relays them; one relay per database keeps the order."""

    def __init__(self, database: Database, table: Table, publisher: Publisher, health: Health) -> None:
        self._database = database
        self._table = table
        self._publisher = publisher
        self._part = health.part("outbox", max_silence=300)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that a transaction added rows, so that the relay does not wait."""
        self._wake.set()

    async def relay(self, stop: Stop) -> None:
        """Publish rows in order until `stop`; a row goes once the broker has it, so a crash repeats, never loses."""
        while not stop.is_set():
            self._wake.clear()
            try:
                sent = await self.relay_batch()
            except (DependencyUnavailable, InputRejected) as error:  # nothing is skipped: the order would be lost
                self._part.failed("dependency_unavailable" if isinstance(error, DependencyUnavailable) else "rejected")
                log.warning("relay_waits", exc_info=error)
                await pause(stop, RETRY_SECONDS)
                continue
            self._part.ready()
            if sent < BATCH:
                await pause(self._wake, IDLE_SECONDS)

    async def relay_batch(self) -> int:
        """Publish up to BATCH rows in order and return how many.

        Raises:
            DependencyUnavailable: the database or the broker does not answer.
        """
        table = self._table
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(table).order_by(table.c.seq).limit(BATCH))).all()
        sent: list[int] = []
        try:
            for row in rows:
                await self._publisher.publish_record(row.topic, _record(row))
                sent.append(row.seq)
                metrics.OUTBOX_PUBLISHED.labels(self._database.owner, row.topic).inc()
        finally:
            if sent:
                async with self._database.transaction() as connection:
                    await connection.execute(delete(table).where(table.c.seq.in_(sent)))
            emptied = len(sent) == len(rows) < BATCH
            metrics.OUTBOX_PENDING.labels(self._database.owner).set(0 if emptied else await self._pending())
        return len(rows)

    async def _pending(self) -> int:
        async with self._database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(self._table))).scalar_one())


async def add(connection: AsyncConnection, table: Table, events: Iterable[tuple[str, Event]]) -> None:
    """Add (topic, event) pairs to the outbox within the caller's transaction."""
    rows = [_row(topic, encode(event)) for topic, event in events]
    if rows:
        await connection.execute(insert(table), rows)


def _row(topic: str, record: Record) -> dict[str, Any]:
    headers = "\n".join(f"{name}: {value.decode()}" for name, value in record.headers.items())
    return {"topic": topic, "key": record.key, "value": record.value, "headers": headers}


def _record(row: Any) -> Record:
    pairs = (line.split(": ", 1) for line in row.headers.split("\n"))
    return Record(key=row.key, value=row.value, headers={name: value.encode() for name, value in pairs})
