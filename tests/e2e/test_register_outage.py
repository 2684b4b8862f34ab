"""Without the register what is known serves for a minute; then everything waits and says so, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import NullPool, create_engine, make_url, select, text

from schemas import ids
from schemas.events import encode
from schemas.post import Post
from services.casebook.tables import checks
from services.ingest.tables import revisions
from services.register.reads import SERVED_WITHOUT_REGISTER
from services.shared.database import Database
from tests.support import walks
from tests.support.servers import per_owner
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(600)]

SERVED = SERVED_WITHOUT_REGISTER.total_seconds()


@pytest.fixture
async def system(tmp_path: Path, kafka: str, postgres_url: str) -> AsyncIterator[System]:
    async with running_system(tmp_path, kafka, database_url=per_owner(postgres_url), detectors=("details",)) as system:
        yield system


def reachable(system: System, *, register: bool) -> None:
    """Let nobody into the register's database, or everybody again."""
    url = make_url(system.settings.database_for("register"))
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS {str(register).lower()}'))
        if not register:
            end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            connection.execute(end, {"name": url.database})
    server.dispose()


async def ask_again(system: System, nonce: str) -> str:
    """Put a further check of the newest revision onto Kafka, as ingest would; return its id."""
    database = Database("ingest", system.settings.database_for("ingest"))
    async with database.reading() as connection:
        query = select(revisions.c.event).order_by(revisions.c.observed_at.desc()).limit(1)
        event = Post.model_validate_json((await connection.execute(query)).scalar_one())
    await database.close()
    check = event.model_copy(update={"check_id": ids.check_id(event.revision_id, "live", nonce)})
    record, kafka = encode(check), system.settings.kafka
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        headers = list(record.headers.items())
        await producer.send_and_wait(f"{kafka.prefix}posts", record.value, record.key, headers=headers)
    return check.check_id


async def state_of(system: System, check_id: str) -> str | None:
    async with system.casebook.reading() as connection:
        query = select(checks.c.state).where(checks.c.check_id == check_id)
        return (await connection.execute(query)).scalar_one_or_none()


async def unready(system: System, service: str) -> dict[str, str]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{system.ops[service]}/readyz")
    missing: dict[str, str] = answer.json()["missing"]
    return missing


async def test_an_outage_of_the_register(system: System) -> None:
    first = await system.post("Well done Anwen Abara, a wonderful week!")
    await walks.wait_until_checked(system, first)
    await asyncio.to_thread(reachable, system, register=False)
    cut = time.monotonic()
    try:
        soon = await system.post("Well done Freya Abara as well!")

        async def alerted() -> bool:
            return bool(await walks.alerts_on(system, system.school, soon))

        await until(alerted, what="what is known serves for a while", limit=SERVED * 2 / 3)
        await asyncio.sleep(max(0.0, cut + SERVED + 5 - time.monotonic()))
        missed = await system.post("Three cheers for Anwen Abara and her science project!")
        late = await ask_again(system, "late")

        async def says_so() -> bool:
            return "kafka" in await unready(system, "details") and "kafka" in await unready(system, "notify")

        await until(says_so, what="the services say that they wait")
        assert "accounts" in await unready(system, "ingest")
        assert await state_of(system, late) in (None, "open")
    finally:
        await asyncio.to_thread(reachable, system, register=True)

    async def caught_up() -> bool:
        return await state_of(system, late) == "alerted" and await walks.ended(system, missed)

    await until(caught_up, what="everything that waited is done", limit=walks.LIMIT * 2)
    assert await walks.alerts_on(system, system.school, missed)
    assert len(await walks.alerts_on(system, system.school, first)) == 1

    async def ready() -> bool:
        return not any([await unready(system, service) for service in ("ingest", "details", "notify")])

    await until(ready, what="everything is ready again", limit=walks.LIMIT)
