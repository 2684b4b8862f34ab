"""The register's process on a real broker: it relays in order, survives being killed, and ends what is over."""

import asyncio
import base64
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from schemas.events import decode
from schemas.ids import SchoolId
from schemas.status import RegisterChange
from services.local.topics import create_topics
from services.register.models import Pupil
from services.register.reads import RegisterReader
from services.register.writes import RegisterWriter
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.migrations import upgrade
from services.shared.paths import ROOT
from services.shared.settings import KafkaSettings, StoreSettings
from tests.support.register import MovableClock, pupil

pytestmark = pytest.mark.kafka
ARRIVES_SECONDS = 30.0


@dataclass
class Office:
    """A school's office that writes its register, and somebody who listens to register.changes."""

    settings: StoreSettings
    database: Database
    writer: RegisterWriter
    reader: RegisterReader
    school_id: SchoolId
    listener: AIOKafkaConsumer

    async def has(self, *pupils: Pupil) -> None:
        await self.writer.import_people(self.school_id, pupils=pupils)

    async def hear(self) -> RegisterChange:
        record = await asyncio.wait_for(self.listener.getone(), ARRIVES_SECONDS)
        change = decode(record.key, record.value, record.headers)
        assert isinstance(change, RegisterChange)
        assert record.key == self.school_id.encode()
        return change


@pytest.fixture
async def office(kafka: str, tmp_path: Path) -> AsyncIterator[Office]:
    brokers = KafkaSettings(bootstrap=kafka, prefix=f"t{uuid.uuid4().hex[:8]}.")
    create_topics(brokers)
    settings = StoreSettings(
        data_dir=tmp_path, kafka=brokers, master_key=SecretStr(base64.b64encode(os.urandom(32)).decode())
    )
    database = Database("register", settings.database_for("register"))
    await upgrade(database)
    keyring = open_content_store(settings).keyring
    years_ago = MovableClock(datetime(2020, 3, 2, 10, tzinfo=UTC))
    writer, reader = RegisterWriter(database, keyring, years_ago), RegisterReader(database, keyring)
    school = await writer.add_school("999001", "Larkhollow", profile="sandbox")
    topic = f"{brokers.prefix}register.changes"
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest") as listener:
        yield Office(settings, database, writer, reader, school.school_id, listener)
    await database.close()


@asynccontextmanager
async def running(settings: StoreSettings) -> AsyncIterator[asyncio.subprocess.Process]:
    """The register's process, as `schoolgate run register` starts it."""
    environment = {
        "SCHOOLGATE_DATA_DIR": str(settings.data_dir),
        "SCHOOLGATE_MASTER_KEY": settings.master_key.get_secret_value(),
        "SCHOOLGATE_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "SCHOOLGATE_KAFKA__PREFIX": settings.kafka.prefix,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli.main", "run", "register", cwd=ROOT, env={**os.environ, **environment}
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_changes_arrive_in_order_though_the_process_is_killed(office: Office) -> None:
    surnames = [f"Abara{'a' * number}" for number in range(30)]
    heard: list[RegisterChange] = []
    async with running(office.settings) as process:
        for surname in surnames[:10]:
            await office.has(pupil(surname=surname))
        heard += [await office.hear() for _ in range(6)]
        process.kill()
        await process.wait()
    for surname in surnames[10:20]:
        await office.has(pupil(surname=surname))
    async with running(office.settings) as process:
        for surname in surnames[20:]:
            await office.has(pupil(surname=surname))
        while not heard or heard[-1].versions.roster < len(surnames):
            heard.append(await office.hear())
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

    first = {change.change_id: change for change in reversed(heard)}
    assert sorted(change.versions.roster for change in first.values()) == list(range(len(surnames) + 1))
    told = sorted(first.values(), key=heard.index)
    assert [change.versions.roster for change in told] == list(range(len(surnames) + 1)), "a repetition, never a gap"
    whats = [[each.what for each in change.pupils] for change in told]
    assert whats == [[], ["joined"], *[["renamed"]] * (len(surnames) - 1)]


async def test_the_process_ends_what_is_over(office: Office) -> None:
    await office.has(
        pupil(photo_consent="yes", photo_consent_until="2020-03-31"), pupil("2402", leaving_date="2020-07-20")
    )
    async with running(office.settings):
        added, joined, over = [await office.hear() for _ in range(3)]
    assert (added.parts, joined.parts, over.parts) == (("profile", "gallery"), ("roster",), ("roster",))
    assert sorted(each.what for each in joined.pupils) == ["joined", "joined", "photo_consent_given"]
    assert sorted(each.what for each in over.pupils) == ["left", "photo_consent_withdrawn"]
    receipts = await office.reader.receipts(office.school_id)
    assert sorted(receipt.reason for receipt in receipts) == ["leaving_date_passed", "photo_consent_expired"]
