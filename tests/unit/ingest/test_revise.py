from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas.post import RegisterVersions
from services.ingest.connectors.connector import Attachment, Author
from services.ingest.revise import (
    CheckRules,
    Known,
    MediaState,
    Refs,
    Revision,
    is_settled,
    media_arrived,
    revise,
    with_media,
)
from services.policy.load import load_profile
from tests.support.ingest import ACCOUNT, BEGIN, OFFICIAL, SCHOOL, picture, seen

RULES = CheckRules(
    ACCOUNT,
    load_profile("sandbox"),
    {SCHOOL.school_id: RegisterVersions(roster=4)},
    ("faces", "details", "abuse"),
    biometric_basis=True,
)
REFS = Refs("0" * 32, "1" * 32)


def first(**changes: Any) -> Revision:
    revision = revise(seen(**changes), None, RULES, REFS, BEGIN)
    assert revision is not None
    return revision


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ({}, {}, None),
        ({}, {"tags": (), "lang": "cy", "parent_text": "x"}, None),
        ({}, {"edited_at": BEGIN}, None),
        ({"attachments": (picture(),)}, {"attachments": (picture(url="https://media.example/again"),)}, None),
        ({}, {"text": "Sports day"}, "edited"),
        ({}, {"text": ""}, "edited"),
        ({}, {"attachments": (picture(),)}, "edited"),
        ({"attachments": (picture("a"), picture("b"))}, {"attachments": (picture("b"), picture("a"))}, "edited"),
        ({}, {"visibility": "hidden"}, "visibility"),
        ({}, {"visibility": "hidden", "text": "and edited"}, "edited"),
        ({"version": 2}, {"version": 1, "text": "an older version, shown again"}, None),
        ({"version": 2}, {"version": 3, "text": "a newer version"}, "edited"),
    ],
)
def test_what_makes_a_revision(before: dict[str, Any], after: dict[str, Any], cause: str | None) -> None:
    revision = revise(seen(**(before | after)), first(**before).as_known(), RULES, REFS, BEGIN)
    assert (revision.event.cause if revision else None) == cause
    assert revision is None or revision.event.revision_no == 2


@pytest.mark.parametrize(
    ("author", "relation"),
    [
        (Author(OFFICIAL), "official"),
        (Author("2000"), "unknown"),
        (Author(), "unknown"),
        (Author(None, "larkhollow"), "unknown"),
    ],
)
def test_only_the_account_itself_is_official(author: Author, relation: str) -> None:
    assert first(author=author).event.author.relation == relation


def test_a_post_is_named_after_its_first_version() -> None:
    event = first(object_id="9", first_id="7", parent_id="5", root_id="3").event
    assert [event.post_id, event.parent_id, event.root_id] == [f"{ACCOUNT.account_id}:{each}" for each in (7, 5, 3)]
    assert event.revision_id.startswith(f"{event.post_id}:1:")
    assert event.content == f"{ACCOUNT.school_id}/content/{event.revision_id}"


@pytest.mark.parametrize(
    ("changes", "required"),
    [
        ({}, {"details", "abuse"}),
        ({"text": " \n", "attachments": ()}, set()),
        ({"text": "", "attachments": (replace(picture(), alt_text=None),)}, {"details", "faces"}),
        ({"attachments": (picture(),)}, {"details", "abuse", "faces"}),
        ({"text": "", "attachments": (Attachment("v", "video", None, "Pupils dancing"),)}, {"details", "abuse"}),
    ],
)
def test_the_policy_says_who_must_answer(changes: dict[str, Any], required: set[str]) -> None:
    event = first(**changes).event
    assert set(event.required) == required
    assert event.deadline > event.observed_at


def test_a_detector_that_must_not_look_is_named_with_the_reason() -> None:
    rules = replace(RULES, biometric_basis=False, detectors=("faces", "details"))
    revision = revise(seen(attachments=(picture(),)), None, rules, REFS, BEGIN)
    assert revision is not None
    reasons = {each.detector: each.reason for each in revision.event.excluded}
    assert reasons == {"faces": "no_impact_assessment", "abuse": "not_available"}
    assert revision.event.required == ("details",)


def test_attachments_are_filled_in_with_blobs_or_reasons() -> None:
    event = first(attachments=(picture("a"), picture("b"), picture("c"))).event
    blob = f"{SCHOOL.school_id}/media/{'0' * 64}"
    states = {"a": MediaState(media=blob), "b": MediaState(missing_reason="too_large")}
    filled = with_media(event, states).attachments
    assert [(each.media, each.missing_reason) for each in filled] == [
        (blob, None),
        (None, "too_large"),
        (None, "pending"),
    ]
    assert not is_settled(event, states)
    assert is_settled(event, states | {"c": MediaState(missing_reason="expired")})


def test_late_media_makes_the_next_revision_with_as_much_time_for_answers() -> None:
    event, later = first(attachments=(picture(),)).event, BEGIN + timedelta(minutes=5)
    late = media_arrived(event, later)
    assert (late.revision_no, late.cause, late.content) == (2, "media", event.content)
    assert late.revision_id != event.revision_id
    assert late.check_id != event.check_id
    assert late.deadline - later == event.deadline - event.observed_at


@pytest.mark.parametrize(
    ("attachments", "previous_waits", "waits"),
    [((), False, False), ((), True, True), ((picture(),), False, True), ((picture(url=None),), False, False)],
)
def test_what_waits_to_be_published(attachments: tuple[Attachment, ...], previous_waits: bool, waits: bool) -> None:  # noqa: FBT001  # a table's column
    known = Known(1, "another hash", "public", waiting=previous_waits)
    revision = revise(seen(attachments=attachments), known, RULES, REFS, BEGIN)
    assert revision is not None
    assert revision.waits is waits
