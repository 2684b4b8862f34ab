"""A casebook on SQLite and on PostgreSQL, for the tests of casebook and notify."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from pydantic import SecretStr

from services.shared.content_store import StoredKeys
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.migrations import upgrade
from tests.support.notify import World


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    database = Database("casebook", url)
    await upgrade(database)
    yield database
    await database.close()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(SecretStr("A" * 43 + "="), StoredKeys(MemoryStore()))
