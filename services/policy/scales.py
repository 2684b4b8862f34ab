"""The scales on which policy judges, from mild to strict, and how to take the strictest of several."""

from collections.abc import Iterable
from typing import Final, Literal, get_args

Severity = Literal["S1", "S2", "S3", "S4"]
"""S1 is the most urgent."""
Verdict = Literal["allow", "review", "block"]
DecisionVerdict = Literal["allow", "unchecked", "review", "block"]
"""A verdict on a whole post; `unchecked`: nothing was found, but something could not be examined."""

SEVERITIES: Final[tuple[str, ...]] = get_args(Severity)
VERDICTS: Final[tuple[str, ...]] = get_args(Verdict)
DECISION_VERDICTS: Final[tuple[str, ...]] = get_args(DecisionVerdict)
ALLOW: Final = "allow"
UNCHECKED: Final = "unchecked"
REVIEW: Final = "review"
BLOCK: Final = "block"


def most_severe(severities: Iterable[str]) -> str:
    """Return the most urgent of the severities (at least one)."""
    return min(severities)


def raised(severity: str) -> str:
    """Return the next more urgent severity; S1 stays S1."""
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]


def strictest(verdicts: Iterable[str]) -> str:
    """Return the strictest of the verdicts; `allow` when there are none."""
    return max(verdicts, key=DECISION_VERDICTS.index, default=ALLOW)


def milder(verdict: str, limit: str) -> str:
    """Return the verdict, but none stricter than the limit."""
    return min(verdict, limit, key=DECISION_VERDICTS.index)
