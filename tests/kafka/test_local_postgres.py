"""The PostgreSQL that tests get: a real one, with a database for each test."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("attempt", ["first", "second"])
async def test_each_test_gets_an_empty_database(postgres_url: str, attempt: str) -> None:
    engine = create_async_engine(postgres_url)
    async with engine.begin() as connection:
        version = await connection.scalar(text("SHOW server_version"))
        await connection.execute(text(f"CREATE TABLE only_once (attempt text DEFAULT '{attempt}')"))
    await engine.dispose()
    assert int(version.split(".")[0]) >= 14
