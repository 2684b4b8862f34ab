from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from services.ingest.connectors.x.connector import XPlatform
from services.ingest.connectors.x.cursor import Position, searchable, thread_queries
from services.ingest.connectors.x.posts import snowflake
from tests.support.ingest import ACCOUNT, HandClock

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MIDNIGHT = NOON.replace(hour=0)


@pytest.mark.parametrize(
    ("newest", "read_at", "since"),
    [
        (NOON - timedelta(minutes=5), NOON, NOON - timedelta(minutes=60)),
        (NOON - timedelta(minutes=90), NOON, NOON - timedelta(minutes=90)),
        (NOON - timedelta(days=3), NOON, NOON - timedelta(days=3)),
        (MIDNIGHT - timedelta(minutes=1), MIDNIGHT, MIDNIGHT - timedelta(minutes=60)),
        (NOON, None, NOON - timedelta(minutes=60)),
    ],
)
def test_an_hour_is_read_again_also_over_midnight(newest: datetime, read_at: datetime | None, since: datetime) -> None:
    assert Position(str(snowflake(newest)), read_at).since_id() == str(snowflake(since))


def test_nothing_was_read_before_the_first_time() -> None:
    position = Position.of({})
    assert (position.since_id(), position.gap(NOON)) == (None, None)


def test_a_cursor_is_read_as_it_was_written() -> None:
    position = Position("17", NOON, frozenset({"1", "2"}))
    assert Position.of(position.cursor()) == position


@pytest.mark.parametrize(("days", "gap"), [(0, None), (6.9, None), (7.1, "unread_over_7_days")])
def test_a_gap_is_what_was_not_read_in_time(days: float, gap: str | None) -> None:
    assert Position("17", NOON - timedelta(days=days)).gap(NOON) == gap


def test_a_quiet_account_has_no_gap() -> None:
    assert Position(str(snowflake(NOON - timedelta(days=30))), NOON - timedelta(minutes=5)).gap(NOON) is None


@pytest.mark.parametrize(("days", "reaches"), [(1, True), (6.9, True), (6.97, False), (8, False)])
def test_the_search_is_not_asked_beyond_its_reach(days: float, *, reaches: bool) -> None:
    since_id = str(snowflake(NOON - timedelta(days=days)))
    assert searchable(since_id, NOON) == (since_id if reaches else None)


@pytest.mark.parametrize(("count", "queries"), [(0, 0), (1, 1), (13, 1), (14, 2), (60, 5)])
def test_threads_share_queries_within_512_characters(count: int, queries: int) -> None:
    threads = [str(1_900_000_000_000_000_000 + number) for number in range(count)]
    made = thread_queries(threads)
    assert len(made) == queries
    assert all(len(query) <= 512 for query in made)
    assert [term.removeprefix("conversation_id:") for query in made for term in query.split(" OR ")] == threads


async def test_pages_of_nothing_but_reposts_are_read_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(number: int) -> dict[str, Any]:
        repost = {"id": str(200 - number), "text": "RT", "referenced_tweets": [{"type": "retweeted", "id": "4"}]}
        return {"data": [repost], "meta": {"next_token": f"{number}"}}

    answers = iter([*(page(number) for number in range(5)), {"data": [{"id": "100", "text": "a threat"}]}])

    async def get_users_mentions(*_: Any, **__: Any) -> dict[str, Any]:
        return next(answers)

    connector = XPlatform(HandClock()).connect(ACCOUNT, SecretStr("a token"))
    monkeypatch.setattr(connector._client, "get_users_mentions", get_users_mentions)
    pages = [page async for page in connector.poll("mentions", {})]
    await connector.aclose()
    assert [post.text for page in pages for post in page.posts] == ["a threat"]
