"""One database per owner, on SQLite (WAL) or PostgreSQL, with the same statements on both."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Table, TypeDecorator, event, literal, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.shared.errors import DependencyUnavailable

BUSY_SECONDS = 15


class UtcTimestamp(TypeDecorator[datetime]):
    """A moment with zone, in and out, also on SQLite, which keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store UTC; refuse a moment without zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a timestamp needs a zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return UTC with zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """The database of one owner. Transactions are short: read what is needed, write, commit."""

    def __init__(self, owner: str, url: str) -> None:
        self.owner = owner
        self.url = url
        self.engine = _engine(url)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a write transaction; commit on success, roll back on any exception.

        Raises:
            DependencyUnavailable: the database does not answer or stayed locked.
        """
        with _translated(self.owner):
            async with self.engine.begin() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that only reads; on SQLite it does not wait for writers.

        Raises:
            DependencyUnavailable: the database does not answer.
        """
        with _translated(self.owner):
            async with self.engine.connect() as connection:
                yield await connection.execution_options(schoolgate_reading=True)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


@contextlib.contextmanager
def _translated(owner: str) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, NoConnectionLeft) as error:
        raise DependencyUnavailable(f"database {owner} does not answer") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DependencyUnavailable(f"database {owner} lost the connection") from error
        raise


async def insert_new(connection: AsyncConnection, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose unique keys are not there yet; return how many were."""
    values = [dict(row) for row in rows]
    if not values:
        return 0
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    inserted = 0
    for row in values:  # one statement a row, and what it returns: the drivers' row counts cannot be relied upon
        statement = insert.values(row).on_conflict_do_nothing().returning(literal(1))
        inserted += len((await connection.execute(statement)).all())
    return inserted


async def upsert(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert the row or, where its primary key is there, replace the other columns."""
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table).values(dict(row))
    key = [column.name for column in table.primary_key]
    changes = {name: insert.excluded[name] for name in row if name not in key}
    await connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changes))


def _engine(url: str) -> AsyncEngine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=5, hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself: BEGIN IMMEDIATE below does
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        # A transaction that reads first and writes later would fail with "locked" instead of waiting.
        reading = connection.get_execution_options().get("schoolgate_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
