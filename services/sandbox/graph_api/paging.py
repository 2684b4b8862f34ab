"""The Graph API's pages: a cursor names the last item that was given, so that new items shift nothing."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from services.sandbox.graph_api.errors import GraphProblem

T = TypeVar("T")
HIGHEST_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 25


@dataclass(frozen=True, slots=True)
class Chosen(Generic[T]):
    """The items of one page, and its `paging`: where it begins and ends, and the next one's address if there is one."""

    items: Sequence[T]
    paging: dict[str, Any]


def choose(items: Sequence[T], position: Callable[[T], int], query: Mapping[str, str], address: str) -> Chosen[T]:
    """Return the page of `items` that `limit` and `after` ask for, in rising order of position.

    `address` is the list's own address without a query, for the link to the next page.
    """
    limit = _limit(query)
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
