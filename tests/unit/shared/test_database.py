import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from services.shared.database import Database, UtcTimestamp, insert_new, upsert
from services.shared.errors import DependencyUnavailable

METADATA = MetaData()
NOTES = Table(
    "notes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("text", String, nullable=False),
    Column("at", UtcTimestamp),
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgresql"
        else f"sqlite+aiosqlite:///{tmp_path}/db"
    )
    database = Database("test", url)
    async with database.transaction() as connection:
        await connection.run_sync(METADATA.create_all)
    yield database
    await database.close()


async def test_inserting_what_is_there_changes_nothing_and_is_counted(database: Database) -> None:
    async with database.transaction() as connection:
        assert await insert_new(connection, NOTES, [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]) == 2
        assert await insert_new(connection, NOTES, [{"id": 2, "text": "changed"}, {"id": 3, "text": "c"}]) == 1
    async with database.reading() as connection:
        rows = (await connection.execute(select(NOTES.c.text).order_by(NOTES.c.id))).scalars().all()
    assert rows == ["a", "b", "c"]


async def test_upsert_replaces_by_primary_key(database: Database) -> None:
    async with database.transaction() as connection:
        await upsert(connection, NOTES, {"id": 1, "text": "a"})
        await upsert(connection, NOTES, {"id": 1, "text": "b"})
    async with database.reading() as connection:
        assert (await connection.execute(select(NOTES.c.text))).scalars().all() == ["b"]


async def test_moments_keep_their_zone(database: Database) -> None:
    summer = datetime(2026, 7, 1, 9, 0, tzinfo=timezone(timedelta(hours=1)))
    async with database.transaction() as connection:
        await upsert(connection, NOTES, {"id": 1, "text": "a", "at": summer})
    async with database.reading() as connection:
        stored = (await connection.execute(select(NOTES.c.at))).scalar_one()
    assert stored == summer
    assert stored.tzinfo is UTC


async def test_transactions_that_read_and_then_write_queue_on_sqlite(tmp_path: Path) -> None:
    database = Database("test", f"sqlite+aiosqlite:///{tmp_path}/db")
    async with database.transaction() as connection:
        await connection.run_sync(METADATA.create_all)

    async def add_one() -> None:
        async with database.transaction() as connection:
            count = len((await connection.execute(select(NOTES.c.id))).all())
            await insert_new(connection, NOTES, [{"id": count + 1, "text": "x"}])

    await asyncio.gather(*(add_one() for _ in range(10)))
    async with database.reading() as connection:
        assert len((await connection.execute(select(NOTES.c.id))).all()) == 10
    await database.close()


async def test_a_database_that_is_not_there_is_a_dependency() -> None:
    database = Database("casebook", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DependencyUnavailable, match="database casebook does not answer"):
        async with database.transaction():
            pass
    await database.close()


async def test_a_database_whose_connections_all_hang_is_a_dependency(tmp_path: Path) -> None:
    database = Database("casebook", f"sqlite+aiosqlite:///{tmp_path}/db")
    pool: Any = database.engine.pool
    pool._timeout = 0.05
    async with contextlib.AsyncExitStack() as hanging:
        for _ in range(pool.size() + pool._max_overflow):
            await hanging.enter_async_context(database.reading())
        with pytest.raises(DependencyUnavailable, match="database casebook does not answer"):
            await hanging.enter_async_context(database.reading())
    await database.close()
