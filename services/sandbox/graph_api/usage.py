"""The Graph API's allowance, told in percent in every answer's headers."""

import json
import time
from dataclasses import dataclass
from typing import Final

from services.sandbox.graph_api.errors import GraphProblem

WINDOW_SECONDS: Final = 86_400
CALLS_PER_ENGAGED_USER: Final = 4_800
TOO_MANY: Final = 80001


@dataclass(slots=True)
class Usage:
    """Counts calls in a window of the machine's clock; a Page with many engaged users may be read often."""

    engaged_users: int = 1_000
    _begun: float = 0.0
    _calls: int = 0

    def count(self, page_id: str, *, page_token: bool) -> dict[str, str]:
        """Count one call and return the headers; a Page's token is told its Page's usage, other tokens the app's.

        Raises:
            GraphProblem: 80001 when the allowance is used up.
        """
        now = time.time()
        if now - self._begun >= WINDOW_SECONDS:
            self._begun, self._calls = now, 0
        self._calls += 1
        percent = self._calls * 100 // (self.engaged_users * CALLS_PER_ENGAGED_USER)
        if percent >= 100:  # noqa: PLR2004 - percent
            raise GraphProblem(TOO_MANY)
        return business_usage(page_id, percent, 0) if page_token else app_usage(percent)

    def reset(self) -> None:
        """Forget every call."""
        self._begun, self._calls = 0.0, 0


def app_usage(percent: int) -> dict[str, str]:
    """Return the header for the tokens of people and apps."""
    return {"x-app-usage": json.dumps(_percent(percent))}


def business_usage(page_id: str, percent: int, minutes: int) -> dict[str, str]:
    """Return the header for a Page's token; `minutes` until it may call again, 0 while it may."""
    entry = {"type": "pages", "estimated_time_to_regain_access": minutes} | _percent(percent)
    return {"x-business-use-case-usage": json.dumps({page_id: [entry]})}


def _percent(percent: int) -> dict[str, int]:
    return {"call_count": percent, "total_cputime": percent // 4, "total_time": percent // 4}
