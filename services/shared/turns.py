"""Who goes first: what is live goes at once, and backfill only after nothing live has come for a moment."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Final

QUIET_SECONDS: Final = 0.5
LONGEST_WAIT: Final = 300.0
"""Then backfill takes a turn all the same: a consumer that waits for longer would count as stuck."""


class Turns:
    """The turns of one process. Live work waits for at most the one item of backfill that has begun."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._last_live = -QUIET_SECONDS

    @contextlib.asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        """Work on something live."""
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1
            self._last_live = time.monotonic()

    @contextlib.asynccontextmanager
    async def backfill(self) -> AsyncIterator[None]:
        """Work on something that can wait."""
        end = time.monotonic() + LONGEST_WAIT
        while (quiet_in := self._quiet_in()) > 0 and time.monotonic() < end:  # noqa: ASYNC110  # quiet sets no event
            await asyncio.sleep(quiet_in)
        async with self._turn:
            yield

    def _quiet_in(self) -> float:
        return QUIET_SECONDS if self._waiting else self._last_live + QUIET_SECONDS - time.monotonic()
