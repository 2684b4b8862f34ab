"""Which detectors must answer, which must not look, and why."""

from typing import Any

import pytest

from services.policy.load import load_profile
from services.policy.plan import plan
from services.policy.profile import FaceMatching, Profile

SANDBOX = load_profile("sandbox")
ROSEWOOD = load_profile("rosewood")


def planned(profile: Profile, **changed: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    facts: dict[str, Any] = {"platform": "facebook", "kind": "post", "images": 1, "has_text": True} | changed
    made = plan(profile, **facts)
    return made.required, {excluded.detector: excluded.reason for excluded in made.excluded}


@pytest.mark.parametrize(
    ("changed", "required"),
    [
        ({}, ("faces", "details", "abuse")),
        ({"images": 0}, ("details", "abuse")),
        ({"has_text": False}, ("faces", "details")),
        ({"images": 0, "has_text": False}, ()),
        ({"kind": "direct_message"}, ("details", "abuse")),
        ({"kind": "of_the_future"}, ("faces", "details", "abuse")),
    ],
)
def test_a_detector_must_answer_where_there_is_something_to_look_at(
    changed: dict[str, Any], required: tuple[str, ...]
) -> None:
    assert planned(SANDBOX, **changed) == (required, {})


def test_faces_on_x_need_a_permission() -> None:
    assert planned(ROSEWOOD, platform="x") == (("details", "abuse"), {"faces": "platform_terms"})
    assert planned(ROSEWOOD, platform="x", images=0) == (("details", "abuse"), {})
    assert planned(ROSEWOOD, platform="instagram") == (("faces", "details", "abuse"), {})
    assert planned(SANDBOX, platform="x") == (("faces", "details", "abuse"), {})


def test_a_draft_for_x_is_the_schools_own_picture() -> None:
    assert planned(ROSEWOOD, platform="x", kind="draft") == (("faces", "details", "abuse"), {})


@pytest.mark.parametrize(
    ("when", "changed", "reason"),
    [
        ("never", {}, "face_matching_off"),
        ("always", {"biometric_basis": False}, "no_impact_assessment"),
        ("declared_cleared", {}, "roster_not_cleared"),
        ("declared_cleared", {"roster_cleared": True}, None),
        ("always", {"available": ("details", "abuse")}, "not_available"),
    ],
)
def test_faces_need_a_basis(when: str, changed: dict[str, Any], reason: str | None) -> None:
    matching = FaceMatching.model_validate({"when": when})
    profile = SANDBOX.model_copy(update={"face_matching": matching})
    _, excluded = planned(profile, **changed)
    assert excluded.get("faces") == reason


def test_answers_have_two_minutes() -> None:
    made = plan(SANDBOX, platform="x", kind="post", images=0, has_text=True)
    assert made.answer_within.total_seconds() == 120
