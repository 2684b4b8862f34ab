"""Topics and access follow from topics.yaml, and what is committed is what the generator writes."""

import subprocess
import sys

import pytest

from services.shared.paths import ROOT
from tests.support.manifests import K8S, Document, Overlay, name_of, overlay, read

OBSERVE = "kafka-observe"
PROD, DEV = overlay("prod"), overlay("dev")
Right = tuple[str, str, str]


def rights(user: Document) -> set[Right]:
    return {
        (acl["resource"]["type"], acl["resource"]["name"].removeprefix("schoolgate."), operation)
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }


def declared(service: str) -> set[Right]:
    found: set[Right] = set()
    for topic in read(ROOT / "schemas" / "topics.yaml")[0]["topics"]:
        name = topic["name"]
        if service in topic["producers"]:
            found |= {("topic", name, "Write"), ("topic", name, "Describe")}
        if service in topic["consumers"]:
            found |= {("topic", name, "Read"), ("topic", name, "Describe"), ("group", group(service, topic), "Read")}
            found |= {("topic", f"{name}.dlq", "Write"), ("topic", f"{name}.dlq", "Describe")}
    return found


def group(service: str, topic: Document) -> str:
    return f"{service}.backfill" if topic.get("backfill") else service


def test_what_is_generated_is_current() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "deploy.render", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_each_service_may_do_what_topics_yaml_says_and_no_more() -> None:
    users = {name_of(user): user for user in PROD.of_kind("KafkaUser")}
    topics = read(ROOT / "schemas" / "topics.yaml")[0]["topics"]
    services = {service for topic in topics for service in (*topic["producers"], *topic["consumers"])}
    assert users.keys() == {f"kafka-{service}" for service in services}
    for service in services - {"observe"}:
        assert rights(users[f"kafka-{service}"]) == declared(service)


def test_the_observer_reads_everything_and_writes_only_what_it_parks() -> None:
    (observer,) = [user for user in PROD.of_kind("KafkaUser") if name_of(user) == OBSERVE]
    consumed = [topic for topic in read(ROOT / "schemas" / "topics.yaml")[0]["topics"] if topic["consumers"]]
    topics = {("topic", topic["name"], operation) for topic in consumed for operation in ("Read", "Describe")}
    groups = {("group", group(name, topic), "Describe") for topic in consumed for name in topic["consumers"]}
    assert rights(observer) == topics | groups | declared("observe")
    acls = [str(acl) for acl in observer["spec"]["authorization"]["acls"]]
    assert len(set(acls)) == len(acls)


@pytest.mark.parametrize("users", [PROD.of_kind("KafkaUser"), DEV.of_kind("KafkaUser")], ids=["prod", "dev"])
def test_every_user_has_a_certificate_of_the_one_cluster(users: list[Document]) -> None:
    for user in users:
        assert user["spec"]["authentication"] == {"type": "tls"}
        assert user["metadata"]["labels"] == {"strimzi.io/cluster": "schoolgate"}
        assert {acl["resource"]["patternType"] for acl in user["spec"]["authorization"]["acls"]} == {"literal"}


@pytest.mark.parametrize(
    ("made", "nodes", "partitions"), [(PROD, 3, "cluster"), (DEV, 1, "local")], ids=["prod", "dev"]
)
def test_every_declared_topic_and_its_dead_letters_are_made(made: Overlay, nodes: int, partitions: str) -> None:
    declaration = read(ROOT / "schemas" / "topics.yaml")[0]
    expected = {}
    for topic in declaration["topics"]:
        expected[topic["name"]] = (topic["partitions"][partitions], topic.get("retention_days"))
        parked = declaration["dead_letters"]
        expected[topic["name"] + ".dlq"] = (parked["partitions"][partitions], parked["retention_days"])
    found = {}
    for topic in made.of_kind("KafkaTopic"):
        spec = topic["spec"]
        config = spec["config"]
        days = None if config["cleanup.policy"] == "compact" else int(config["retention.ms"]) / 86_400_000
        assert ("retention.ms" in config) == (days is not None)
        found[name_of(topic).removeprefix("schoolgate.")] = (spec["partitions"], days)
        assert spec["replicas"] == nodes
        assert config["min.insync.replicas"] == max(1, nodes - 1)
    assert found == expected


@pytest.mark.parametrize("folder", ["kafka/cluster.yaml", "overlays/dev/kafka.yaml"])
def test_the_brokers_lose_nothing_that_they_acknowledged_and_make_no_topic_by_themselves(folder: str) -> None:
    pool, kafka = read(K8S / folder)
    config = kafka["spec"]["kafka"]["config"]
    copies = pool["spec"]["replicas"]
    assert config["auto.create.topics.enable"] is False
    assert config["min.insync.replicas"] == max(1, copies - 1)
    assert config["default.replication.factor"] == config["offsets.topic.replication.factor"] == copies
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    assert listener["tls"] is True
    assert listener["authentication"] == {"type": "tls"}
    assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple"}
