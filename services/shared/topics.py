"""The declared topics, read from `schemas/topics.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from services.shared.errors import SettingsError
from services.shared.paths import TOPICS

DEAD_LETTER_SUFFIX = ".dlq"
BACKFILL_SUFFIX = ".backfill"
MS_PER_DAY = 86_400_000


class Partitions(BaseModel):
    """How many partitions a topic has on one machine and in a cluster."""

    local: int
    cluster: int


class Topic(BaseModel):
    """One declared topic; names here carry no prefix.

    A compacted topic keeps the last record of each key for ever. What consumes a `backfill` topic does so in a group of
    its own, and only while nothing live waits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    model: str
    key: str
    partitions: Partitions
    retention_days: int | None = None
    compacted: bool = False
    backfill: bool = False
    producers: tuple[str, ...]
    consumers: tuple[str, ...]

    @model_validator(mode="after")
    def _ends_somehow(self) -> Self:
        if self.compacted == (self.retention_days is not None):
            raise ValueError(f"topic {self.name} needs retention_days or compacted, and not both")
        return self

    def group(self, service: str) -> str:
        """Return the name of the group in which a service consumes this topic, without the prefix."""
        return f"{service}{BACKFILL_SUFFIX}" if self.backfill else service

    def config(self) -> dict[str, str]:
        """Return Kafka's settings of this topic."""
        if self.retention_days is None:
            return {"cleanup.policy": "compact"}
        return _kept_for(self.retention_days)


class DeadLetters(BaseModel):
    """What every dead-letter topic is like."""

    partitions: Partitions
    retention_days: int

    def config(self) -> dict[str, str]:
        """Return Kafka's settings of each."""
        return _kept_for(self.retention_days)


class Declaration(BaseModel):
    """The whole of topics.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: tuple[Topic, ...]
    dead_letters: DeadLetters

    def by_name(self) -> Mapping[str, Topic]:
        """Return the topics by name."""
        return {topic.name: topic for topic in self.topics}


@cache
def declaration(path: Path = TOPICS) -> Declaration:
    """Read the declaration once."""
    return Declaration.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _kept_for(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * MS_PER_DAY)}


def must_produce(service: str, topic: str) -> None:
    """Refuse a topic that this service is not declared to publish.

    Raises:
        SettingsError: topics.yaml does not say so.
    """
    declared = declaration().by_name().get(topic)
    if declared is None or service not in declared.producers:
        raise SettingsError(f"{service} may not publish to topic {topic}: declare it in schemas/topics.yaml")


def must_consume(service: str, topic: str) -> Topic:
    """Return a topic's declaration, and refuse a topic that this service is not declared to consume.

    Raises:
        SettingsError: topics.yaml does not say so.
    """
    declared = declaration().by_name().get(topic)
    if declared is None or service not in declared.consumers:
        raise SettingsError(f"{service} may not consume topic {topic}: declare it in schemas/topics.yaml")
    return declared
