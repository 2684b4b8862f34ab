"""What the manifests set is what the services read, and the page of settings lists it."""

import json

import pytest

from deploy.render.settings import CLASSES, settings_of
from services.cli.run import DETECTORS
from services.shared.settings import load
from tests.support.manifests import environment, overlay

OVERLAYS = {name: overlay(name) for name in ("base", "dev", "prod")}
OBJECT_STORE = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP"}
SECRETS = {
    "secret:master-key/key": "c2Nob29sZ2F0ZXNjaG9vbGdhdGVzY2hvb2xnYXRlMTI=",
    "secret:check-token/token": "sixteen or more characters",
    "secret:webhook/url": "https://receiver.example/alerts",
    "secret:webhook/secret": "sixteen or more characters",
}
CASES = [
    pytest.param(name, service, id=f"{name}:{service}")
    for name, made in OVERLAYS.items()
    for service in made.workloads()
    if service in CLASSES
]


@pytest.mark.parametrize(("name", "service"), CASES)
def test_every_variable_is_a_setting_of_its_service(name: str, service: str) -> None:
    made = OVERLAYS[name]
    known = {setting.name for setting in settings_of(CLASSES[service])} | OBJECT_STORE
    assert environment(made, made.workloads()[service]).keys() <= known


@pytest.mark.parametrize(("name", "service"), CASES)
def test_a_service_accepts_what_the_manifests_give_it(name: str, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = OVERLAYS[name]
    for variable, value in environment(made, made.workloads()[service]).items():
        if name == "dev" and value.startswith("secret:mail/"):
            continue  # the sandbox's mail server knows no users: there is no such Secret
        monkeypatch.setenv(variable, SECRETS.get(value, "invented") if value.startswith("secret:") else value)
    load(CLASSES[service])


def test_a_variable_that_no_class_has_would_be_seen() -> None:
    names = {setting.name for setting in settings_of(CLASSES["notify"])}
    assert {"SCHOOLGATE_SMTP__HOST", "SCHOOLGATE_KAFKA__CA_FILE", "SCHOOLGATE_MASTER_KEY"} <= names
    assert not {"SCHOOLGATE_SMTP_HOST", "SCHOOLGATE_SMTP", "SCHOOLGATE_POLL_MIN"} & names


def test_ingest_asks_for_the_detectors_that_are_deployed() -> None:
    for made in OVERLAYS.values():
        asked = json.loads(environment(made, made.workloads()["ingest"])["SCHOOLGATE_DETECTORS"])
        assert set(asked) == set(DETECTORS) == set(DETECTORS) & made.workloads().keys()


def test_what_listens_listens_where_its_port_is_declared() -> None:
    for made in OVERLAYS.values():
        for service, workload in made.workloads().items():
            if service not in CLASSES or workload["kind"] == "Job":
                continue
            given = environment(made, workload)
            (container,) = workload["spec"]["template"]["spec"]["containers"]
            declared = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
            expected = {"ops": given.get("SCHOOLGATE_OPS__PORT")}
            if service == "console":
                expected["http"] = given["SCHOOLGATE_PORT"]
            if service == "sandbox":
                expected = {"http": given["SCHOOLGATE_SANDBOX_PORT"], "smtp": given["SCHOOLGATE_SANDBOX_SMTP_PORT"]}
            assert declared == expected
