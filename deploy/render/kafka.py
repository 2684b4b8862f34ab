"""Strimzi's KafkaTopic and KafkaUser resources, from `schemas/topics.yaml`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from services.shared.settings import KafkaSettings
from services.shared.topics import DEAD_LETTER_SUFFIX, Partitions, declaration

PREFIX: Final = KafkaSettings().prefix
OBSERVER: Final = "observe"
HEADER: Final = "# Made by `python -m deploy.render` from schemas/topics.yaml: do not edit.\n"
Resource = dict[str, Any]


@dataclass(frozen=True)
class Scale:
    """How many copies there are of a partition, how many must have a record, and whether it is a cluster's many."""

    copies: int
    in_sync: int
    cluster: bool

    def partitions(self, declared: Partitions) -> int:
        """Choose between one machine's and a cluster's number."""
        return declared.cluster if self.cluster else declared.local


CLUSTER: Final = Scale(copies=3, in_sync=2, cluster=True)
ONE_NODE: Final = Scale(copies=1, in_sync=1, cluster=False)


def topics(scale: Scale) -> list[Resource]:
    """Return a KafkaTopic for each declared topic and each dead-letter topic."""
    declared = declaration()
    parked = declared.dead_letters
    found = []
    for topic in declared.topics:
        found.append(_topic(topic.name, topic.partitions, topic.config(), scale))
        if topic.consumers:
            found.append(_topic(topic.name + DEAD_LETTER_SUFFIX, parked.partitions, parked.config(), scale))
    return found


def users() -> list[Resource]:
    """Return a KafkaUser for each service, with what topics.yaml says it may do and nothing else.

    observe also reads every topic, for the age of what waits, and every group's offsets.
    """
    declared = declaration().topics
    services = {name for topic in declared for name in (*topic.producers, *topic.consumers)}
    access = {name: list(_access(name)) for name in sorted(services)}
    access[OBSERVER] += [acl for acl in _observation() if acl not in access[OBSERVER]]
    return [_user(name, acls) for name, acls in access.items()]


def to_yaml(resources: Sequence[Resource]) -> str:
    """Return the documents of a generated file."""
    return HEADER + yaml.safe_dump_all(resources, sort_keys=False, default_flow_style=None, width=120)


def _access(service: str) -> Iterator[Resource]:
    for topic in declaration().topics:
        if service in topic.producers:
            yield _allow("topic", topic.name, "Describe", "Write")
        if service in topic.consumers:
            yield _allow("topic", topic.name, "Describe", "Read")
            yield _allow("topic", topic.name + DEAD_LETTER_SUFFIX, "Describe", "Write")
    for group in sorted({topic.group(service) for topic in declaration().topics if service in topic.consumers}):
        yield _allow("group", group, "Read")


def _observation() -> Iterator[Resource]:
    consumed = [topic for topic in declaration().topics if topic.consumers]
    for topic in consumed:
        yield _allow("topic", topic.name, "Describe", "Read")
    for group in sorted({topic.group(service) for topic in consumed for service in topic.consumers}):
        yield _allow("group", group, "Describe")


def _allow(kind: str, name: str, *operations: str) -> Resource:
    return {
        "resource": {"type": kind, "name": PREFIX + name, "patternType": "literal"},
        "operations": list(operations),
    }


def _topic(name: str, partitions: Partitions, config: Mapping[str, str], scale: Scale) -> Resource:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {"name": PREFIX + name, "labels": {"strimzi.io/cluster": "schoolgate"}},
        "spec": {
            "partitions": scale.partitions(partitions),
            "replicas": scale.copies,
            "config": {**config, "min.insync.replicas": scale.in_sync},
        },
    }


def _user(service: str, acls: list[Resource]) -> Resource:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": f"kafka-{service}", "labels": {"strimzi.io/cluster": "schoolgate"}},
        "spec": {"authentication": {"type": "tls"}, "authorization": {"type": "simple", "acls": acls}},
    }
