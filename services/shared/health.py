"""Liveness by progress, readiness by parts: alive while the loops move, ready while the dependencies answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.shared import metrics


@dataclass
class Part:
    """One thing a process depends on or does. `max_silence` (seconds) makes it count for liveness."""

    name: str
    service: str
    max_silence: float | None = None
    reason: str | None = "starting"
    _moved: float = field(default_factory=time.monotonic)

    def ready(self) -> None:
        """Say that this part works; this is progress too."""
        self.reason = None
        self.progress()
        metrics.PART_READY.labels(self.service, self.name).set(1)

    def failed(self, reason: str) -> None:
        """Say that this part does not work at the moment; `reason` is a code. The loop behind it moves all the same."""
        self.reason = reason
        self.progress()
        metrics.PART_READY.labels(self.service, self.name).set(0)

    def progress(self) -> None:
        """Say that the loop behind this part moved, whether or not it succeeded."""
        self._moved = time.monotonic()

    def stuck(self) -> bool:
        """Tell whether nothing moved for longer than is allowed."""
        return self.max_silence is not None and time.monotonic() - self._moved > self.max_silence


class Health:
    """The parts of one process."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._parts: dict[str, Part] = {}
        self._probes: list[Callable[[], str | None]] = []

    def part(self, name: str, *, max_silence: float | None = None) -> Part:
        """Add a part; it is not ready until it says so."""
        part = Part(name, self.service, max_silence)
        metrics.PART_READY.labels(self.service, name).set(0)
        self._parts[name] = part
        return part

    def liveness_probe(self, probe: Callable[[], str | None]) -> None:
        """Add a probe that returns a code when the process cannot recover by itself."""
        self._probes.append(probe)

    def liveness(self) -> dict[str, str]:
        """Return what is stuck, by part; empty means alive."""
        stuck = {part.name: "no_progress" for part in self._parts.values() if part.stuck()}
        for probe in self._probes:
            if problem := probe():
                stuck[probe.__name__] = problem
        return stuck

    def readiness(self) -> dict[str, str]:
        """Return what is not ready, by part; empty means ready."""
        return {part.name: part.reason for part in self._parts.values() if part.reason is not None} | self.liveness()
