"""What a person reads who made a mistake in a profile."""

from pathlib import Path

import pytest

from services.policy.load import choose, load_profile
from services.shared.errors import SettingsError
from services.shared.paths import POLICIES

GOOD = (POLICIES / "sandbox.yaml").read_text("utf-8")


def load_changed(folder: Path, old: str, new: str) -> None:
    assert GOOD.count(old) >= 1
    (folder / "changed.yaml").write_text(GOOD.replace(old, new, 1), "utf-8")
    load_profile("changed", folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("answer_within: 120", "answer_within: 0", "answer_within: Input should be greater than 0"),
        ("answer_within: 120", "answer_in: 120", "answer_in: Extra inputs are not permitted"),
        ("jurisdiction: england_and_wales", "jurisdiction: france", "jurisdiction: Input should be"),
        ("clauses: [SB-4.2]", "clauses: [SB-9.9]", "rules.threat.clauses: SB-9.9 is not in clauses"),
        ("clauses: [SB-4.2]", "clauses: []", "rules.threat.clauses: Tuple should have at least 1 item"),
        ("  credential:\n", "  credentials:\n", "rules.credential: is missing"),
        ("audience: data_protection", "audience: dpo", "rules.takedown_request.audience: dpo is no audience"),
        ("S2: [dsl]", "S2: [matron]", "routes.safeguarding.S2: role matron is not in roles"),
        ("S2: [dsl]", "S2: []", "routes.safeguarding.S2: names nobody"),
        ("    S2: [dsl]\n", "", "routes.safeguarding.S2: is missing"),
        ("{if: {target: pupil}, audience", "{if: {taget: pupil}, audience", "rules.threat.cases.0.if.taget"),
        ("verdict: class_with_name_and_photo", "verdict: maybe", "rules.class.together.1.verdict: maybe is neither"),
        ("full_name_with_image: full_name_with_photo", "full_name_with_image: ask", "consents.both.full_name_with"),
        ("with: name_on_image", "with: names", "rules.name_on_image.together.0.with: names is no category"),
        ('closes: "16:30"', "closes: 16:30", 'calendar.closes: write times in quotes, for example "07:30"'),
        ("time_zone: Europe/London", "time_zone: London", "calendar.time_zone: is not a time zone"),
        ("last: 2026-10-23", "last: 2026-08-23", "calendar.terms.0: the term ends before it begins"),
        ("answer_within: 120", "answer_within: 120\nanswer_within: 60", "answer_within stands twice"),
        ("answer_within: 120", "answer_within: [", "is not YAML: line"),
        (
            "S2: [operations, online_safety_lead]",
            "S2: [operations]",
            "routes.operations.S2: must name online_safety_lead",
        ),
        ("roles: [business_manager, headteacher]", "roles: [bursar]", "approval.roles: role bursar is not in roles"),
        ("required: false\n  roles: [business_manager, headteacher]", "required: true", "approval.roles: names nobody"),
        ("x: {forbids_face_matching: true}", "y: {forbids_face_matching: true}", "platforms.y: no such platform"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_file_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_changed(tmp_path, old, new)
    assert str(refusal.value).startswith("profile changed.yaml: ")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_profile_is_refused_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "oak.yaml").touch()
    with pytest.raises(SettingsError, match="no profile elm; there are: oak"):
        load_profile("elm", tmp_path)


def test_an_empty_profile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "oak.yaml").touch()
    with pytest.raises(SettingsError, match=r"profile oak\.yaml: the file: "):
        load_profile("oak", tmp_path)


def test_a_choice_that_the_profile_does_not_leave_is_refused() -> None:
    with pytest.raises(SettingsError, match="leaves no choice photos; it leaves: class_with_name_and_photo"):
        choose(load_profile("sandbox"), {"photos": "block"})


def test_a_choice_of_something_else_than_a_verdict_is_refused() -> None:
    with pytest.raises(SettingsError, match="full_name_with_photo is to be one of allow, review, block"):
        choose(load_profile("sandbox"), {"full_name_with_photo": "perhaps"})
