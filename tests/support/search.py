"""Everything that a system keeps, opened, so that a test can look for what must not be there any more."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from kafka import TopicPartition

from services.shared.content_store import open_content_store
from services.shared.kafka_admin import open_reader
from services.shared.settings import KafkaSettings
from services.shared.topics import DEAD_LETTER_SUFFIX, declaration
from tests.support.system import System


async def places_of(system: System, text: str) -> list[str]:
    """Return where a text still stands: topics, dead letters, databases, content store, logs, messages."""
    needle = text.encode()
    return [name async for name, data in _everything(system) if needle in data]


async def _everything(system: System) -> AsyncIterator[tuple[str, bytes]]:
    for name, data in await asyncio.to_thread(_records, system.settings.kafka):
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


def _records(settings: KafkaSettings) -> list[tuple[str, bytes]]:
    found = []
    reader = open_reader(settings)
    try:
        for topic in declaration().topics:
            for name in (settings.prefix + topic.name, settings.prefix + topic.name + DEAD_LETTER_SUFFIX):
                places = [TopicPartition(name, number) for number in reader.partitions_for_topic(name) or ()]
                assert places, f"{name} is not there"
                ends = reader.end_offsets(places)
                reader.assign(places)
                reader.seek_to_beginning(*places)
                while any(reader.position(place) < ends[place] for place in places):
                    for records in reader.poll(timeout_ms=500).values():
                        found += [(f"topic {name}", _bytes_of(record)) for record in records]
    finally:
        reader.close()
    return found


def _bytes_of(record: Any) -> bytes:
    return b"\n".join((record.key or b"", record.value or b"", *(value for _, value in record.headers)))
