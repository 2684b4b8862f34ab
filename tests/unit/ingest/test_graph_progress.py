from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.connectors.graph.progress import Listed, Progress

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
READ_ONCE = Progress(begun=NOW - timedelta(days=90), all_at=NOW, swept_at=NOW)


def post(days: float, comments: int = 3, updated_days: float | None = None) -> Listed:
    """A post of so many days ago."""
    created = NOW - timedelta(days=days)
    updated = created if updated_days is None else NOW - timedelta(days=updated_days)
    return Listed("100_1", created, updated, comments)


def read_before(seen: Listed, **ago: float) -> Progress:
    """The progress after a reading that found the post like this."""
    then = NOW - timedelta(**ago)
    return replace(READ_ONCE, all_at=then, swept_at=then).after({seen.post_id: seen}, then)


@pytest.mark.parametrize(
    ("days", "ago", "expected"),
    [
        (1, {"minutes": 5}, True),
        (1.99, {"minutes": 5}, True),
        (2.01, {"minutes": 5}, False),
        (2.01, {"hours": 23}, False),
        (2.01, {"hours": 24}, True),
        (13.9, {"hours": 24}, True),
        (14.1, {"hours": 24}, False),
        (400, {"days": 6}, False),
        (400, {"days": 7}, True),
    ],
)
def test_unchanged_posts_are_read_again_the_more_seldom_the_older(
    days: float,
    ago: dict[str, float],
    expected: bool,  # noqa: FBT001  # a table's column
) -> None:
    assert read_before(post(days), **ago).reads(post(days), NOW) is expected


def test_a_post_without_comments_is_not_asked_for_them_again() -> None:
    assert not read_before(post(1, comments=0), days=7).reads(post(1, comments=0), NOW)


@pytest.mark.parametrize(
    "changed", [post(6, comments=4), post(6, comments=2), post(6, updated_days=0), post(6, comments=0, updated_days=0)]
)
def test_a_post_that_changed_is_read_at_once(changed: Listed) -> None:
    assert read_before(post(6), minutes=5).reads(changed, NOW)


def test_an_old_post_is_read_when_it_was_updated_since_all_were_listed() -> None:
    progress = read_before(post(400), days=1)
    assert progress.reads(post(400, updated_days=0.5), NOW)
    assert not progress.reads(post(400, updated_days=1.5), NOW)


def test_all_posts_are_listed_daily_and_those_of_two_weeks_otherwise() -> None:
    assert READ_ONCE.since(NOW + timedelta(hours=23)) == NOW + timedelta(hours=23) - timedelta(days=14)
    assert READ_ONCE.since(NOW + timedelta(hours=24)) is None


def test_the_first_reading_lists_all_and_reads_what_happened_within_the_backlog() -> None:
    progress = Progress.of({}, NOW, timedelta(days=7))
    assert progress.begun == NOW - timedelta(days=7)
    assert progress.since(NOW) is None
    assert progress.reads(post(1), NOW)
    assert progress.reads(post(400, updated_days=6), NOW)
    assert not progress.reads(post(400, updated_days=8), NOW)


def test_a_cursor_is_read_as_it_was_written() -> None:
    progress = read_before(post(3), hours=1)
    assert progress.marks
    assert Progress.of(progress.cursor(), NOW, timedelta(days=1)) == progress


def test_only_two_weeks_of_posts_are_remembered() -> None:
    posts = {str(days): replace(post(days), post_id=str(days)) for days in range(30)}
    assert len(READ_ONCE.after(posts, NOW).marks) == 15


def untimed(days: float, comments: int) -> Listed:
    """A post of a platform that does not tell when it last changed."""
    return replace(post(days, comments), updated_at=None)


@pytest.mark.parametrize("days", [1, 6, 400])
@pytest.mark.parametrize(("before", "after", "expected"), [(3, 4, True), (3, 2, True), (0, 1, True), (3, 3, None)])
def test_without_a_time_of_change_the_number_of_comments_has_to_do(
    days: float,
    before: int,
    after: int,
    expected: bool | None,  # noqa: FBT001  # a table's column
) -> None:
    progress = read_before(untimed(days, before), minutes=5)
    assert progress.reads(untimed(days, after), NOW) is (days <= 2 if expected is None else expected)


def test_numbers_are_remembered_while_only_two_weeks_are_listed_and_until_a_post_is_gone() -> None:
    old, recent = (replace(untimed(days, 3), post_id=f"{days}") for days in (400, 1))
    progress = read_before(old, hours=1).after({recent.post_id: recent}, NOW)
    assert progress.marks.keys() == {old.post_id, recent.post_id}
    assert progress.after({old.post_id: replace(old, comments=0)}, NOW).marks.keys() == {recent.post_id}
    later = NOW + timedelta(days=1)
    assert progress.after({recent.post_id: recent}, later).marks.keys() == {recent.post_id}
