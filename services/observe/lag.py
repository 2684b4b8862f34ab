"""How far behind the consumer groups are: in records, and exactly in seconds.

A group's lag in seconds is the age of the oldest record that it has not committed: now minus that record's timestamp.
An idle producer does not distort it, as it does an estimate from rates.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, RetriableError

from services.shared.errors import DependencyUnavailable
from services.shared.kafka_admin import open_admin, open_reader
from services.shared.settings import KafkaSettings
from services.shared.topics import declaration

FETCH_MS: Final = 1500


@dataclass(frozen=True)
class PartitionLag:
    """One group on one partition; `seconds` is 0 when nothing waits and None when the waiting record cannot be read."""

    group: str
    topic: str
    partition: int
    committed: int
    end: int
    seconds: float | None

    @property
    def records(self) -> int:
        """How many records wait."""
        return max(0, self.end - self.committed)


class LagReader:
    """Reads the lag of every declared consumer group; one thread at a time."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._admin: Any = None
        self._consumer: Any = None

    def read(self) -> tuple[PartitionLag, ...]:
        """Return the lag of each declared group on each partition; a group that never committed waits for everything.

        Raises:
            DependencyUnavailable: Kafka does not answer.
        """
        with self._lock:
            try:
                return tuple(self._read())
            except (KafkaError, OSError) as error:
                self._close()
                raise DependencyUnavailable(f"Kafka at {self._settings.bootstrap} stopped answering") from error

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            self._close()

    def _read(self) -> Iterator[PartitionLag]:
        if self._admin is None:
            self._admin = open_admin(self._settings)
            self._consumer = open_reader(self._settings)
        prefix = self._settings.prefix
        for name, topics in _groups().items():
            group = prefix + name
            places = [
                TopicPartition(prefix + topic, number)
                for topic in topics
                for number in sorted(self._consumer.partitions_for_topic(prefix + topic) or ())
            ]
            committed = self._committed(group)
            first = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
            last = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
            for place in places:
                offset = max(committed.get(place, -1), first[place].offset)
                end = last[place].offset
                waited = self._age(place, offset) if end > offset else 0.0
                yield PartitionLag(group, place.topic, place.partition, offset, end, waited)

    def _committed(self, group: str) -> dict[TopicPartition, int]:
        try:
            offsets = self._admin.list_group_offsets(group).get(group, {})
        except RetriableError:
            return {}  # the group is only just being made
        return {place: found.offset for place, found in offsets.items()}

    def _age(self, place: TopicPartition, offset: int) -> float | None:
        self._consumer.assign([place])
        self._consumer.seek(place, offset)
        for records in self._consumer.poll(timeout_ms=FETCH_MS, max_records=1).values():
            for record in records:
                return max(0.0, time.time() - float(record.timestamp) / 1000)
        return None

    def _close(self) -> None:
        for client in (self._admin, self._consumer):
            if client is not None:
                client.close()
        self._admin = self._consumer = None


def _groups() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for topic in declaration().topics:
        for service in topic.consumers:
            groups.setdefault(topic.group(service), []).append(topic.name)
    return groups
