"""Times in words: in the school's zone, in UTC, and how far from now."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def full(moment: datetime, zone: str) -> str:
    """Return a moment with its day and zone, for example `Tue 3 Mar 2026, 14:32 GMT`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def short(moment: datetime, now: datetime, zone: str) -> str:
    """Return the time of day of a moment, with the day unless it is today."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.date() == now.astimezone(ZoneInfo(zone)).date():
        return f"{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b, %H:%M}"


def distance(moment: datetime, now: datetime) -> str:
    """Say how far a moment is from now: `in 8 minutes`, `2 hours ago`, `just now`."""
    ahead = moment >= now
    words = _length(moment - now if ahead else now - moment)
    if not words:
        return "now" if ahead else "just now"
    return f"in {words}" if ahead else f"{words} ago"


def _length(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= 2 * size or (minutes >= size and unit == "minute"):
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return ""
