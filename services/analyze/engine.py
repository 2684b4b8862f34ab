"""A detector in one child process with limits, so that a crash or a hang becomes an answer and never an outage."""

import asyncio
import functools
import multiprocessing
import resource
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Any, Final

import structlog
from pebble import ProcessExpired, ProcessPool

from schemas.post import RegisterVersions
from services.analyze.detectors.catalog import detector_type
from services.analyze.detectors.detector import Detection, Detector, DetectorInfo, Material, RegisterSnapshot
from services.shared import metrics
from services.shared.errors import InputRejected, SettingsError

KEPT_INDEXES: Final = 64
Load = Callable[[], Detector]
log = structlog.get_logger()


@dataclass(frozen=True)
class Limits:
    """What one check may take: seconds of time, bytes of address space."""

    seconds: float = 60
    memory: int = 6 * 2**30
    start_seconds: float = 120


@dataclass(frozen=True)
class _IndexMissing:
    """The child has no index for this school and version: send the snapshot along."""


class Engine:
    """One detector in one child. A child that dies or hangs is replaced; the check it failed on is not lost."""

    def __init__(self, detector: str, limits: Limits | None = None, load: Load | None = None) -> None:
        self.detector = detector
        self._limits = limits or Limits()
        self._pool = ProcessPool(
            max_workers=1,
            initializer=_start,
            initargs=(load or functools.partial(_from_catalog, detector), self._limits.memory),
            context=multiprocessing.get_context("spawn"),
        )

    async def start(self) -> DetectorInfo:
        """Load the detector in the child and return what it is.

        Raises:
            SettingsError: its libraries or models cannot be loaded.
        """
        try:
            info: DetectorInfo = await self._call(self._limits.start_seconds, _info)
        except SettingsError:
            raise
        except Exception as error:
            raise SettingsError(f"detector {self.detector} cannot start: {type(error).__name__}: {error}") from error
        return info

    async def detect(self, material: Material, register: RegisterSnapshot) -> Detection:
        """Examine the material in the child.

        Raises:
            InputRejected: the child crashed, hung or ran out of memory on this input; the message is the reason's code.
        """
        try:
            answer = await self._call(
                self._limits.seconds, _detect, material, register.school_id, register.versions, None
            )
            if isinstance(answer, _IndexMissing):
                answer = await self._call(
                    self._limits.seconds, _detect, material, register.school_id, register.versions, register
                )
        except FutureTimeout:
            raise self._failed("engine_timeout") from None
        except ProcessExpired:
            raise self._failed("engine_crashed") from None
        except MemoryError:
            raise self._failed("engine_out_of_memory") from None
        except Exception as error:  # a bug met by one input must not stop the others
            log.exception("detector_failed", detector=self.detector)
            raise self._failed("engine_failed") from error
        if not isinstance(answer, Detection):
            raise TypeError("the engine answered with something else than a detection")
        return answer

    def stop(self) -> None:
        """End the child."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # the library is not typed
        self._pool.join()

    async def _call(self, seconds: float, function: Any, *arguments: Any) -> Any:
        return await asyncio.wrap_future(self._pool.schedule(function, args=list(arguments), timeout=seconds))

    def _failed(self, reason: str) -> InputRejected:
        metrics.ENGINE_RESTARTS.labels(self.detector, reason).inc()
        log.error("engine_failed", detector=self.detector, reason=reason)
        return InputRejected(reason)


_load: Load
_indexes: "OrderedDict[str, tuple[RegisterVersions, Any]]" = OrderedDict()


def _from_catalog(detector: str) -> Detector:
    return detector_type(detector)()


def _start(load: Load, memory: int) -> None:
    global _load  # noqa: PLW0603  # the child's one detector
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
    _load = load


@functools.cache
def _detector() -> Detector:
    return _load()  # not in the initializer: there an error would be lost


def _info() -> DetectorInfo:
    return _detector().info


def _detect(
    material: Material, school: str, versions: RegisterVersions, register: RegisterSnapshot | None
) -> Detection | _IndexMissing:
    if register is not None:
        _indexes[school] = (versions, _detector().index(register))
        while len(_indexes) > KEPT_INDEXES:
            _indexes.popitem(last=False)
    known = _indexes.get(school)
    if known is None or known[0] != versions:
        return _IndexMissing()
    _indexes.move_to_end(school)
    return _detector().detect(material, known[1])
