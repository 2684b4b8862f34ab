"""Everything that a system keeps, opened, so that a test can look for what must not be there any more."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.shared.content_store import open_content_store
from services.shared.topics import DEAD_LETTER_SUFFIX, declaration
from tests.support.system import System


async def places_of(system: System, text: str) -> list[str]:
    """Return where a text still stands: topics, dead letters, databases, content store, logs, messages."""
    needle = text.encode()
    return [name async for name, data in _everything(system) if needle in data]


async def _everything(system: System) -> AsyncIterator[tuple[str, bytes]]:
    async for name, data in _records(system):
        yield name, data
    folder = system.settings.data_dir
    for path in sorted((folder / "db").iterdir()):
        yield f"database {path.name}", path.read_bytes()
    store, root = open_content_store(system.settings), folder / "content"
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.parent.name in ("content", "media", "evidence"):
            key = path.relative_to(root).as_posix()
            yield f"content store {key}", await store.get(key)
    for path in sorted(system.log_dir.iterdir()):
        yield f"log {path.name}", path.read_bytes()
    yield "mails", str(await system.mails()).encode()
    yield "webhooks", str(await system.webhooks()).encode()


async def _records(system: System) -> AsyncIterator[tuple[str, bytes]]:
    settings = system.settings.kafka
    topics = [topic.name for topic in declaration().topics]
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap) as consumer:
        for topic in (*topics, *(topic + DEAD_LETTER_SUFFIX for topic in topics)):
            name = settings.prefix + topic
            places = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name) or ()]
            ends = await consumer.end_offsets(places)
            for place in places:
                consumer.assign([place])
                await consumer.seek_to_beginning(place)
                while await consumer.position(place) < ends[place]:
                    record = await consumer.getone(place)
                    headers = b"\n".join(value for _, value in record.headers)
                    yield f"topic {topic}", b"\n".join((record.key or b"", record.value or b"", headers))
