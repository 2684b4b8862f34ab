from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas import ids
from schemas.post import Post
from services.ingest.backfill.again import Again, Run
from services.ingest.revise import CheckRules, MediaState
from services.policy.load import load_profile
from tests.support.ingest import ACCOUNT, BEGIN, SCHOOL


def planned(**changes: Any) -> Post:
    """A live check of a post on Facebook, planned anew."""
    account = replace(ACCOUNT, platform="facebook")
    rules = CheckRules(account, load_profile("sandbox"), {}, ("faces", "details", "abuse"), biometric_basis=True)
    post_id, empty = ids.post_id(ACCOUNT.account_id, "1"), ids.digest("empty")
    fields: dict[str, Any] = {"attachments": (), "required": (), "text_ref": empty, "platform": "facebook"}
    event = Post(
        check_id=ids.digest("live"),
        trigger="live",
        school_id=SCHOOL.school_id,
        account_id=ACCOUNT.account_id,
        post_id=post_id,
        revision_id=ids.revision_id(post_id, 1, "a" * 12),
        revision_no=1,
        cause="created",
        kind="post",
        observed_at=BEGIN - timedelta(days=40),
        deadline=BEGIN,
        **(fields | changes),
    )
    again = Again(Run("audit", ids.run_id("one")), rules, BEGIN, empty)
    return again.check(event, {"p1": MediaState(missing_reason="expired")})


PICTURE: tuple[dict[str, str], ...] = ({"key": "p1", "kind": "photo"},)


@pytest.mark.parametrize(
    ("changes", "required"),
    [
        ({}, ()),
        ({"text_ref": ids.digest("words")}, ("details", "abuse")),
        ({"attachments": PICTURE}, ("faces", "details")),
        ({"attachments": PICTURE, "text_ref": ids.digest("words")}, ("faces", "details", "abuse")),
        ({"attachments": PICTURE, "required": ("details", "abuse")}, ("faces", "details", "abuse")),
        ({"text_ref": None, "required": ("details",)}, ("details", "abuse")),
    ],
)
def test_a_check_is_planned_by_what_the_post_holds(changes: dict[str, Any], required: tuple[str, ...]) -> None:
    check = planned(**changes)
    assert check.required == required
    assert [each.missing_reason for each in check.attachments] == ["expired"] * len(changes.get("attachments", ()))
