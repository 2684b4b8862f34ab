"""On a real broker: what is live overtakes a backlog of backfill; each lane is committed in a group of its own."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas.events import encode
from schemas.post import Post
from services.local.topics import create_topics
from services.observe.lag import LagReader
from services.shared import delivery
from services.shared.errors import InputRejected
from services.shared.health import Health
from services.shared.kafka import Broker
from services.shared.settings import KafkaSettings
from tests.support.events import make_post
from tests.support.waiting import until

pytestmark = pytest.mark.kafka
BACKLOG = 60
Handler = Callable[[Post], Awaitable[None]]


@pytest.fixture
def settings(kafka: str) -> KafkaSettings:
    made = KafkaSettings(bootstrap=kafka, prefix=f"l{uuid.uuid4().hex[:8]}.", session_timeout=6)
    create_topics(made)
    return made


@contextlib.asynccontextmanager
async def consuming(settings: KafkaSettings, handler: Handler) -> AsyncIterator[None]:
    broker = Broker("abuse", settings, Health("abuse"))
    broker.subscribe(("posts",), {Post: handler})
    broker.subscribe(("posts.backfill",), {Post: handler})
    stop = asyncio.Event()
    running = asyncio.create_task(broker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def send(settings: KafkaSettings, topic: str, *posts: Post) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for post in posts:
            record = encode(post)
            await producer.send_and_wait(
                settings.prefix + topic, record.value, record.key, headers=list(record.headers.items())
            )


def lag(settings: KafkaSettings) -> dict[str, int]:
    reader = LagReader(settings)
    try:
        found: dict[str, int] = {}
        for place in reader.read():
            group = place.group.removeprefix(settings.prefix)
            found[group] = found.get(group, 0) + place.records
        return found
    finally:
        reader.close()


async def test_live_posts_overtake_a_backlog(settings: KafkaSettings) -> None:
    handled: list[str] = []

    async def handle(post: Post) -> None:
        handled.append(post.trigger)
        await asyncio.sleep(0.05)

    await send(settings, "posts.backfill", *(make_post(number, trigger="audit") for number in range(BACKLOG)))
    async with consuming(settings, handle):
        await until(lambda: len(handled) >= 3, what="the backlog is being worked on")
        await send(settings, "posts", make_post(1000))
        begun = len(handled)
        await until(lambda: "live" in handled, what="the live post was handled")
        await until(lambda: len(handled) == BACKLOG + 1, what="everything was handled")
    # What was begun, and what could begin while the record was on its way: never the backlog.
    assert handled.index("live") < begun + BACKLOG / 3
    waiting = await asyncio.to_thread(lag, settings)
    assert (waiting["abuse"], waiting["abuse.backfill"]) == (0, 0)


async def test_what_is_parked_from_the_backfill_names_its_group(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.05)
    handled: list[str] = []

    async def refuse(post: Post) -> None:
        handled.append(post.trigger)
        if post.trigger == "audit":
            raise InputRejected("never")

    await send(settings, "posts.backfill", make_post(1, trigger="audit"))
    async with consuming(settings, refuse):
        await until(lambda: handled.count("audit") >= delivery.INPUT_ATTEMPTS, what="the record was given up")
        await send(settings, "posts", make_post(2))
        await until(lambda: "live" in handled, what="the live lane goes on")
    async with AIOKafkaConsumer(
        f"{settings.prefix}posts.backfill.dlq", bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest"
    ) as parked:
        record = await asyncio.wait_for(parked.getone(), 30)
    headers = {name: value.decode() for name, value in record.headers}
    assert headers["dlq_group"] == f"{settings.prefix}abuse.backfill"
    assert headers["dlq_reason"] == "input_rejected"
