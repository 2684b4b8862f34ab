from datetime import timedelta

import pytest

from services.ingest.connectors.connector import Budget
from services.ingest.polling.pace import Pace, wait
from tests.support.ingest import BEGIN

PACE = Pace(60, 3600)


@pytest.mark.parametrize(
    ("interval", "active", "after"), [(300, True, 150), (300, False, 450), (60, True, 60), (3000, False, 3600)]
)
def test_activity_halves_the_interval_and_quiet_stretches_it(interval: float, after: float, *, active: bool) -> None:
    assert PACE.after(interval, active=active) == after


@pytest.mark.parametrize(("pace", "start"), [(PACE, 300), (Pace(1, 2), 2), (Pace(600, 900), 600)])
def test_it_starts_at_five_minutes_or_as_near_as_it_may(pace: Pace, start: float) -> None:
    assert pace.start() == start


@pytest.mark.parametrize(("failures", "seconds"), [(1, 60), (2, 120), (4, 480), (5, 900), (1000, 900)])
def test_failures_double_the_wait(failures: int, seconds: float) -> None:
    assert PACE.back_off(failures) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 90), (0.5, 100), (1.0, 110)])
def test_the_wait_is_spread_so_that_accounts_do_not_poll_together(chance: float, seconds: float) -> None:
    assert wait(100, None, BEGIN, chance) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("remaining", "seconds"),
    [
        (450, 2),  # nothing used
        (113, 2),  # just under three quarters
        (95, 18),  # 50 requests may still be sent in the 900 s
        (46, 900),  # one may
        (45, 900),  # 90 %: none
        (0, 900),
    ],
)
def test_a_short_allowance_slows_and_then_parks(remaining: int, seconds: float) -> None:
    budget = Budget(450, remaining, BEGIN + timedelta(seconds=900))
    assert wait(2, budget, BEGIN, 0.5) == timedelta(seconds=seconds)


def test_an_allowance_whose_window_is_over_holds_nothing_up() -> None:
    assert wait(2, Budget(450, 0, BEGIN - timedelta(seconds=1)), BEGIN, 0.5) == timedelta(seconds=2)


def test_an_allowance_of_nothing_is_used_up() -> None:
    assert Budget(0, 0, BEGIN).used == 1
