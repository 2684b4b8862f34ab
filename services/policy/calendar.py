"""When a message goes out: at once, in school hours, in the day's or in the week's report. Pure."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.policy.profile import Calendar

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SATURDAY = 5
DAY = timedelta(days=1)


def is_school_day(calendar: Calendar, day: date) -> bool:
    """Tell whether pupils are in school. After the last term that the profile knows, every weekday counts."""
    if day.weekday() >= SATURDAY or day in calendar.inset_days:
        return False
    if day > max(term.last for term in calendar.terms):
        return True
    return any(term.first <= day <= term.last for term in calendar.terms)


def send_at(calendar: Calendar, how: str, raised_at: datetime) -> datetime:
    """Return when to send what was raised at a moment (with zone); UTC, never before `raised_at`.

    `how` is `at_once`, `school_hours` (at once in school hours, else the next school morning), `daily` (that school
    day's report, or the next one's) or `weekly`. None but the weekly report waits longer than `longest_wait_hours`.
    """
    raised_at = raised_at.astimezone(UTC)
    if how == "at_once":
        return raised_at
    if how == "weekly":
        weekly_day = WEEKDAYS.index(calendar.weekly.day)
        return _next(calendar, raised_at, calendar.weekly.at, lambda day: day.weekday() == weekly_day)
    if how == "daily":
        wanted = _next(calendar, raised_at, calendar.digest, lambda day: is_school_day(calendar, day))
    elif _in_school_hours(calendar, raised_at):
        return raised_at
    else:
        wanted = _next(calendar, raised_at, calendar.morning, lambda day: is_school_day(calendar, day))
    return min(wanted, raised_at + timedelta(hours=calendar.longest_wait_hours))


def _in_school_hours(calendar: Calendar, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(calendar.time_zone))
    return is_school_day(calendar, local.date()) and calendar.opens <= local.time() < calendar.closes


def _next(calendar: Calendar, moment: datetime, at: time, wanted: Callable[[date], bool]) -> datetime:
    """Return the first moment not before `moment` at the local time `at` of a wanted day."""
    zone = ZoneInfo(calendar.time_zone)
    day = moment.astimezone(zone).date()
    while True:
        candidate = datetime.combine(day, at, zone).astimezone(UTC)
        if candidate >= moment and wanted(day):
            return candidate
        day += DAY
