import csv
from pathlib import Path

import pytest

from services.analyze.detectors.abuse.matching import find_hits
from services.analyze.detectors.abuse.normalise import normalise
from services.analyze.detectors.abuse.result import LABELS
from services.analyze.detectors.abuse.rules import ALL_RULES

with (Path(__file__).parent / "rule_examples.csv").open(encoding="utf-8", newline="") as file:
    EXAMPLES = [(row["rule_id"], row["matches"], row["text"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("rule_id", "matches", "text"), EXAMPLES)
def test_rule_matches_its_examples_and_not_the_near_misses(rule_id: str, matches: str, text: str) -> None:
    found = {hit.rule.id for hit in find_hits(normalise(text).text)}
    assert (rule_id in found) == (matches == "yes")


def test_every_rule_has_a_match_and_a_near_miss() -> None:
    wanted = {(rule.id, matches) for rule in ALL_RULES for matches in ("yes", "no")}
    assert wanted == {(rule_id, matches) for rule_id, matches, _ in EXAMPLES}


def test_rule_ids_are_unique_and_labels_known() -> None:
    ids = [rule.id for rule in ALL_RULES]
    assert len(ids) == len(set(ids))
    other = {"reported_abuse", "welfare", "data_protection", "praise", "logistics", "criticism", "incivility"}
    assert {rule.label for rule in ALL_RULES} == set(LABELS) | other


def test_abuse_after_a_report_still_counts() -> None:
    found = {hit.rule.label for hit in find_hits("a boy hit my son. i'm going to smash his face in")}
    assert {"reported_abuse", "threat"} <= found


def test_abuse_inside_a_report_is_not_the_writers_own() -> None:
    hits = find_hits("someone called my daughter a fat pig")
    assert hits
    assert not any(hit.is_abuse for hit in hits)
