"""The Graph API's pages: a cursor names the last item that was given, so that new items shift nothing."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from services.sandbox.graph_api.errors import GraphProblem
from services.sandbox.posts import Post

T = TypeVar("T")
HIGHEST_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 25
_ID_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Chosen(Generic[T]):
    """The items of one page, and its `paging`: where it begins and ends, and the next one's address if there is one."""

    items: Sequence[T]
    paging: dict[str, Any]

    def body(self, written: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the answer with these items as they are written."""
        return {"data": written} | ({"paging": self.paging} if self.paging else {})


def choose(
    items: Sequence[T],
    position: Callable[[T], int],
    query: Mapping[str, str],
    address: str,
    *,
    at_most: int | None = None,
) -> Chosen[T]:
    """Return the page of `items` that `limit` and `after` ask for, in rising order of position.

    `address` is the list's own address without a query, for the link to the next page; `at_most` items come in a list
    that gives no more however many are asked for.
    """
    limit = min(_limit(query), at_most or HIGHEST_LIMIT)
    after = _decode(query["after"]) if "after" in query else None
    rest = [item for item in sorted(items, key=position) if after is None or position(item) > after]
    shown = rest[:limit]
    if not shown:
        return Chosen(shown, {})
    before, end = _encode(position(shown[0])), _encode(position(shown[-1]))
    paging: dict[str, Any] = {"cursors": {"before": before, "after": end}}
    if len(rest) > len(shown):
        paging["next"] = f"{address}?{urlencode({**query, 'after': end})}"
    return Chosen(shown, paging)


def newest_first(post: Post) -> int:
    """Return the position of a post in a list that is sorted by time."""
    return -((int(post.created_at.timestamp() * 1_000_000) << _ID_BITS) + int(post.id))


def created_within(posts: Iterable[Post], query: Mapping[str, str]) -> list[Post]:
    """Return the posts that were created between `since` and `until`, which themselves belong to it."""
    since, until = _moment(query, "since"), _moment(query, "until")
    return [
        post
        for post in posts
        if (since is None or post.created_at >= since) and (until is None or post.created_at <= until)
    ]


def graph_time(moment: datetime) -> str:
    """Write a time as the Graph API does: UTC, whole seconds, +0000."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    """Read `since` or `until`: seconds since 1970 or an ISO 8601 time."""
    value = query.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromtimestamp(int(value), UTC) if value.isdecimal() else datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise GraphProblem(100, f"(#100) Param {name} must be a time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _limit(query: Mapping[str, str]) -> int:
    value = query.get("limit", str(DEFAULT_LIMIT))
    if not value.isdecimal() or int(value) > HIGHEST_LIMIT:
        raise GraphProblem(100, f"(#100) Param limit must be a number between 0 and {HIGHEST_LIMIT}")
    return int(value)


def _encode(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _decode(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise GraphProblem(100, "(#100) Invalid cursor in the parameter after") from None
