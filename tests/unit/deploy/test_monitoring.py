"""The dashboard and the alert rules ask for metrics that exist, and each alert has a runbook."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from services.cli.run import DETECTORS, SERVICES
from services.ingest.settings import IngestSettings
from services.notify import deliver
from services.shared import metrics
from services.shared.paths import ROOT
from tests.support.manifests import K8S, read

WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
STRING = re.compile(r'"[^"]*"')
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)")
LABELS = re.compile(r"\{[^}]*\}")
RANGE = re.compile(r"\[[^\]]*\]|\boffset \w+")
LANGUAGE = {
    *("sum", "max", "min", "rate", "increase", "time", "absent", "histogram_quantile"),
    *("min_over_time", "max_over_time"),
    *("or", "unless", "and"),
}
RUNBOOKS = ROOT / "docs" / "runbooks"
DASHBOARD = json.loads((K8S / "monitoring" / "dashboards" / "schoolgate.json").read_text(encoding="utf-8"))
RULES = read(K8S / "monitoring" / "rules.yaml")[0]["spec"]["groups"][0]["rules"]
HEADLINES = {  # what operations must be able to see at a glance
    "kafka_consumergroup_lag_seconds",
    "kafka_consumergroup_lag",
    "schoolgate_dead_letters_total",
    "schoolgate_delivery_blocked",
    "schoolgate_delivery_halted",
    "schoolgate_outbox_pending",
    "schoolgate_last_successful_poll_timestamp_seconds",
    "schoolgate_account_checked_timestamp_seconds",
    "schoolgate_checks_open",
    "schoolgate_deliveries_pending",
    "schoolgate_observed_to_alert_seconds_bucket",
    "schoolgate_engine_restarts_total",
}


def metrics_in(expression: str) -> set[str]:
    for noise in (STRING, GROUPING, LABELS, RANGE):
        expression = noise.sub(" ", expression)
    return set(WORD.findall(expression)) - LANGUAGE


def existing() -> Iterator[str]:
    for metric in vars(metrics).values():
        if isinstance(metric, Histogram):
            yield from (f"{metric._name}_{part}" for part in ("bucket", "count", "sum"))
        elif isinstance(metric, Counter):
            yield f"{metric._name}_total"
        elif isinstance(metric, Gauge):
            yield metric._name
        elif isinstance(metric, str) and metric.startswith("kafka_"):
            yield metric


def shown() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize("expression", shown() + [rule["expr"] for rule in RULES])
def test_every_metric_that_is_asked_for_exists(expression: str) -> None:
    asked = metrics_in(expression)
    assert asked
    assert asked <= set(existing())


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('max by (group) (a_b{x="c_d"} offset 5m) > 2', {"a_b"}),
        ("histogram_quantile(0.95, sum by (le) (rate(a_bucket[5m])))", {"a_bucket"}),
        ("absent(a) or b != b unless c_total", {"a", "b", "c_total"}),
    ],
)
def test_the_metrics_of_an_expression_are_found(expression: str, found: set[str]) -> None:
    assert metrics_in(expression) == found


def test_the_dashboard_shows_what_operations_must_see_and_lag_in_seconds_first() -> None:
    assert {name for expression in shown() for name in metrics_in(expression)} >= HEADLINES
    assert metrics_in(shown()[0]) == {metrics.CONSUMERGROUP_LAG_SECONDS}


def test_every_panel_can_be_told_apart_and_stays_in_its_namespace() -> None:
    for panel in DASHBOARD["panels"]:
        targets = panel.get("targets", [])
        assert len({target["refId"] for target in targets}) == len(targets)
        assert all('namespace="$namespace"' in target["expr"] for target in targets)


def test_grafana_finds_the_dashboard() -> None:
    (generated,) = read(K8S / "monitoring" / "kustomization.yaml")[0]["configMapGenerator"]
    assert generated["options"]["labels"] == {"grafana_dashboard": "1"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_means_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    page = ROOT / rule["annotations"]["runbook"]
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {rule['alert']}\n")
    assert all(f"**{part}.**" in text for part in ("Meaning", "Look", "Do"))
    assert f"| {rule['alert']} | [{page.stem}]({page.name}) |" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_the_operations_page_lists_every_alert() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (Schoolgate\w+) \|", page, re.MULTILINE)) == {rule["alert"] for rule in RULES}


def test_every_runbook_belongs_to_an_alert() -> None:
    pages = {f"docs/runbooks/{page.name}" for page in RUNBOOKS.glob("*.md") if page.name != "README.md"}
    assert pages == {rule["annotations"]["runbook"] for rule in RULES}


def test_a_service_that_is_gone_is_missed() -> None:
    (gone,) = [rule["expr"] for rule in RULES if rule["alert"] == "SchoolgateServiceGone"]
    missed = set(re.findall(r'service="(\w+)"', gone))
    assert missed == {*SERVICES, *DETECTORS} - {"sandbox", "observe"}  # observe's own alert is SchoolgateLagUnknown


def test_a_quiet_account_is_no_alarm_and_a_slow_retry_is_seen() -> None:
    longest_interval = IngestSettings.model_fields["poll_max"].default
    (no_poll,) = [rule["expr"] for rule in RULES if rule["alert"] == "SchoolgateNoPoll"]
    assert float(no_poll.rsplit(">", 1)[1]) == 2 * longest_interval
    (not_checked,) = [rule["expr"] for rule in RULES if rule["alert"] == "SchoolgateAccountNotChecked"]
    assert float(not_checked.rsplit(">", 1)[1]) == 2 * longest_interval
    (pending,) = [rule["expr"] for rule in RULES if rule["alert"] == "SchoolgateDeliveriesPending"]
    assert set(re.findall(r"\[(\d+)m\]", pending)) == {str(int(2 * deliver.LONGEST_WAIT / 60))}


def test_the_rules_fire_when_they_should(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(read(K8S / "monitoring" / "rules.yaml")[0]["spec"]))
    shutil.copy(Path(__file__).with_name("alerts.promtool.yaml"), tmp_path)
    result = subprocess.run(
        [promtool, "test", "rules", "alerts.promtool.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
