"""The manifests are valid, and every workload is locked down, probed and placed as it must be."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from services.cli.run import DETECTORS, SERVICES
from tests.support.manifests import K8S, Document, Overlay, containers_of, environment, name_of, overlay, pod_of, read

KUBERNETES = "1.37"
CUSTOM = {  # what Strimzi 1.2 and the Prometheus operator need of each kind; they serve no other version
    ("kafka.strimzi.io/v1", "Kafka"): {"kafka", "entityOperator"},
    ("kafka.strimzi.io/v1", "KafkaNodePool"): {"replicas", "roles", "storage"},
    ("kafka.strimzi.io/v1", "KafkaTopic"): {"partitions", "replicas", "config"},
    ("kafka.strimzi.io/v1", "KafkaUser"): {"authentication", "authorization"},
    ("monitoring.coreos.com/v1", "PodMonitor"): {"selector", "podMetricsEndpoints"},
    ("monitoring.coreos.com/v1", "PrometheusRule"): {"groups"},
}
ALLOWANCE_GIB = 1
BASE, DEV, PROD = overlay("base"), overlay("dev"), overlay("prod")
OURS = [*SERVICES, *DETECTORS]


def everything() -> Iterator[Any]:
    for name in ("dev", "prod"):
        for document in overlay(name).documents:
            yield pytest.param(document, id=f"{name}:{document['kind']}:{name_of(document)}")


def gibibytes(quantity: str) -> float:
    return float(quantity.removesuffix("Mi")) / 1024 if quantity.endswith("Mi") else float(quantity.removesuffix("Gi"))


@pytest.mark.parametrize("document", list(everything()))
def test_every_document_is_valid(document: Document) -> None:
    kind = (document["apiVersion"], document["kind"])
    if kind in CUSTOM:
        assert CUSTOM[kind] <= document["spec"].keys()
    else:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_the_validation_refuses_a_misspelt_field() -> None:
    wrong = yaml.safe_load(yaml.safe_dump(BASE.of_kind("Deployment")[0]))
    wrong["spec"]["template"]["spec"]["enableServiceLink"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_no_two_documents_have_the_same_name() -> None:
    for made in (DEV, PROD):
        names = [(document["kind"], name_of(document)) for document in made.documents]
        assert sorted(names) == sorted(set(names))


def test_every_service_has_a_deployment_and_only_the_developers_overlay_has_the_sandbox() -> None:
    def deployed(made: Overlay) -> set[str]:
        return {name_of(document) for document in made.of_kind("Deployment")}

    assert deployed(BASE) == deployed(PROD) == set(OURS) - {"sandbox"}
    assert deployed(DEV) == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_a_deployment_runs_its_service_under_its_own_name(name: str) -> None:
    workload = DEV.workloads()[name]
    labels = pod_of(workload)["metadata"]["labels"]
    assert containers_of(workload)[0]["args"] == ["run", name]
    assert containers_of(workload)[0]["image"] == "schoolgate"
    assert workload["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert labels["app.kubernetes.io/name"] == name


@pytest.mark.parametrize("workload", list(DEV.workloads().values()), ids=list(DEV.workloads()))
def test_a_pod_is_restricted(workload: Document) -> None:
    spec = pod_of(workload)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not any("hostPath" in volume for volume in spec.get("volumes", []))
    for container in containers_of(workload):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}


@pytest.mark.parametrize("name", OURS)
def test_a_deployment_is_probed_and_has_time_to_end(name: str) -> None:
    spec = pod_of(DEV.workloads()[name])["spec"]
    (container,) = spec["containers"]
    probes = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    assert {probe: get["path"] for probe, get in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert {get["port"] for get in probes.values()} <= {port["name"] for port in container["ports"]}
    assert spec["terminationGracePeriodSeconds"] == 90


@pytest.mark.parametrize("name", [name for name in OURS if name != "sandbox"])
def test_what_a_service_deployment_refers_to_is_there(name: str) -> None:
    spec = pod_of(BASE.workloads()[name])["spec"]
    assert spec["serviceAccountName"] == name
    assert name in {name_of(account) for account in BASE.of_kind("ServiceAccount")}
    mounted = {mount["name"] for mount in spec["containers"][0]["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["volumes"]}
    projected = [
        source["secret"]["name"]
        for volume in spec["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
    ]
    users = {name_of(user) for user in BASE.of_kind("KafkaUser")}
    assert set(projected) <= {"schoolgate-cluster-ca-cert", f"kafka-{name}"}
    assert (f"kafka-{name}" in users) == bool(projected)


@pytest.mark.parametrize("name", [name for name in OURS if name != "sandbox"])
def test_several_pods_are_kept_apart_and_not_evicted_together(name: str) -> None:
    deployment = BASE.workloads()[name]
    budgets = {name_of(budget): budget for budget in BASE.of_kind("PodDisruptionBudget")}
    if deployment["spec"]["replicas"] == 1:
        assert name not in budgets
        return
    assert budgets[name]["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert budgets[name]["spec"]["selector"] == deployment["spec"]["selector"]
    (spread,) = pod_of(deployment)["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"] == deployment["spec"]["selector"]


@pytest.mark.parametrize("name", [*DETECTORS, "notify"])
def test_a_consumer_group_never_gets_a_member_too_many_in_a_rollout(name: str) -> None:
    assert BASE.workloads()[name]["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


@pytest.mark.parametrize("name", ["ingest", "register"])
def test_two_relays_of_an_outbox_never_run_at_the_same_time(name: str) -> None:
    spec = BASE.workloads()[name]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detectors_child_reaches_its_limit_before_the_pod_does(name: str) -> None:
    workload = BASE.workloads()[name]
    engine = float(environment(BASE, workload)["SCHOOLGATE_ENGINE_MEMORY_GIB"])
    assert gibibytes(containers_of(workload)[0]["resources"]["limits"]["memory"]) >= engine + ALLOWANCE_GIB


def test_the_namespace_enforces_restricted_pods() -> None:
    (namespace,) = BASE.of_kind("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_every_secret_is_documented_and_no_manifest_holds_one() -> None:
    examples = {name_of(example): example["stringData"] for example in read(K8S / "base" / "secrets.example.yaml")}
    assert all(value == "" for example in examples.values() for value in example.values())
    for made in (BASE, PROD):
        used = {
            value.removeprefix("secret:")
            for workload in made.workloads().values()
            for value in environment(made, workload).values()
            if value.startswith("secret:")
        }
        assert used == {f"{name}/{key}" for name, example in examples.items() for key in example}
        assert made.of_kind("Secret") == []
