"""A loop that does a step again and again, and waits when there is nothing to do or something does not answer."""

from collections.abc import Awaitable, Callable

import structlog

from services.shared.errors import DependencyUnavailable
from services.shared.health import Health
from services.shared.process import Stop, pause

RETRY_SECONDS = 2.0
LONGEST_STEP = 300
"""Seconds: a step that takes longer than this, on top of the wait before it, is stuck."""
log = structlog.get_logger()


class Periodic:
    """Runs `step`, which returns how much it did, every `every` seconds, and at once again when it did something."""

    def __init__(self, name: str, step: Callable[[], Awaitable[int]], every: float, health: Health) -> None:
        self._name = name
        self._step = step
        self._every = every
        self._part = health.part(name, max_silence=every + LONGEST_STEP)

    async def run(self, stop: Stop) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            try:
                done = await self._step()
            except DependencyUnavailable as error:
                self._part.failed("dependency_unavailable")
                log.warning("loop_waits", loop=self._name, exc_info=error)
                await pause(stop, RETRY_SECONDS)
                continue
            self._part.ready()
            if not done:
                await pause(stop, self._every)
