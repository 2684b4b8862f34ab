"""What the Graph API's headers say of the allowance."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from services.ingest.connectors.connector import Budget

WAIT_WITHOUT_END: Final = timedelta(hours=1)
"""The allowance is counted over the last hour or day, so an hour later there is always some."""
_HEADERS: Final = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")
_PERCENT: Final = ("call_count", "total_time", "total_cputime")
_REGAIN_MINUTES: Final = "estimated_time_to_regain_access"


@dataclass(frozen=True, slots=True)
class GraphUsage:
    """The largest percentage in an answer's headers, None without any, and how long to wait once it is used up."""

    percent: float | None
    wait: timedelta

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "GraphUsage":
        """Read an answer's headers; what cannot be read counts as absent."""
        entries = list(_entries(headers))
        percent = max((_number(entry, name) for entry in entries for name in _PERCENT), default=None)
        minutes = max((_number(entry, _REGAIN_MINUTES) for entry in entries), default=0)
        return cls(percent, timedelta(minutes=minutes) if minutes > 0 else WAIT_WITHOUT_END)

    def budget(self, now: datetime) -> Budget | None:
        """Return the allowance in percent, or None where nothing was said of it."""
        if self.percent is None:
            return None
        return Budget(limit=100, remaining=max(100 - round(self.percent), 0), resets_at=now + self.wait)


def _entries(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """The header of an app is one record; those of Pages hold lists of records by id."""
    for header in _HEADERS:
        try:
            told = json.loads(headers.get(header, "{}"))
        except ValueError:
            continue
        if isinstance(told, dict):
            records = [told, *(each for found in told.values() if isinstance(found, list) for each in found)]
            yield from (record for record in records if isinstance(record, dict) and _PERCENT[0] in record)


def _number(entry: Mapping[str, Any], name: str) -> float:
    value = entry.get(name)
    return value if isinstance(value, int | float) else 0
