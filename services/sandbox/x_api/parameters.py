"""The query parameters of X's endpoints, checked as X checks them."""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.sandbox.x_api.problems import invalid
from services.sandbox.x_api.spelling import Spelling, from_wire, to_wire

FIELD_PARAMETERS: Final = frozenset({"tweet.fields", "user.fields", "media.fields", "expansions"})
PAGE_PARAMETERS: Final = FIELD_PARAMETERS | {
    "max_results", "since_id", "until_id", "start_time", "end_time", "pagination_token",
}  # fmt: skip
HIGHEST_ID: Final = 2**63


@dataclass(frozen=True, slots=True)
class Fields:
    """Which optional fields a client asked for."""

    tweet: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """Which posts a client wants: ids strictly between the bounds, times in [start, end), newest first."""

    max_results: int
    since_id: int = 0
    until_id: int = HIGHEST_ID
    before_id: int = HIGHEST_ID
    start: datetime | None = None
    end: datetime | None = None

    def has(self, number: int, created_at: datetime) -> bool:
        """Tell whether a post with this id and time belongs to the page or to a later one."""
        return (
            self.since_id < number < min(self.until_id, self.before_id)
            and (self.start is None or created_at >= self.start)
            and (self.end is None or created_at < self.end)
        )


def known(query: Mapping[str, str], allowed: Collection[str], spelling: Spelling) -> dict[str, str]:
    """Return the parameters under their old names; XProblem 400 for one that the endpoint does not have."""
    found = {from_wire(name, spelling): value for name, value in query.items()}
    for name, value in found.items():
        if name not in allowed:
            wire = name.removeprefix("unknown.")
            valid = ",".join(sorted(to_wire(each, spelling) for each in allowed))
            raise invalid(wire, value, f"The query parameter [{wire}] is not one of [{valid}]")
    return found


def fields(query: Mapping[str, str], spelling: Spelling) -> Fields:
    """Read the field and expansion parameters. Unknown values have no effect, as on X."""

    def names(parameter: str) -> frozenset[str]:
        return frozenset(from_wire(name, spelling) for name in query.get(parameter, "").split(",") if name)

    return Fields(names("tweet.fields"), names("user.fields"), names("media.fields"), names("expansions"))


def window(query: Mapping[str, str], *, lowest: int, token: str = "pagination_token") -> Window:  # noqa: S107 - a parameter's name
    """Read the parameters of a page with `lowest` to 100 results; `token` is the name of the paging parameter."""
    return Window(
        max_results=_count(query.get("max_results", "10"), lowest),
        since_id=_number("since_id", query["since_id"]) if "since_id" in query else 0,
        until_id=_number("until_id", query["until_id"]) if "until_id" in query else HIGHEST_ID,
        before_id=page_position(token, query[token]) if token in query else HIGHEST_ID,
        start=_moment("start_time", query["start_time"]) if "start_time" in query else None,
        end=_moment("end_time", query["end_time"]) if "end_time" in query else None,
    )


def page_token(last_id: int) -> str:
    """Return the token of the page that begins below this id."""
    return base64.b32encode(last_id.to_bytes(8, "big")).decode().rstrip("=").lower()


def page_position(parameter: str, token: str) -> int:
    """Return the id below which a page begins; XProblem 400 for a token that X did not give."""
    try:
        return int.from_bytes(base64.b32decode(token.upper() + "=" * (-len(token) % 8)), "big")
    except (binascii.Error, ValueError):
        raise invalid(parameter, token, f"The `{parameter}` query parameter value [{token}] is not valid") from None


def ids(query: Mapping[str, str]) -> list[str]:
    """Read `ids`: 1 to 100 numbers."""
    values = [value for value in query.get("ids", "").split(",") if value]
    if not 1 <= len(values) <= 100:  # noqa: PLR2004 - X's limit, said in the message
        message = f"The number of values in the `ids` query parameter list [{len(values)}] is not between 1 and 100"
        raise invalid("ids", query.get("ids", ""), message)
    for value in values:
        _number("ids", value)
    return values


def _count(value: str, lowest: int) -> int:
    count = int(value) if value.isdecimal() else -1
    if not lowest <= count <= 100:  # noqa: PLR2004 - X's limit, said in the message
        message = f"The `max_results` query parameter value [{value}] is not between {lowest} and 100"
        raise invalid("max_results", value, message)
    return count


def _number(parameter: str, value: str) -> int:
    if not value.isascii() or not value.isdecimal() or len(value) > 19:  # noqa: PLR2004 - digits of a 64-bit id
        message = f"The `{parameter}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$"
        raise invalid(parameter, value, message)
    return int(value)


def _moment(parameter: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(
            parameter, value, f"The `{parameter}` query parameter value [{value}] is not a valid RFC 3339 time"
        )
    return moment
