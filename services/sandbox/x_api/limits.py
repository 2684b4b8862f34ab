"""X's rate limits: so many requests of one kind in 15 minutes, told in every answer's headers."""

import time
from dataclasses import dataclass, field
from typing import Final

WINDOW_SECONDS: Final = 900
REQUESTS: Final = {
    "user": 300, "timeline": 10_000, "mentions": 450, "search": 450, "quotes": 75, "posts": 3_500, "usage": 50,
}  # fmt: skip
"""Requests per window by kind, as documented for an app's bearer token."""


@dataclass
class RateLimits:
    """Counts requests in windows of the machine's clock: clients wait by theirs, whatever the sandbox's clock says."""

    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def count(self, kind: str) -> tuple[bool, dict[str, str]]:
        """Count one request; return whether it is within the limit, and the answer's headers."""
        now = time.time()
        begun, used = self._windows.get(kind, (now, 0))
        if now - begun >= WINDOW_SECONDS:
            begun, used = now, 0
        self._windows[kind] = (begun, used + 1)
        return used < REQUESTS[kind], {
            "x-rate-limit-limit": str(REQUESTS[kind]),
            "x-rate-limit-remaining": str(max(REQUESTS[kind] - used - 1, 0)),
            "x-rate-limit-reset": str(int(begun + WINDOW_SECONDS)),
        }

    def reset(self) -> None:
        """Forget every count."""
        self._windows.clear()
