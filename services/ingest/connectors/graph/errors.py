"""The Graph API's refusals as typed errors, each with what somebody can do about it."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from services.ingest.connectors.errors import (
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    RequestRefused,
    TokenRejected,
)

_AUTH: Final = frozenset({102, 104, 190})
_LIMITS: Final = frozenset({4, 17, 32, 341, 368, 613, *range(80_000, 80_015)})
_TRANSIENT: Final = frozenset({1, 2})
_PERMISSION: Final = frozenset({3, 10, *range(200, 300)})
_NO_OBJECT_CODE: Final = 803
_PARAMETER: Final = 100
_NO_OBJECT_SUBCODE: Final = 33
_ADVICE: Final = {
    458: "the app was removed from the person's settings: connect the Page again",
    459: "the person who connected the Page has to log in at facebook.com and pass its check",
    460: "the person who connected the Page changed the password: connect the Page again",
    463: "it has expired: connect the Page again",
    492: "the person who connected the Page has no role on it any more: connect it again with somebody who has",
}
"""By subcode of a rejected token."""


class NotThere(PermissionMissing):
    """There is no such object, or this token may not see it; Facebook does not say which."""


class TooMuchData(PlatformUnavailable):
    """The answer would be too large; asking for fewer items at a time helps."""


class CursorTooFar(RequestRefused):
    """A list was followed as far as Facebook lets anybody follow it."""


def must_be_fine(status: int, body: Any, retry_at: datetime) -> None:
    """Raise the typed error of an answer that is none; `retry_at` is for one that says to wait."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        _raise_for(error, status, retry_at)
    if error or status != HTTPStatus.OK:
        _raise_for_status(status, retry_at)


def _raise_for(error: Mapping[str, Any], status: int, retry_at: datetime) -> None:
    code, subcode, said = error.get("code"), error.get("error_subcode"), str(error.get("message", "")).lower()
    if code in _AUTH:
        advice = _ADVICE.get(subcode or 0, "connect the Page again")
        raise TokenRejected(f"Facebook rejects the Page's token: {advice}")
    if code in _LIMITS:
        raise RateLimited("Facebook wants fewer requests", retry_at)
    if code in _PERMISSION:
        raise PermissionMissing(f"Facebook does not let this token read the Page (code {code}): grant the permissions")
    if code == _NO_OBJECT_CODE or (code == _PARAMETER and subcode == _NO_OBJECT_SUBCODE):
        raise NotThere("Facebook shows no such object to this token: check the id of the Page or account")
    if code == _PARAMETER and "after cursor" in said:
        raise CursorTooFar("Facebook lets nobody follow this list any further")
    if code in _TRANSIENT and "reduce the amount of data" in said:
        raise TooMuchData("Facebook wants to be asked for less data at a time")
    if code in _TRANSIENT or error.get("is_transient") or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PlatformUnavailable(f"Facebook has a passing problem (code {code})")
    raise RequestRefused(f"Facebook refuses the request with code {code}")


def _raise_for_status(status: int, retry_at: datetime) -> None:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited("Facebook wants fewer requests", retry_at)
    if status == HTTPStatus.UNAUTHORIZED:
        raise TokenRejected("Facebook rejects the Page's token: connect the Page again")
    if status == HTTPStatus.FORBIDDEN:
        raise PermissionMissing("Facebook does not let this token read the Page: grant the permissions")
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RequestRefused(f"Facebook refuses the request with status {status}")
    raise PlatformUnavailable(f"Facebook answers with status {status}")
