"""Creates the declared topics on a local Kafka; in a cluster the Strimzi operator does it from the same declaration."""

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from services.shared.errors import DependencyUnavailable
from services.shared.settings import KafkaSettings
from services.shared.topics import DEAD_LETTER_SUFFIX, Partitions, declaration

MS_PER_DAY = 86_400_000


def create_topics(settings: KafkaSettings) -> list[str]:
    """Create what is missing and return the names of what was created.

    Raises:
        DependencyUnavailable: Kafka does not answer or refuses.
    """
    declared = declaration()
    wanted = [_topic(settings, topic.name, topic.partitions, topic.retention_days) for topic in declared.topics]
    parked = declared.dead_letters
    wanted += [
        _topic(settings, topic.name + DEAD_LETTER_SUFFIX, parked.partitions, parked.retention_days)
        for topic in declared.topics
        if topic.consumers
    ]
    try:
        admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
        try:
            there = set(admin.list_topics())
            missing = [topic for topic in wanted if topic.name not in there]
            if missing:
                admin.create_topics(missing)
        except TopicAlreadyExistsError:
            return []  # another process was quicker
        finally:
            admin.close()
    except KafkaError as error:
        raise DependencyUnavailable(f"Kafka at {settings.bootstrap} does not answer: is it running?") from error
    return [topic.name for topic in missing]


def _topic(settings: KafkaSettings, name: str, partitions: Partitions, retention_days: int) -> NewTopic:
    return NewTopic(
        settings.prefix + name,
        num_partitions=partitions.local,
        replication_factor=1,
        topic_configs={"retention.ms": str(retention_days * MS_PER_DAY)},
    )
