"""Faults of paging, for X (`meta.next_token`) and the Graph API (`paging.next`, `paging.cursors.after`) alike."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

TOKENS: Final = ("pagination_token", "next_token", "after")
RESUME: Final = "resume."
_PAGING: Final = frozenset({"meta", "paging"})


def token_of(query: bytes) -> tuple[str, str] | None:
    """Return the paging parameter of a request and its value, or None for a first page."""
    return next(((name, value) for name, value in parse_qsl(query.decode("latin-1")) if name in TOKENS), None)


def with_next(body: Mapping[str, Any], url: str, token: str) -> dict[str, Any]:
    """Return a page that says the next one is at `token`; `url` is the request's address with its query."""
    if "meta" in body:
        return {**body, "meta": {**body["meta"], "next_token": token}}
    address, _, query = url.partition("?")
    rest = [(name, value) for name, value in parse_qsl(query) if name not in TOKENS]
    paging = {"cursors": {"before": token, "after": token}, "next": f"{address}?{urlencode([*rest, ('after', token)])}"}
    return {**body, "paging": paging}


def empty(body: Mapping[str, Any], url: str, token: tuple[str, str] | None) -> dict[str, Any]:
    """Return an empty page whose next page is the one that was asked for."""
    if "meta" in body:
        bare: dict[str, Any] = {"meta": {"result_count": 0}}
    else:
        bare = {"data": []}
    return with_next(bare, url, RESUME + (token[1] if token else ""))


def last(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page as if none followed."""
    kept = dict(body)
    for part in _PAGING & body.keys():
        kept[part] = {name: value for name, value in body[part].items() if name not in ("next", "next_token")}
    return kept


def resumed(query: bytes) -> bytes:
    """Return the query that a token of an empty page stands for; any other query stays as it is."""
    token = token_of(query)
    if token is None or not token[1].startswith(RESUME):
        return query
    name, value = token
    original = value.removeprefix(RESUME)
    rest = [(key, each) for key, each in parse_qsl(query.decode("latin-1")) if key not in TOKENS]
    return urlencode([*rest, (name, original)] if original else rest).encode()
