import asyncio
import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import MetaData

from schemas.events import Record, decode, event_id
from services.shared import outbox
from services.shared.database import Database
from services.shared.errors import DependencyUnavailable, InputRejected
from services.shared.health import Health
from services.shared.outbox import Outbox, outbox_table
from tests.support.events import make_post
from tests.support.waiting import until

METADATA = MetaData()
TABLE = outbox_table(METADATA)


class FakeBroker:
    """Takes records; refuses as many as `refusals` says, at the moments it says."""

    def __init__(self, refusals: list[bool] | None = None) -> None:
        self.taken: list[str] = []
        self._refusals = refusals or []

    async def publish_record(self, topic: str, record: Record) -> None:
        if self._refusals and self._refusals.pop(0):
            raise DependencyUnavailable("no broker")
        event = decode(record.key, record.value, record.headers.items())
        self.taken.append(event_id(event))
        assert topic == "posts"


async def filled(folder: Path, count: int) -> Database:
    database = Database("ingest", f"sqlite+aiosqlite:///{folder}/ingest.db")
    async with database.transaction() as connection:
        await connection.run_sync(METADATA.create_all)
        await outbox.add(connection, TABLE, [("posts", make_post(number)) for number in range(count)])
    return database


async def test_rows_are_published_in_order_and_removed(tmp_path: Path) -> None:
    database = await filled(tmp_path, 450)
    broker = FakeBroker()
    relay = Outbox(database, TABLE, broker, Health("ingest"))
    assert [await relay.relay_batch() for _ in range(4)] == [200, 200, 50, 0]
    assert broker.taken == [make_post(number).check_id for number in range(450)]
    await database.close()


async def test_a_transaction_that_fails_adds_nothing(tmp_path: Path) -> None:
    database = await filled(tmp_path, 0)

    async def add_and_fail() -> None:
        async with database.transaction() as connection:
            await outbox.add(connection, TABLE, [("posts", make_post())])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_fail()
    assert await Outbox(database, TABLE, FakeBroker(), Health("ingest")).relay_batch() == 0
    await database.close()


@given(refusals=st.lists(st.booleans(), max_size=30))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_broker_that_comes_and_goes_loses_and_reorders_nothing(
    tmp_path_factory: pytest.TempPathFactory, refusals: list[bool]
) -> None:
    database = await filled(tmp_path_factory.mktemp("outbox"), 10)
    broker = FakeBroker(refusals)
    relay = Outbox(database, TABLE, broker, Health("ingest"))
    left = 10
    while left:
        try:
            left = await relay.relay_batch()
        except DependencyUnavailable:
            continue
    assert broker.taken == [make_post(number).check_id for number in range(10)]
    await database.close()


@pytest.mark.parametrize(("taken", "left"), [(0, 450), (3, 447), (450, 0)])
async def test_what_waits_is_counted_while_the_broker_is_away(tmp_path: Path, taken: int, left: int) -> None:
    database = await filled(tmp_path, 450)
    relay = Outbox(database, TABLE, FakeBroker([False] * taken + [True] * (450 - taken)), Health("ingest"))
    with contextlib.suppress(DependencyUnavailable):
        while await relay.relay_batch():
            pass
    assert REGISTRY.get_sample_value("schoolgate_outbox_pending", {"owner": "ingest"}) == left
    await database.close()


async def test_the_relay_stays_up_and_skips_nothing_when_an_event_is_refused(tmp_path: Path) -> None:
    class Refusing(FakeBroker):
        async def publish_record(self, topic: str, record: Record) -> None:
            if len(self.taken) == 1:
                raise InputRejected("an event is larger than Kafka takes")
            await super().publish_record(topic, record)

    database = await filled(tmp_path, 3)
    health, broker, stop = Health("ingest"), Refusing(), asyncio.Event()
    running = asyncio.create_task(Outbox(database, TABLE, broker, health).relay(stop))
    await until(lambda: health.readiness() == {"outbox": "rejected"}, what="said so")
    stop.set()
    await running
    assert broker.taken == [make_post(0).check_id]
    await database.close()


async def test_the_relay_says_when_the_broker_is_away_and_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "RETRY_SECONDS", 0.02)
    database = await filled(tmp_path, 3)
    health, broker = Health("ingest"), FakeBroker([True])
    stop = asyncio.Event()
    running = asyncio.create_task(Outbox(database, TABLE, broker, health).relay(stop))
    await until(
        lambda: len(broker.taken) == 3 and health.readiness() == {}, what="published after the broker came back"
    )
    stop.set()
    await running
    await database.close()
