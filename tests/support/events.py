"""Invented events for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import ids
from schemas.analysis import Analysis
from schemas.ids import AccountId
from schemas.post import Post
from schemas.status import AccountStatus

SCHOOL = ids.school_id("test school")
ACCOUNT = ids.account_id(SCHOOL, "x", "1")
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


def make_post(number: int = 1, *, revision: int = 1, **changes: Any) -> Post:
    post = ids.post_id(ACCOUNT, str(number))
    named = ids.revision_id(post, revision, ids.digest("content", number, revision))
    fields: dict[str, Any] = {
        "check_id": ids.check_id(named, "live"),
        "trigger": "live",
        "school_id": SCHOOL,
        "account_id": ACCOUNT,
        "platform": "x",
        "post_id": post,
        "revision_id": named,
        "revision_no": revision,
        "cause": "created",
        "kind": "comment",
        "observed_at": NOW,
        "required": ("abuse",),
        "deadline": NOW + timedelta(seconds=120),
    }
    return Post(**(fields | changes))


def make_analysis(post: Post, detector: str = "abuse", **changes: Any) -> Analysis:
    fields: dict[str, Any] = {
        "analysis_id": ids.analysis_id(post.check_id, detector, "1", ""),
        "check_id": post.check_id,
        "trigger": post.trigger,
        "school_id": post.school_id,
        "account_id": post.account_id,
        "post_id": post.post_id,
        "revision_id": post.revision_id,
        "revision_no": post.revision_no,
        "detector": detector,
        "detector_version": "1",
        "status": "complete",
        "analysed_at": NOW,
    }
    return Analysis(**(fields | changes))


def make_status(at: datetime = NOW, account: AccountId = ACCOUNT, **changes: Any) -> AccountStatus:
    fields: dict[str, Any] = {
        "status_id": ids.status_id(account, at.isoformat()),
        "school_id": SCHOOL,
        "account_id": account,
        "platform": "x",
        "state": "checked",
        "checked_at": at,
        "observed_at": at,
        "repeats_within": 300,
    }
    return AccountStatus(**(fields | changes))
