"""Creates the declared topics on a local Kafka; in a cluster the Strimzi operator does it from the same declaration."""

import contextlib
from collections.abc import Mapping

from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from services.shared.kafka_admin import admin
from services.shared.settings import KafkaSettings
from services.shared.topics import DEAD_LETTER_SUFFIX, Partitions, declaration


def create_topics(settings: KafkaSettings) -> list[str]:
    """Create what is missing and return the names of what was created.

    Raises:
        DependencyUnavailable: Kafka does not answer or refuses.
    """
    declared = declaration()
    wanted = [_topic(settings, topic.name, topic.partitions, topic.config()) for topic in declared.topics]
    parked = declared.dead_letters
    wanted += [
        _topic(settings, topic.name + DEAD_LETTER_SUFFIX, parked.partitions, parked.config())
        for topic in declared.topics
        if topic.consumers
    ]
    with admin(settings) as client:
        there = set(client.list_topics())
        missing = [topic for topic in wanted if topic.name not in there]
        if missing:
            with contextlib.suppress(TopicAlreadyExistsError):  # another process was quicker
                client.create_topics(missing)
    return [topic.name for topic in missing]


def _topic(settings: KafkaSettings, name: str, partitions: Partitions, config: Mapping[str, str]) -> NewTopic:
    return NewTopic(
        settings.prefix + name,
        num_partitions=partitions.local,
        replication_factor=1,
        topic_configs=dict(config),
    )
