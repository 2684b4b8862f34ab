"""The local Kafka keeps what it was given, whatever ends it, and says clearly why it cannot start."""

import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from services.local.kafka import LocalKafka, answers
from services.local.ports import free_port
from services.shared.errors import DependencyUnavailable, SettingsError
from services.shared.paths import ROOT

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("kafka_jars")]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalKafka]:
    with LocalKafka(tmp_path / "kafka") as broker:
        yield broker


def create_topic(bootstrap: str) -> str:
    name = f"test-{uuid.uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1)])
    admin.close()
    return name


async def produce(bootstrap: str, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for value in values:
            await producer.send_and_wait(topic, value, key=b"one-key")


async def consume(bootstrap: str, topic: str, group: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
    )
    async with consumer:
        values = [(await consumer.getone()).value for _ in range(count)]
        await consumer.commit()
    return values


async def test_the_shared_broker_takes_and_gives_records(kafka: str) -> None:
    topic = create_topic(kafka)
    await produce(kafka, topic, b"first", b"second")
    assert await consume(kafka, topic, f"group-{topic}", 2) == [b"first", b"second"]


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_records_and_offsets_outlive_the_broker(broker: LocalKafka, end: str) -> None:
    topic = create_topic(broker.bootstrap)
    await produce(broker.bootstrap, topic, b"read before", b"unread before")
    assert await consume(broker.bootstrap, topic, "readers", 1) == [b"read before"]

    getattr(broker, end)()
    assert broker.pid is None
    broker.start()

    await produce(broker.bootstrap, topic, b"after")
    assert await consume(broker.bootstrap, topic, "readers", 2) == [b"unread before", b"after"]


async def test_the_data_can_move_to_other_ports(broker: LocalKafka) -> None:
    topic = create_topic(broker.bootstrap)
    await produce(broker.bootstrap, topic, b"kept")
    broker.stop()
    with LocalKafka(broker.data_dir) as moved:
        assert moved.port != broker.port
        assert await consume(moved.bootstrap, topic, "readers", 1) == [b"kept"]


def test_a_topic_nobody_declared_is_not_created(kafka: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.describe_topics(["undeclared"])
    assert "undeclared" not in admin.list_topics()
    admin.close()


def test_a_port_in_use_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"^port {port} for Kafka is in use: stop [^\n]+$"):
            LocalKafka(tmp_path, port=port).start()


def test_a_second_broker_on_the_same_data_is_refused(broker: LocalKafka) -> None:
    with pytest.raises(SettingsError, match=r"^another Kafka runs on [^\n]+: stop it, or choose another data folder$"):
        LocalKafka(broker.data_dir).start()
    assert answers(broker.bootstrap)


def test_a_broker_that_dies_while_starting_shows_the_end_of_its_log(broker: LocalKafka) -> None:
    broker.stop()
    identity = broker.data_dir / "data" / "meta.properties"
    identity.write_text(identity.read_text().replace("node.id=1", "node.id=7"))
    with pytest.raises(DependencyUnavailable, match=r"ended while starting \(status 1\); the end of (.|\n)*node id 7"):
        broker.start()
    assert broker.pid is None


def test_a_wrong_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no-java is not a program: .*Java of version 17"):
        LocalKafka(tmp_path, java=tmp_path / "no-java").start()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_the_foreground_broker_ends_with_its_process(tmp_path: Path, number: signal.Signals, status: int) -> None:
    port = free_port()
    command = [sys.executable, "-m", "services.local.kafka", "--data-dir", str(tmp_path), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == f"Kafka serves 127.0.0.1:{port}\n"
        (java,) = psutil.Process(process.pid).children()
        process.send_signal(number)
        assert process.wait(30) == status
    psutil.wait_procs([java], timeout=30)
    assert not java.is_running()
