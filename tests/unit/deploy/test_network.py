"""Who may talk to whom: nothing by default, and every policy selects something that exists."""

import json

import pytest

from services.cli.run import DETECTORS
from services.shared.topics import declaration
from tests.support.manifests import Document, Overlay, containers_of, environment, name_of, overlay, pod_of

DEV, PROD = overlay("dev"), overlay("prod")
USES = {
    "register": {"kafka", "database", "content-store"},
    "ingest": {"kafka", "database", "content-store", "platforms"},
    **{detector: {"kafka", "database", "content-store"} for detector in DETECTORS},
    "notify": {"kafka", "database", "content-store", "mail", "webhook"},
    "console": {"database", "content-store", "checks"},
    "observe": {"kafka"},
    "migrate": {"database"},
}
STRIMZI = [  # labels that the operator gives its pods
    {"strimzi.io/cluster": "schoolgate", "strimzi.io/name": "schoolgate-kafka"},
    {"strimzi.io/cluster": "schoolgate", "strimzi.io/name": "schoolgate-entity-operator"},
]
OVERLAYS = {"dev": DEV, "prod": PROD}


def labels(made: Overlay) -> list[dict[str, str]]:
    return [pod_of(workload)["metadata"]["labels"] for workload in made.workloads().values()] + STRIMZI


def selected(selector: Document, among: list[dict[str, str]]) -> list[dict[str, str]]:
    return [pod for pod in among if selector.get("matchLabels", {}).items() <= pod.items()]


def policies(made: Overlay) -> dict[str, Document]:
    return {name_of(policy): policy["spec"] for policy in made.of_kind("NetworkPolicy")}


@pytest.mark.parametrize("made", list(OVERLAYS.values()), ids=list(OVERLAYS))
def test_nothing_is_allowed_by_default(made: Overlay) -> None:
    assert policies(made)["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("made", list(OVERLAYS.values()), ids=list(OVERLAYS))
def test_every_policy_selects_pods_that_exist_on_both_sides(made: Overlay) -> None:
    for name, spec in policies(made).items():
        assert selected(spec["podSelector"], labels(made)), name
        for rule in [*spec.get("egress", []), *spec.get("ingress", [])]:
            for peer in [*rule.get("to", []), *rule.get("from", [])]:
                if "podSelector" in peer and "namespaceSelector" not in peer:
                    assert selected(peer["podSelector"], labels(made)), name


@pytest.mark.parametrize(("service", "uses"), list(USES.items()))
def test_a_service_may_reach_what_it_uses_and_no_more(service: str, uses: set[str]) -> None:
    found = pod_of(PROD.workloads()[service])["metadata"]["labels"]
    assert {label.removeprefix("uses-") for label in found if label.startswith("uses-")} == uses


@pytest.mark.parametrize("made", list(OVERLAYS.values()), ids=list(OVERLAYS))
def test_whatever_is_used_has_a_way_out(made: Overlay) -> None:
    ways = {
        label
        for spec in policies(made).values()
        if "egress" in spec
        for label in spec["podSelector"].get("matchLabels", {})
        if label.startswith("uses-")
    }
    used = {f"uses-{use}" for uses in USES.values() for use in uses}
    assert ways == used - ({"uses-webhook"} if made is DEV else set())


@pytest.mark.parametrize("service", list(USES))
def test_what_a_service_uses_is_what_it_is_told_of(service: str) -> None:
    told = environment(PROD, PROD.workloads()[service])
    assert ("database" in USES[service]) == ("SCHOOLGATE_DATABASE_URL" in told)
    assert ("content-store" in USES[service]) == ("SCHOOLGATE_MASTER_KEY" in told)
    assert ("mail" in USES[service]) == ("SCHOOLGATE_SMTP__HOST" in told)


def test_kafka_is_for_the_services_of_topics_yaml() -> None:
    declared = {name for topic in declaration().topics for name in (*topic.producers, *topic.consumers)}
    assert {service for service, uses in USES.items() if "kafka" in uses} == declared


def test_only_the_console_and_prometheus_reach_a_detector_and_the_console_knows_where() -> None:
    asked = json.loads(environment(PROD, PROD.workloads()["console"])["SCHOOLGATE_CHECK_URLS"])
    assert asked == {name: f"http://{name}:8080" for name in DETECTORS}
    services = {name_of(service): service["spec"] for service in PROD.of_kind("Service")}
    ingress = {name: spec for name, spec in policies(PROD).items() if "ingress" in spec}
    for detector in DETECTORS:
        pod = pod_of(PROD.workloads()[detector])["metadata"]["labels"]
        assert selected({"matchLabels": services[detector]["selector"]}, labels(PROD)) == [pod]
        assert {name for name, spec in ingress.items() if selected(spec["podSelector"], [pod])} == {"metrics", "checks"}
    (peer,) = ingress["checks"]["ingress"][0]["from"]
    console = pod_of(PROD.workloads()["console"])["metadata"]["labels"]
    assert selected(peer["podSelector"], labels(PROD)) == [console]


def test_the_token_of_checks_is_for_who_asks_and_who_is_asked() -> None:
    for name, workload in PROD.workloads().items():
        given = environment(PROD, workload).get("SCHOOLGATE_CHECK_TOKEN")
        assert given == ("secret:check-token/token" if name in {"console", *DETECTORS} else None)


def test_only_ingest_reaches_the_internet_and_never_this_network() -> None:
    anywhere = {}
    for name, spec in policies(PROD).items():
        blocks = [
            peer["ipBlock"] for rule in spec.get("egress", []) for peer in rule.get("to", []) if "ipBlock" in peer
        ]
        if any(block["cidr"] == "0.0.0.0/0" for block in blocks):
            anywhere[name] = blocks
    assert list(anywhere) == ["platforms"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(
        anywhere["platforms"][0]["except"]
    )


@pytest.mark.parametrize("made", list(OVERLAYS.values()), ids=list(OVERLAYS))
def test_what_comes_in_comes_to_a_port_that_is_open(made: Overlay) -> None:
    for name, spec in policies(made).items():
        for rule in spec.get("ingress", []):
            wanted = {port["port"] for port in rule["ports"]}
            pods = selected(spec["podSelector"], labels(made))
            open_ports = {
                port["containerPort"]
                for workload in made.workloads().values()
                if pod_of(workload)["metadata"]["labels"] in pods
                for container in containers_of(workload)
                for port in container.get("ports", [])
            }
            assert wanted <= open_ports, name
