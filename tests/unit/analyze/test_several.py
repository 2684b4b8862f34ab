"""What is found against several schools' registers is one answer."""

from typing import Any

import pytest

from services.analyze.detectors.detector import FindingDraft
from services.analyze.several import joined

A, B = "sch-000000000000000a", "sch-000000000000000b"
PUPIL, OTHER = "pup-0000000000000001", "pup-0000000000000002"


def draft(category: str, match: str = "it", rule_id: str = "test.rule", **changes: Any) -> FindingDraft:
    return FindingDraft(category, 0.9, rule_id, "text", match, **changes)


def found(a: list[FindingDraft], b: list[FindingDraft]) -> list[tuple[str, str, str | None]]:
    return [(school, each.category, each.subject_ref) for school, each in joined({A: a, B: b})]


def test_a_pupil_of_one_school_is_no_stranger_to_the_other() -> None:
    assert found([draft("name_full", subject_ref=PUPIL)], [draft("name_other_child")]) == [(A, "name_full", PUPIL)]


def test_a_child_whom_no_school_knows_is_a_stranger() -> None:
    assert found([draft("name_other_child")], [draft("name_other_child")]) == [(A, "name_other_child", None)]


@pytest.mark.parametrize("category", ["phone", "email", "postcode"])
def test_what_one_school_publishes_itself_is_not_found_by_the_other(category: str) -> None:
    assert found([], [draft(category)]) == []
    assert len(found([draft(category)], [draft(category)])) == 1


def test_a_schools_own_address_is_not_found_but_a_street_of_its_pupils_is() -> None:
    assert found([], [draft("address", rule_id="address.numbered")]) == []
    assert len(found([], [draft("address", rule_id="address.pupils_street")])) == 1


def test_a_postcode_of_a_pupil_is_found_once_and_as_the_pupils() -> None:
    assert found([draft("postcode", subject_ref=PUPIL)], [draft("postcode")]) == [(A, "postcode", PUPIL)]


def test_two_pupils_of_one_name_at_two_schools_are_both_meant() -> None:
    same = found([draft("name_full", subject_ref=PUPIL)], [draft("name_full", subject_ref=OTHER)])
    assert same == [(A, "name_full", PUPIL), (B, "name_full", OTHER)]


def test_a_class_that_only_one_school_has_counts() -> None:
    assert found([draft("class")], []) == [(A, "class", None)]


def test_the_gravest_of_the_same_counts() -> None:
    mild, grave = draft("threat", facts={"severity": 2}), draft("threat", facts={"severity": 4, "target": "pupil"})
    for answers in ({A: [mild], B: [grave]}, {A: [grave], B: [mild]}):
        ((_, kept),) = joined(answers)
        assert kept.facts["severity"] == 4


def test_one_school_keeps_everything() -> None:
    drafts = [draft("name_other_child"), draft("phone"), draft("address", rule_id="address.numbered")]
    assert len(joined({A: drafts})) == 3
