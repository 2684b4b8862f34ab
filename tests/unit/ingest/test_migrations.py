from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.ingest.tables import metadata
from services.shared.database import Database
from services.shared.migrations import must_be_current, upgrade
from tests.support.ingest import sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    found: str = request.getfixturevalue("postgres_url") if request.param == "postgresql" else sqlite_url(tmp_path)
    return found


async def test_the_migrations_make_the_tables(url: str) -> None:
    database = Database("ingest", url)
    await upgrade(database)
    await must_be_current(database)
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), metadata)
        )
    await database.close()
    assert differences == []
