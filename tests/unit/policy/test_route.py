"""Who is told and when, by Rosewood's calendar; times as a person in the office reads them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.policy.calendar import is_school_day
from services.policy.load import load_profile
from services.policy.route import route

ROSEWOOD = load_profile("rosewood")
LONDON = ZoneInfo("Europe/London")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("severity", "raised", "sent"),
    [
        ("S1", "2026-12-25 03:00", "2026-12-25 03:00"),
        ("S2", "2026-11-24 10:15", "2026-11-24 10:15"),  # a Tuesday in term
        ("S2", "2026-11-24 07:59", "2026-11-25 07:30"),  # this morning's half past seven is over
        ("S2", "2026-11-24 07:10", "2026-11-24 07:30"),
        ("S2", "2026-11-24 16:30", "2026-11-25 07:30"),
        ("S2", "2026-11-27 17:00", "2026-11-30 07:30"),  # over the weekend
        ("S2", "2026-10-23 15:00", "2026-10-23 15:00"),  # the last afternoon before half-term
        ("S2", "2026-12-18 18:00", "2026-12-21 18:00"),  # the holidays: no longer than three days
        ("S2", "2027-03-25 20:00", "2027-03-28 21:00"),  # three days are 72 hours, also when the clocks change
        ("S2", "2030-05-07 11:00", "2030-05-07 11:00"),  # after the last known term every weekday counts
        ("S3", "2026-11-24 10:15", "2026-11-24 15:45"),
        ("S3", "2026-11-24 15:50", "2026-11-25 15:45"),
        ("S3", "2026-11-02 09:00", "2026-11-03 15:45"),  # an INSET day
        ("S4", "2026-11-24 10:15", "2026-11-27 15:45"),
        ("S4", "2026-11-27 15:45", "2026-11-27 15:45"),
        ("S4", "2026-11-27 15:46", "2026-12-04 15:45"),
    ],
)
def test_the_message_goes_when_somebody_reads_it(severity: str, raised: str, sent: str) -> None:
    assert route(ROSEWOOD, "general", severity, local(raised)).send_at == local(sent)


def test_the_time_to_answer_counts_from_the_sending() -> None:
    chosen = route(ROSEWOOD, "safeguarding", "S1", local("2026-11-24 22:00"))
    assert chosen.roles == ("dsl", "headteacher")
    assert chosen.respond_by == local("2026-11-24 22:15")


def test_the_sandbox_shows_everything_but_the_weekly_report_at_once() -> None:
    sandbox = load_profile("sandbox")
    raised = local("2026-12-27 23:00")
    assert [route(sandbox, "general", severity, raised).send_at == raised for severity in ("S1", "S2", "S3", "S4")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_school_days() -> None:
    days = {"2026-11-21": False, "2026-11-24": True, "2026-11-02": False, "2026-12-23": False, "2027-01-06": True}
    assert {day: is_school_day(ROSEWOOD.calendar, local(day).date()) for day in days} == days
