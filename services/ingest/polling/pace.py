"""Pure: how long to wait before a stream is read again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.ingest.connectors.connector import Budget

START_SECONDS: Final = 300.0
FASTER: Final = 0.5
SLOWER: Final = 1.5
JITTER: Final = 0.1
SLOW_FROM: Final = 0.75
PARK_FROM: Final = 0.90
LONGEST_BACK_OFF: Final = 900.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The shortest and the longest interval between two readings of a stream, in seconds."""

    minimum: float
    maximum: float

    def start(self) -> float:
        """Return the first interval."""
        return self._clamped(START_SECONDS)

    def after(self, interval: float, *, active: bool) -> float:
        """Return the interval that follows one in which there was something new, or nothing."""
        return self._clamped(interval * (FASTER if active else SLOWER))

    def back_off(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures in a row."""
        return timedelta(seconds=min(self.minimum * 2.0 ** min(failures - 1, 20), LONGEST_BACK_OFF))

    def _clamped(self, interval: float) -> float:
        return min(max(interval, self.minimum), self.maximum)


def wait(interval: float, budget: Budget | None, now: datetime, chance: float) -> timedelta:
    """Return how long to wait: the interval, spread by a tenth with `chance` (0 to 1), unless the budget is short.

    From 75 % used, what may still be used is spread over the rest of the window; from 90 % nothing is sent in it.
    """
    planned = timedelta(seconds=interval * (1 + JITTER * (2 * chance - 1)))
    if budget is None or budget.used < SLOW_FROM:
        return planned
    rest = max(budget.resets_at - now, timedelta())
    if budget.used >= PARK_FROM:
        return max(planned, rest)
    usable = max(budget.remaining - budget.limit * (1 - PARK_FROM), 1)
    return max(planned, rest / usable)
