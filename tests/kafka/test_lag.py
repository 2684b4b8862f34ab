"""The lag that operators see is the lag there is."""

import asyncio
import contextlib
import time
import uuid

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry, generate_latest

from schemas.events import encode
from schemas.post import Post
from services.cli.lag import table
from services.local.ports import free_port
from services.local.topics import create_topics
from services.observe.exporter import LagExporter
from services.observe.lag import LagReader, PartitionLag
from services.shared.errors import DependencyUnavailable
from services.shared.health import Health
from services.shared.kafka import Broker
from services.shared.settings import KafkaSettings
from tests.support.events import make_post
from tests.support.waiting import until

pytestmark = pytest.mark.kafka
MINUTE_MS = 60_000


@pytest.fixture
def settings(kafka: str) -> KafkaSettings:
    made = KafkaSettings(bootstrap=kafka, prefix=f"l{uuid.uuid4().hex[:8]}.", session_timeout=6)
    create_topics(made)
    return made


async def send(settings: KafkaSettings, count: int, *, minutes_ago: float) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for number in range(count):
            record = encode(make_post(number))
            at = int(time.time() * 1000 - minutes_ago * MINUTE_MS)
            headers = list(record.headers.items())
            await producer.send_and_wait(settings.prefix + "posts", record.value, record.key, None, at, headers)


async def read(settings: KafkaSettings) -> tuple[PartitionLag, ...]:
    reader = LagReader(settings)
    try:
        return await asyncio.to_thread(reader.read)
    finally:
        reader.close()


def of(lags: tuple[PartitionLag, ...], service: str) -> list[PartitionLag]:
    return [lag for lag in lags if lag.group.endswith(f".{service}") and lag.topic.endswith(".posts")]


async def test_a_group_that_never_started_waits_for_everything(settings: KafkaSettings) -> None:
    await send(settings, 20, minutes_ago=3)
    lags = of(await read(settings), "abuse")
    assert sum(lag.records for lag in lags) == 20
    assert 170 < max(lag.seconds or 0 for lag in lags) < 240


async def test_a_group_that_caught_up_waits_for_nothing_however_old_the_records(settings: KafkaSettings) -> None:
    await send(settings, 10, minutes_ago=60)
    broker = Broker("abuse", settings, Health("abuse"))

    async def handle(_: Post) -> None: ...

    broker.subscribe(("posts",), {Post: handle})
    stop = asyncio.Event()
    running = asyncio.create_task(broker.run(stop))

    async def caught_up() -> bool:
        return sum(lag.records for lag in of(await read(settings), "abuse")) == 0

    await until(caught_up, what="the group caught up")
    assert {lag.seconds for lag in of(await read(settings), "abuse")} == {0.0}
    assert sum(lag.records for lag in of(await read(settings), "details")) == 10
    stop.set()
    await running


async def test_the_exporter_speaks_the_names_of_kafka_exporter(settings: KafkaSettings) -> None:
    await send(settings, 5, minutes_ago=1)
    registry, health = CollectorRegistry(), Health("observe")
    exporter = LagExporter(LagReader(settings), health.part("kafka"))
    registry.register(exporter)
    stop = asyncio.Event()
    running = asyncio.create_task(exporter.run(stop))
    await until(lambda: health.readiness() == {}, what="the first reading")
    text = generate_latest(registry).decode()
    group = f'consumergroup="{settings.prefix}abuse"'
    lag = [line for line in text.splitlines() if line.startswith("kafka_consumergroup_lag{") and group in line]
    assert sum(float(line.rsplit(" ", 1)[1]) for line in lag) == 5
    for name in (
        "kafka_consumergroup_lag_seconds",
        "kafka_consumergroup_current_offset",
        "kafka_topic_partition_current_offset",
    ):
        assert f"\n{name}{{" in text
    stop.set()
    await running


async def test_without_kafka_there_is_no_figure_rather_than_an_old_one() -> None:
    settings = KafkaSettings(bootstrap=f"127.0.0.1:{free_port()}")
    with pytest.raises(DependencyUnavailable, match=r"^Kafka at 127\.0\.0\.1:\d+ does not answer: check"):
        await read(settings)
    health = Health("observe")
    exporter = LagExporter(LagReader(settings), health.part("kafka"))
    running = asyncio.create_task(exporter.run(asyncio.Event()))
    await until(lambda: health.readiness() == {"kafka": "kafka_unavailable"}, what="not ready")
    assert all(not family.samples for family in exporter.collect())
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def test_the_terminal_shows_the_longest_wait_first() -> None:
    lags = [
        PartitionLag("s.faces", "s.posts", 0, 5, 5, 0.0),
        PartitionLag("s.abuse", "s.posts", 0, 1, 4, 12.0),
        PartitionLag("s.abuse", "s.posts", 1, 0, 2, 75.5),
    ]
    shown = table(lags)
    assert [next(iter(column.cells)) for column in shown.columns] == ["s.abuse", "s.posts", "5", "75.5 s"]


def test_an_audit_that_waits_comes_last_and_is_late_only_after_hours() -> None:
    lags = [
        PartitionLag("s.abuse", "s.posts", 0, 1, 4, 75.0),
        PartitionLag("s.abuse.backfill", "s.posts.backfill", 0, 0, 40, 3600.0),
        PartitionLag("s.faces.backfill", "s.posts.backfill", 0, 0, 40, 7 * 3600.0),
    ]
    shown = table(lags)
    assert list(shown.columns[0].cells) == ["s.abuse", "s.faces.backfill", "s.abuse.backfill"]
    assert [row.style for row in shown.rows] == ["red", "red", ""]
