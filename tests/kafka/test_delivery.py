"""The delivery rule, where only a real broker can show it: what is committed, given back, parked, and when it stops."""

import asyncio
import contextlib
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import RetriableError

from schemas.analysis import Finding
from schemas.events import encode
from schemas.post import Post
from services.local.topics import create_topics
from services.shared import delivery
from services.shared.delivery import DeadLetterLimit
from services.shared.errors import DependencyUnavailable, InputRejected, SettingsError
from services.shared.health import Health
from services.shared.kafka import Broker
from services.shared.settings import KafkaSettings
from tests.support.events import make_analysis, make_post
from tests.support.waiting import until

pytestmark = pytest.mark.kafka
Handler = Callable[[Post], Awaitable[None]]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.05)


@pytest.fixture
def settings(kafka: str) -> KafkaSettings:
    made = KafkaSettings(bootstrap=kafka, prefix=f"t{uuid.uuid4().hex[:8]}.", session_timeout=6)
    create_topics(made)
    return made


@contextlib.asynccontextmanager
async def consuming(
    settings: KafkaSettings, handler: Handler, limit: DeadLetterLimit | None = None
) -> AsyncIterator[Health]:
    health = Health("abuse")
    broker = Broker("abuse", settings, health, limit)
    broker.subscribe(("posts",), {Post: handler})
    stop = asyncio.Event()
    running = asyncio.create_task(broker.run(stop))
    try:
        yield health
    finally:
        stop.set()
        await running


async def send(settings: KafkaSettings, *posts: Post) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for post in posts:
            record = encode(post)
            await producer.send_and_wait(
                settings.prefix + "posts", record.value, record.key, headers=list(record.headers.items())
            )


async def send_raw(settings: KafkaSettings, value: bytes, headers: list[tuple[str, bytes | None]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        sent: Any = headers  # a header may be null, whatever the library's types say
        await producer.send_and_wait(settings.prefix + "posts", value, b"key", headers=sent)


async def parked(settings: KafkaSettings, count: int) -> list[tuple[bytes, dict[str, str]]]:
    consumer = AIOKafkaConsumer(
        settings.prefix + "posts.dlq", bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest"
    )
    async with consumer:
        records = [await asyncio.wait_for(consumer.getone(), 30) for _ in range(count)]
    return [(record.value, {name: value.decode() for name, value in record.headers}) for record in records]


async def uncommitted(settings: KafkaSettings) -> int:
    """How many records the group has yet to commit."""
    return await asyncio.to_thread(_uncommitted, settings)


def _uncommitted(settings: KafkaSettings) -> int:
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        group = settings.prefix + "abuse"
        try:
            offsets = admin.list_group_offsets(group).get(group, {})
        except RetriableError:
            offsets = {}  # the group is only just being made
        partitions = [TopicPartition(settings.prefix + "posts", number) for number in range(6)]
        ends = admin.list_partition_offsets(dict.fromkeys(partitions, -1))
        return sum(
            ends[place].offset - max(0, offsets[place].offset if place in offsets else 0) for place in partitions
        )
    finally:
        admin.close()


async def committed(settings: KafkaSettings) -> None:
    async def everything() -> bool:
        return await uncommitted(settings) == 0

    await until(everything, what="everything committed")


async def test_each_event_is_handled_and_committed(settings: KafkaSettings) -> None:
    handled: Counter[str] = Counter()

    async def handle(post: Post) -> None:
        handled[post.check_id] += 1

    posts = [make_post(number) for number in range(50)]
    await send(settings, *posts)
    async with consuming(settings, handle) as health:
        await committed(settings)
        assert health.readiness() == {}
        assert health.liveness() == {}
    assert handled == Counter(post.check_id for post in posts)


async def test_a_failed_dependency_blocks_and_loses_nothing(settings: KafkaSettings) -> None:
    handled: list[str] = []
    database_is_up = asyncio.Event()

    async def handle(post: Post) -> None:
        if not database_is_up.is_set():
            raise DependencyUnavailable("database does not answer")
        handled.append(post.check_id)

    posts = [make_post(number) for number in range(20)]
    await send(settings, *posts)
    async with consuming(settings, handle) as health:
        await until(lambda: health.readiness().get("kafka") == "dependency_unavailable", what="not ready")
        assert await uncommitted(settings) == 20
        database_is_up.set()
        await committed(settings)
        assert health.readiness() == {}
    assert sorted(handled) == sorted(post.check_id for post in posts)


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (b"\xff\xfe\x00", [], "not_a_cloudevent"),
        (b"{}", [("ce_type", b"\xff\xfe")], "not_a_cloudevent"),
        (b"{}", [("ce_type", None)], "not_a_cloudevent"),
        (b"{}", [(k, v) for k, v in encode(make_post()).headers.items() if k != "ce_type"], "not_a_cloudevent"),
        (b"{}", list((dict(encode(make_post()).headers) | {"ce_type": b"other.v1"}).items()), "unknown_type"),
        (b'{"check_id": 1}', list(encode(make_post()).headers.items()), "schema_mismatch"),
        (b'{"check_id": "', list(encode(make_post()).headers.items()), "schema_mismatch"),
    ],
)
async def test_unreadable_bytes_are_parked_with_the_reason_while_others_go_on(
    settings: KafkaSettings, value: bytes, headers: list[tuple[str, bytes | None]], reason: str
) -> None:
    handled: list[str] = []

    async def handle(post: Post) -> None:
        handled.append(post.check_id)

    before, after = make_post(1), make_post(2)
    await send(settings, before)
    await send_raw(settings, value, headers)
    await send(settings, after)
    async with consuming(settings, handle):
        ((bytes_parked, why),) = await parked(settings, 1)
        await committed(settings)
    assert bytes_parked == value
    assert why["dlq_reason"] == reason
    assert why["dlq_group"] == settings.prefix + "abuse"
    assert set(handled) == {before.check_id, after.check_id}


@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [
        (InputRejected("bad"), delivery.INPUT_ATTEMPTS, "input_rejected"),
        (ZeroDivisionError(), delivery.FAILURE_ATTEMPTS, "handler_failed"),
    ],
)
async def test_an_event_that_always_fails_is_tried_and_then_parked(
    settings: KafkaSettings, error: Exception, attempts: int, reason: str
) -> None:
    tried: Counter[str] = Counter()
    bad, good = make_post(1), make_post(2)

    async def handle(post: Post) -> None:
        tried[post.check_id] += 1
        if post.check_id == bad.check_id:
            raise error

    await send(settings, bad, good)
    async with consuming(settings, handle):
        ((_, why),) = await parked(settings, 1)
        await committed(settings)
    assert why["dlq_reason"] == reason
    assert tried == {bad.check_id: attempts, good.check_id: 1}


async def test_an_event_that_is_too_large_for_kafka_blocks_nothing(settings: KafkaSettings) -> None:
    health = Health("abuse")
    broker = Broker("abuse", settings, health)
    bad, good, handled = make_post(1), make_post(2), []

    async def handle(post: Post) -> None:
        finding = Finding(finding_id=post.check_id, category="postcode", confidence=1, rule_id="postcode")
        await broker.publish("analyses", make_analysis(post, findings=(finding,) * (8000 if post == bad else 1)))
        handled.append(post)

    broker.subscribe(("posts",), {Post: handle})
    stop = asyncio.Event()
    running = asyncio.create_task(broker.run(stop))
    await send(settings, bad, good)
    ((_, why),) = await parked(settings, 1)
    await committed(settings)
    assert (why["dlq_reason"], handled) == ("input_rejected", [good])
    assert health.readiness() == {}
    stop.set()
    await running


async def test_too_many_dead_letters_stop_the_group_until_a_person_acts(settings: KafkaSettings) -> None:
    posts = [make_post(number) for number in range(30)]

    async def broken_release(_: Post) -> None:
        raise InputRejected("a bug of this release")

    await send(settings, *posts)
    async with consuming(settings, broken_release, DeadLetterLimit(in_a_row=5)) as health:
        await until(lambda: health.readiness().get("kafka") == "too_many_dead_letters", what="halted")
        assert health.liveness() == {}, "a restart would only park more"
        assert await uncommitted(settings) == 26, "four were parked, the fifth stopped the group"

    handled: list[str] = []

    async def next_release(post: Post) -> None:
        handled.append(post.check_id)

    async with consuming(settings, next_release):
        await committed(settings)
    assert len(handled) == 26


async def test_a_service_cannot_touch_an_undeclared_topic(settings: KafkaSettings) -> None:
    broker = Broker("abuse", settings, Health("abuse"))
    with pytest.raises(SettingsError, match="abuse may not consume topic analyses: declare it"):
        broker.subscribe(("analyses",), {})
    with pytest.raises(SettingsError, match="abuse may not publish to topic posts: declare it"):
        await broker.publish("posts", make_post())


async def test_a_consumer_that_can_never_go_on_is_not_alive(settings: KafkaSettings) -> None:
    async def handle(_: Post) -> None: ...

    health = Health("abuse")
    broker = Broker("abuse", settings, health)
    broker.subscribe(("posts",), {Post: handle})
    stop = asyncio.Event()
    running = asyncio.create_task(broker.run(stop))
    await until(lambda: health.readiness() == {}, what="connected")
    await committed(settings)
    assert health.liveness() == {}
    subscriber: Any = broker._broker.subscribers[0]
    task = subscriber.consumer._coordinator._coordination_task
    task.cancel()
    await until(lambda: "coordinator_ended" in health.liveness().values(), what="not alive")
    stop.set()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await running


async def test_publishing_before_the_connection_is_a_dependency_that_fails(settings: KafkaSettings) -> None:
    broker = Broker("ingest", settings, Health("ingest"))
    with pytest.raises(DependencyUnavailable):
        await broker.publish("posts", make_post())
