"""A register of invented schools with a clock that tests move, and what it tells the others."""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from obstore.store import MemoryStore
from pydantic import SecretStr
from sqlalchemy import delete, select

from schemas.events import decode
from schemas.ids import PupilRef, SchoolId
from schemas.status import RegisterChange
from services.register import tables
from services.register.expire import Expiry
from services.register.gallery import Gallery
from services.register.models import EnrolmentConsent, FaceMatching, Pupil, School
from services.register.reads import RegisterReader
from services.register.users import Users
from services.register.writes import RegisterWriter
from services.shared.content_store import StoredKeys
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.health import Health
from services.shared.migrations import upgrade

DOCUMENTS = FaceMatching("DPIA 4", "opinion of 3 March", date(2026, 3, 1))
LAWFUL = EnrolmentConsent(
    admission_no="2401",
    parents_notified_on=date(2026, 9, 10),
    written_consent_by="mother",
    written_consent_on=date(2026, 9, 12),
    parent_objection=False,
    child_objection=False,
)
VECTOR = b"invented face vector" * 8


@dataclass
class MovableClock:
    """A clock that tests move."""

    moment: datetime = field(default=datetime(2026, 11, 24, 10, tzinfo=UTC))

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


def pupil(admission_no: str = "2401", **changes: Any) -> Pupil:
    unset = dict.fromkeys(("ref", "upn", "year", "form", "dob", "address", "postcode"), "")
    named = {"legal_forename": "Wren", "preferred_forename": "Wren", "surname": "Abara"}
    return Pupil(admission_no=admission_no, **(unset | named | {"photo_consent": "no", "name_consent": "no"} | changes))


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
    expiry: Expiry
    health: Health

    async def school(self, documents: FaceMatching | None = DOCUMENTS, *, number: str = "999001") -> School:
        return await self.writer.add_school(number, "Larkhollow", profile="sandbox", face_matching=documents)

    async def ref(self, school_id: SchoolId, admission_no: str = "2401") -> PupilRef:
        (found,) = [
            each.ref for each in (await self.reader.roster(school_id)).pupils if each.admission_no == admission_no
        ]
        return found

    async def enrol(self, school_id: SchoolId, ref: PupilRef, model_id: str = "model+1") -> None:
        await self.gallery.add_template(school_id, ref, model_id=model_id, vector=VECTOR, photos=3)

    async def enrolled(self, admission_no: str = "2401", *, number: str = "999001") -> tuple[SchoolId, PupilRef]:
        """A school with one pupil, who is enrolled."""
        school_id = (await self.school(number=number)).school_id
        await self.writer.import_people(school_id, pupils=[pupil(admission_no)])
        assert await self.gallery.record_consents(school_id, [LAWFUL]) == 0
        ref = await self.ref(school_id, admission_no)
        await self.enrol(school_id, ref)
        return school_id, ref

    async def told(self) -> list[RegisterChange]:
        """What was put into the outbox since the last call, in order."""
        async with self.database.transaction() as connection:
            found = (await connection.execute(select(tables.outbox).order_by(tables.outbox.c.seq))).all()
            await connection.execute(delete(tables.outbox))
        changes = []
        for row in found:
            headers = [line.split(": ", 1) for line in row.headers.split("\n")]
            change = decode(row.key, row.value, [(name, value.encode()) for name, value in headers])
            assert isinstance(change, RegisterChange)
            assert (row.topic, row.key.decode()) == ("register.changes", change.school_id)
            changes.append(change)
        return changes


def what(changes: list[RegisterChange]) -> list[tuple[tuple[str, ...], list[str]]]:
    """The parts of each change, and what happened to pupils, whoever they are."""
    return [(change.parts, [each.what for each in change.pupils]) for change in changes]


@asynccontextmanager
async def open_register(url: str) -> AsyncIterator[Register]:
    database = Database("register", url)
    await upgrade(database)
    clock, health = MovableClock(), Health("register")
    keyring = Keyring(SecretStr(base64.b64encode(os.urandom(32)).decode()), StoredKeys(MemoryStore()))
    yield Register(
        database,
        clock,
        keyring,
        RegisterReader(database, keyring, clock),
        RegisterWriter(database, keyring, clock),
        Gallery(database, keyring, clock),
        Users(database, clock, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)),
        Expiry(database, keyring, clock, health.part("registers")),
        health,
    )
    await database.close()
