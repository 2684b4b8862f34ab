"""When what is live counts as what was approved."""

from datetime import timedelta

import pytest

from services.casebook.approvals.compare import Approved, Departure, Shown, departure, matching
from tests.support.approvals import ANOTHER, PICTURE, RECOMPRESSED, text_ref
from tests.support.events import NOW

SAID = text_ref("Sports day!")
OTHER = text_ref("Sports day?")
NEAR_MISS = "f0ff0f0f0f0f0f0f"
NONE = Departure("not_approved", "approvals.none")
TEXT = Departure("changed_since_approval", "approvals.text", "text")
PICTURES = Departure("changed_since_approval", "approvals.pictures", "pictures")
NOT_COMPARED = Departure("changed_since_approval", "approvals.pictures", "pictures_not_compared")


def shown(text: str = SAID, *pictures: str | None, minutes: float = 0) -> Shown:
    return Shown(text, pictures, NOW + timedelta(minutes=minutes))


def approved(text: str = SAID, *pictures: str, minutes: float = -60, name: str = "1") -> Approved:
    return Approved(name, text, pictures, NOW + timedelta(minutes=minutes))


def test_the_pictures_are_as_alike_as_they_are_said_to_be() -> None:
    differing = [(int(PICTURE, 16) ^ int(other, 16)).bit_count() for other in (RECOMPRESSED, NEAR_MISS, ANOTHER)]
    assert differing == [8, 12, 64]


@pytest.mark.parametrize(
    ("live", "draft"),
    [
        (shown(), approved()),
        (shown(SAID, PICTURE), approved(SAID, PICTURE)),
        (shown(SAID, RECOMPRESSED), approved(SAID, PICTURE)),
        (shown(SAID, PICTURE), approved(SAID, ANOTHER, PICTURE)),
        (shown(SAID, ANOTHER, PICTURE), approved(SAID, PICTURE, ANOTHER)),
        (shown(), approved(minutes=1)),
    ],
    ids=["text", "picture", "recompressed", "one of the pictures", "another order", "a clock that goes behind"],
)
def test_what_was_approved_is_recognised(live: Shown, draft: Approved) -> None:
    assert matching(live, [approved(OTHER), draft]) == draft


@pytest.mark.parametrize(
    ("live", "draft", "expected"),
    [
        (shown(OTHER), approved(), NONE),
        (shown(), approved(minutes=1.01), NONE),
        (shown(SAID, PICTURE), approved(SAID, PICTURE, minutes=6), NONE),
        (shown(OTHER, PICTURE), approved(SAID, ANOTHER), NONE),
        (shown(OTHER, None), approved(SAID, PICTURE), NONE),
        (shown(OTHER, PICTURE), approved(SAID, PICTURE), TEXT),
        (shown(OTHER, RECOMPRESSED), approved(SAID, ANOTHER, PICTURE), TEXT),
        (shown(SAID, ANOTHER), approved(SAID, PICTURE), PICTURES),
        (shown(SAID, NEAR_MISS), approved(SAID, PICTURE), PICTURES),
        (shown(SAID, PICTURE, ANOTHER), approved(SAID, PICTURE), PICTURES),
        (shown(SAID, PICTURE), approved(SAID), PICTURES),
        (shown(SAID, None, ANOTHER), approved(SAID, PICTURE), PICTURES),
        (shown(SAID, None), approved(SAID, PICTURE), NOT_COMPARED),
        (shown(SAID, PICTURE, None), approved(SAID, PICTURE), NOT_COMPARED),
    ],
)
def test_what_departs_from_it_is_called_by_its_name(live: Shown, draft: Approved, expected: Departure) -> None:
    assert matching(live, [draft]) is None
    assert departure(live, [], [draft]) == expected


def test_an_edit_after_what_was_approved_is_a_change_and_after_anything_else_is_not() -> None:
    edited = shown(OTHER, minutes=30)
    assert departure(edited, [shown()], [approved()]) == TEXT
    assert departure(edited, [shown(text_ref("Bingo!"))], [approved()]) == NONE
    assert departure(edited, [shown()], [approved(minutes=20)]) == NONE


def test_without_drafts_nothing_was_approved() -> None:
    assert matching(shown(), []) is None
    assert departure(shown(), [], []) == NONE


def test_of_several_fitting_drafts_the_last_approved_is_taken() -> None:
    drafts = [approved(minutes=-minutes, name=name) for minutes, name in ((9, "1"), (3, "2"), (6, "3"))]
    for order in (drafts, drafts[::-1]):
        found = matching(shown(), order)
        assert found is not None
        assert found.draft_id == "2"
