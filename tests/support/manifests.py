"""The manifests of deploy/k8s as documents, without kustomize: they are plain files, and overlays only add to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.shared.paths import ROOT

K8S = ROOT / "deploy" / "k8s"
Document = dict[str, Any]
UNDERSTOOD = {"apiVersion", "kind", "namespace", "resources", "images", "replicas", "configMapGenerator"}


@dataclass(frozen=True)
class Overlay:
    """What a kustomization makes: its documents, and the ConfigMaps by name."""

    documents: tuple[Document, ...]
    config_maps: dict[str, dict[str, str]]

    def of_kind(self, *kinds: str) -> list[Document]:
        return [document for document in self.documents if document["kind"] in kinds]

    def workloads(self) -> dict[str, Document]:
        """Every Deployment, StatefulSet and Job by name."""
        return {name_of(document): document for document in self.of_kind("Deployment", "StatefulSet", "Job")}


def overlay(name: str) -> Overlay:
    """Read an overlay (or `base`) and all it refers to."""
    folder = K8S / name if name == "base" else K8S / "overlays" / name
    config_maps: dict[str, dict[str, str]] = {}
    return Overlay(tuple(_documents(folder, config_maps)), config_maps)


def read(path: Path) -> list[Document]:
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def name_of(document: Document) -> str:
    return str(document["metadata"]["name"])


def pod_of(workload: Document) -> Document:
    """The pod that a Deployment, StatefulSet or Job makes: its metadata and spec."""
    template: Document = workload["spec"]["template"]
    return template


def containers_of(workload: Document) -> list[Document]:
    spec = pod_of(workload)["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def environment(made: Overlay, workload: Document) -> dict[str, str]:
    """The environment of a workload's container; a value from a Secret shows as `secret:NAME/KEY`."""
    container = pod_of(workload)["spec"]["containers"][0]
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= made.config_maps[source["configMapRef"]["name"]]
    for variable in container.get("env", []):
        secret = variable.get("valueFrom", {}).get("secretKeyRef")
        found[variable["name"]] = f"secret:{secret['name']}/{secret['key']}" if secret else variable["value"]
    return found


def _documents(folder: Path, config_maps: dict[str, dict[str, str]]) -> Iterator[Document]:
    kustomization = read(folder / "kustomization.yaml")[0]
    unknown = set(kustomization) - UNDERSTOOD
    if unknown:
        raise ValueError(f"{folder} uses {unknown}, which these tests would not see")
    for resource in kustomization["resources"]:
        path = (folder / resource).resolve()
        if path.is_dir():
            yield from _documents(path, config_maps)
        else:
            yield from read(path)
    for generated in kustomization.get("configMapGenerator", []):
        lines = [line for env in generated.get("envs", []) for line in (folder / env).read_text().splitlines()]
        pairs = dict(line.split("=", 1) for line in [*lines, *generated.get("literals", [])] if line)
        config_maps[generated["name"]] = config_maps.get(generated["name"], {}) | pairs
