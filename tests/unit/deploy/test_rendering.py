"""What kustomize makes of the overlays: the same documents, with the names filled in."""

import shutil
import subprocess
from functools import cache

import pytest
import yaml

from tests.support.manifests import K8S, Document, containers_of, name_of, overlay

IMAGE = {"dev": "schoolgate:dev", "prod": "registry.example/schoolgate:0.2.0"}


@cache
def rendered(name: str) -> tuple[Document, ...]:
    folder = str(K8S / "overlays" / name)
    if shutil.which("kustomize"):
        command = ["kustomize", "build", folder]
    elif shutil.which("kubectl"):
        command = ["kubectl", "kustomize", folder]
    else:
        pytest.skip("neither kustomize nor kubectl is installed")
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(yaml.safe_load_all(result.stdout))


@pytest.mark.parametrize("name", IMAGE)
def test_kustomize_makes_the_documents_that_the_other_tests_read(name: str) -> None:
    made = overlay(name)
    expected = [(document["kind"], name_of(document)) for document in made.documents]
    found = [(document["kind"], name_of(document)) for document in rendered(name) if document["kind"] != "ConfigMap"]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("name", IMAGE)
def test_kustomize_merges_the_settings_as_the_other_tests_do(name: str) -> None:
    expected = {key: made for key, made in overlay(name).config_maps.items() if made}
    found = {
        name_of(document).rsplit("-", 1)[0]: document["data"]
        for document in rendered(name)
        if document["kind"] == "ConfigMap" and not name_of(document).startswith("dashboard-")
    }
    assert found == expected


@pytest.mark.parametrize("name", IMAGE)
def test_every_pod_gets_the_image_and_the_settings_of_this_release(name: str) -> None:
    maps = {name_of(document) for document in rendered(name) if document["kind"] == "ConfigMap"}
    for workload in rendered(name):
        if workload["kind"] not in {"Deployment", "Job"}:
            continue
        for container in containers_of(workload):
            assert container["image"] == IMAGE[name]
            assert {source["configMapRef"]["name"] for source in container.get("envFrom", [])} <= maps


@pytest.mark.parametrize("name", IMAGE)
def test_everything_lies_in_the_namespace(name: str) -> None:
    elsewhere = [
        name_of(document)
        for document in rendered(name)
        if document["kind"] != "Namespace" and document["metadata"].get("namespace") != "schoolgate"
    ]
    assert elsewhere == []


def test_a_developers_cluster_runs_one_of_each() -> None:
    counts = {
        name_of(document): document["spec"]["replicas"]
        for document in rendered("dev")
        if document["kind"] == "Deployment"
    }
    assert set(counts.values()) == {1}
