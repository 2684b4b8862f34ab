"""The items of the Graph API's lists, read one by one."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import structlog

from services.shared import metrics

Json = Mapping[str, Any]
T = TypeVar("T")
log = structlog.get_logger()


def readable(platform: str, items: Iterable[Json], read: Callable[[Json], T]) -> list[T]:
    """Read items one by one; unreadable ones are left out, counted for their platform and logged."""
    found = []
    for item in items:
        try:
            found.append(read(item))
        except (KeyError, TypeError, ValueError, AttributeError):
            metrics.UNREADABLE_POSTS.labels(platform).inc()
            log.exception("unreadable_post", platform=platform)
    return found


def moment(value: str | None) -> datetime | None:
    """Read a time of the Graph API; ValueError where it is none or has no zone."""
    if value is None:
        return None
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found
