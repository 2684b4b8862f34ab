"""Waiting for a condition instead of for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

LIMIT_SECONDS = 60.0


async def until(condition: Callable[[], bool | Awaitable[bool]], *, what: str, limit: float = LIMIT_SECONDS) -> None:
    end = time.monotonic() + limit
    while True:
        result = condition()
        if await result if isinstance(result, Awaitable) else result:
            return
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit:.0f} s in vain: {what}")
        await asyncio.sleep(0.05)
