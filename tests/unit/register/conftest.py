"""A register with one school, on SQLite and on PostgreSQL."""

import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from obstore.store import MemoryStore
from pydantic import SecretStr

from services.register.gallery import Gallery
from services.register.models import FaceMatching, School
from services.register.reads import RegisterReader
from services.register.users import Users
from services.register.writes import RegisterWriter
from services.shared.content_store import StoredKeys
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.migrations import upgrade

DOCUMENTS = FaceMatching("DPIA 4", "opinion of 3 March", date(2026, 3, 1))


@dataclass
class MovableClock:
    """A clock that tests move."""

    moment: datetime = field(default=datetime(2026, 11, 24, 10, tzinfo=UTC))

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Register:
    """Everything that works on one register."""

    database: Database
    clock: MovableClock
    keyring: Keyring
    reader: RegisterReader
    writer: RegisterWriter
    gallery: Gallery
    users: Users

    async def school(self, documents: FaceMatching | None = DOCUMENTS) -> School:
        return await self.writer.add_school("999001", "Larkhollow", profile="sandbox", face_matching=documents)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Register]:
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgresql"
        else f"sqlite+aiosqlite:///{tmp_path / 'register.db'}"
    )
    database = Database("register", url)
    await upgrade(database)
    clock = MovableClock()
    keyring = Keyring(SecretStr(base64.b64encode(os.urandom(32)).decode()), StoredKeys(MemoryStore()))
    yield Register(
        database,
        clock,
        keyring,
        RegisterReader(database, keyring, clock),
        RegisterWriter(database, keyring),
        Gallery(database, keyring, clock),
        Users(database, clock, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)),
    )
    await database.close()
