"""A release's databases as they were, kept as rows: what a school has when it upgrades."""

import base64
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from services.shared.content_store import ContentStore, open_content_store
from services.shared.database import Database
from services.shared.migrations import upgrade
from services.shared.settings import StoreSettings

RELEASES = {"0.1.0": "2dbf1729cf59914e924a2afae230fb70897c54d0"}
"""Each release with its commit."""
FOLDER = Path(__file__).parent
COUNTED = "seq"
"""The database numbers these rows itself, in the order in which they come."""


def content_of(release: str, folder: Path) -> ContentStore:
    """Return the content store that the release left: the schools' wrapped keys and the posts' texts."""
    kept = json.loads((FOLDER / release / "content.json").read_text(encoding="utf-8"))
    for name, data in kept["files"].items():
        path = folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))
    return open_content_store(StoreSettings(data_dir=folder, master_key=SecretStr(kept["master_key"])))


def opened(value: Any) -> Any:
    """Read a value of a row: JSON has no bytes and no moments."""
    match value:
        case {"bytes": str(said)}:
            return base64.b64decode(said)
        case {"moment": str(said)}:
            return datetime.fromisoformat(said)
        case {"day": str(said)}:
            return date.fromisoformat(said)
    return value


async def load(release: str, owner: str, url: str, revision: str) -> None:
    """Make an owner's database as the release left it: its migrations, up to its last, and its rows."""
    database = Database(owner, url)
    await upgrade(database, to=revision)
    await database.close()
    tables = json.loads((FOLDER / release / f"{owner}.json").read_text(encoding="utf-8"))
    rows = {
        name: [{column: opened(value) for column, value in row.items() if column != COUNTED} for row in found]
        for name, found in tables.items()
    }

    def insert(connection: Connection) -> None:
        found = MetaData()
        found.reflect(connection)
        assert {table.name for table in found.sorted_tables} - {"alembic_version"} == set(rows)
        for table in found.sorted_tables:
            if rows.get(table.name):
                connection.execute(table.insert(), rows[table.name])

    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(insert)
    await engine.dispose()
