"""Every category is covered by every source that must know it, and the profiles cite real sentences."""

import csv

import pytest

from schemas.categories import AUDIENCES, CATEGORY_OWNER, SEVERITIES
from services.policy.load import load_profile, profile_names
from services.policy.scales import SEVERITIES as SCALE
from services.policy.taxonomy import TAXONOMY
from services.policy.wording import HEADLINES, headline
from services.shared.paths import ROOT

CLAUSES = ROOT.parent / "shared" / "domain" / "clauses.csv"


def test_there_are_profiles() -> None:
    assert {"sandbox", "rosewood"} <= set(profile_names())


@pytest.mark.parametrize("name", profile_names())
def test_each_category_has_a_rule_a_clause_a_taxonomy_row_and_words(name: str) -> None:
    profile = load_profile(name)
    assert set(profile.rules) == set(CATEGORY_OWNER) == set(TAXONOMY) == set(HEADLINES)
    assert all(rule.clauses for rule in profile.rules.values())
    assert set(profile.routes) == set(AUDIENCES)
    assert SCALE == SEVERITIES


@pytest.mark.parametrize("name", profile_names())
def test_every_clause_is_cited_somewhere(name: str) -> None:
    profile = load_profile(name)
    rules = [*profile.rules.values(), profile.otherwise]
    cited = {clause for rule in rules for clause in rule.clauses}
    cited |= {clause for rule in rules for case in rule.cases for clause in case.clauses or ()}
    assert cited == set(profile.clauses)


def test_the_taxonomy_uses_all_of_kcsie() -> None:
    assert {row.kcsie_area for row in TAXONOMY.values()} == {"content", "contact", "conduct", "commerce"}


def test_headlines_speak_the_schools_language() -> None:
    profile = load_profile("sandbox")
    students = profile.model_copy(update={"words": profile.words.model_copy(update={"pupil": "student"})})
    assert headline(students, "upn") == "A unique student number"


@pytest.mark.data
def test_rosewood_cites_its_own_policy() -> None:
    if not CLAUSES.exists():
        pytest.skip("needs ../shared/domain/clauses.csv")
    with CLAUSES.open(newline="", encoding="utf-8") as file:
        known = {row["id"]: row for row in csv.DictReader(file)}
    for clause_id, clause in load_profile("rosewood").clauses.items():
        row = known[clause_id]
        assert (clause.text, clause.source, clause.lines) == (row["clause"], row["seed"], row["lines"])
