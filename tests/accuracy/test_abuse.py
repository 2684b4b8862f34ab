"""How well the abuse engine ranks comments it has not seen. The floors lie a little under what was measured."""

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from services.analyze.detectors.abuse import AbuseEngine

ROOT = Path(__file__).parents[2]
EVAL = ROOT.parent / "shared" / "data" / "abuse" / "eval"
TABLE = ROOT / "bench" / "results" / "abuse.md"
SAMPLE = 1500
AREA_FLOORS = {
    "convabuse": 0.83,
    "dynahate_test": 0.59,
    "ethos": 0.75,
    "identity_templates": 0.87,
    "wiki_natural": 0.80,
    "wiki_toxicity": 0.84,
    "youtoxic": 0.77,
}
REVIEWED_COMPLAINTS = 0.02
GRAVE_COMPLAINTS = 0.008
SCHOOL_LISTS = {"uk_school_heldout": (0.88, 0.12), "uk_school_fresh": (0.28, 0.05)}


class Outcome(NamedTuple):
    """Per row: the label, the engine's score and its severity."""

    labels: NDArray[np.bool_]
    scores: NDArray[np.float64]
    severities: NDArray[np.int64]

    def area(self) -> float:
        """Area under the ROC curve, by ranks (ties count half)."""
        _, inverse, counts = np.unique(self.scores, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
        positives = int(self.labels.sum())
        negatives = len(self.labels) - positives
        return float((ranks[self.labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))

    def flagged(self, *, label: bool) -> float:
        """Share of the rows with `label` that the engine calls abusive."""
        return float((self.scores[self.labels == label] >= 0.5).mean())


@pytest.fixture(scope="module")
def engine() -> AbuseEngine:
    return AbuseEngine()


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    lines = ["| set | rows | ROC-AUC | flagged of abusive | flagged of innocent |", "|---|---|---|---|---|"]
    yield lines
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(engine: AbuseEngine, rows: list[tuple[str, bool]]) -> Outcome:
    results = [engine.analyse(text) for text, _ in rows]
    return Outcome(
        np.array([label for _, label in rows]),
        np.array([result.score for result in results]),
        np.array([result.severity if result.abusive else 0 for result in results]),
    )


def eval_rows(name: str) -> list[tuple[str, bool]]:
    """A fixed sample of one evaluation set; where abuse is rare, all of it and a sample of the rest."""
    path = EVAL / name / "data.jsonl"
    if not path.exists():
        pytest.skip(f"needs the evaluation data: no {name} under ../shared/data/abuse/eval")
    with path.open(encoding="utf-8") as file:
        rows = [(row["text"], bool(row["abusive"])) for row in map(json.loads, file)]
    random.Random(0).shuffle(rows)  # noqa: S311  (a sample, not a secret)
    rows.sort(key=lambda row: not row[1] if name == "wiki_natural" else False)
    return rows[:SAMPLE]


def school_rows(name: str) -> list[tuple[str, bool]]:
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["abusive"] == "1") for row in csv.DictReader(file)]


def line(name: str, outcome: Outcome) -> str:
    area = f"{outcome.area():.3f}" if outcome.labels.any() else "-"
    caught = f"{outcome.flagged(label=True):.1%}" if outcome.labels.any() else "-"
    return f"| {name} | {len(outcome.labels)} | {area} | {caught} | {outcome.flagged(label=False):.2%} |"


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(AREA_FLOORS))
def test_abuse_ranks_above_the_rest(engine: AbuseEngine, table: list[str], name: str) -> None:
    outcome = measure(engine, eval_rows(name))
    table.append(line(name, outcome))
    assert outcome.area() >= AREA_FLOORS[name]


@pytest.mark.data
@pytest.mark.slow
def test_complaints_are_seldom_flagged(engine: AbuseEngine, table: list[str]) -> None:
    outcome = measure(engine, eval_rows("airline_complaints"))
    table.append(line("airline_complaints", outcome))
    assert outcome.flagged(label=False) <= REVIEWED_COMPLAINTS
    assert (outcome.severities >= 3).mean() <= GRAVE_COMPLAINTS


@pytest.mark.parametrize("name", sorted(SCHOOL_LISTS))
def test_school_comments_are_told_apart(engine: AbuseEngine, table: list[str], name: str) -> None:
    caught, alarms = SCHOOL_LISTS[name]
    outcome = measure(engine, school_rows(name))
    table.append(line(name, outcome))
    assert outcome.flagged(label=True) >= caught
    assert outcome.flagged(label=False) <= alarms
