"""The declared topics, read from `schemas/topics.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from services.shared.errors import SettingsError
from services.shared.paths import TOPICS

DEAD_LETTER_SUFFIX = ".dlq"


class Partitions(BaseModel):
    """How many partitions a topic has on one machine and in a cluster."""

    local: int
    cluster: int


class Topic(BaseModel):
    """One declared topic; names here carry no prefix."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    model: str
    key: str
    partitions: Partitions
    retention_days: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]


class DeadLetters(BaseModel):
    """What every dead-letter topic is like."""

    partitions: Partitions
    retention_days: int


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


def must_produce(service: str, topic: str) -> None:
    """Refuse a topic that this service is not declared to publish.

    Raises:
        SettingsError: topics.yaml does not say so.
    """
    declared = declaration().by_name().get(topic)
    if declared is None or service not in declared.producers:
        raise SettingsError(f"{service} may not publish to topic {topic}: declare it in schemas/topics.yaml")


def must_consume(service: str, topic: str) -> None:
    """Refuse a topic that this service is not declared to consume.

    Raises:
        SettingsError: topics.yaml does not say so.
    """
    declared = declaration().by_name().get(topic)
    if declared is None or service not in declared.consumers:
        raise SettingsError(f"{service} may not consume topic {topic}: declare it in schemas/topics.yaml")
