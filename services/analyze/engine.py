"""A detector in one child process with limits, so that a crash or a hang becomes an answer and never an outage."""

import asyncio
import contextlib
import functools
import multiprocessing
import os
import resource
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from pebble import ProcessExpired, ProcessPool

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.analyze.detectors.catalog import detector_type
from services.analyze.detectors.detector import Detection, Detector, DetectorInfo, Material, RegisterSnapshot
from services.analyze.indexes import Indexes
from services.shared import metrics
from services.shared.errors import DependencyUnavailable, InputRejected, SettingsError

INDEX_PEOPLE: Final = 80_000
"""Some 180 schools; with them the hungriest detector stays under 1 GiB (bench/registers.py)."""
OUT_OF_MEMORY: Final = 77
"""How a child ends whose memory is used up: what fills it need not be the check that met the limit."""
Load = Callable[[], Detector]
Snapshot = Callable[[], Awaitable[RegisterSnapshot]]
"""Reads a school's register; asked only when the child has no index of the versions that count."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Limits:
    """What one check may take: seconds of time, bytes of address space; and how many people stay prepared."""

    seconds: float = 60
    memory: int = 6 * 2**30
    start_seconds: float = 120
    index_people: int = INDEX_PEOPLE


@dataclass(frozen=True)
class Examined:
    """What was found, and the state of the register that it rests on."""

    detection: Detection
    versions: RegisterVersions


class Engine:
    """One detector in one child. A child that dies or hangs is replaced; the check it failed on is not lost."""

    def __init__(self, detector: str, limits: Limits | None = None, load: Load | None = None) -> None:
        self.detector = detector
        self._limits = limits or Limits()
        self._load = load or functools.partial(_from_catalog, detector)
        self._pool = self._new_pool()

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

    async def detect(
        self, material: Material, school: SchoolId, versions: RegisterVersions, snapshot: Snapshot
    ) -> Examined:
        """Examine the material in the child against a school's register of these versions, or of newer ones.

        Raises:
            InputRejected: the child crashed, hung or ran out of memory on this input; the message is the reason's code.
            DependencyUnavailable: the child has no index of these versions, and `snapshot` cannot read the register;
                or no child can be started.
        """
        detection = await self._examine(_detect_prepared, material, school, versions)
        if detection is None:
            register = await snapshot()
            versions = register.versions
            detection = await self._examine(_detect, material, register)
        if not isinstance(detection, Detection):
            raise TypeError("the engine answered with something else than a detection")
        return Examined(detection, versions)

    async def drop_unused(self) -> int:
        """Have the child forget the registers that no check has asked for since the last call.

        Return 0: there is nothing more to do at once.

        Raises:
            DependencyUnavailable: no child can be started.
        """
        # A child that ends meanwhile has forgotten them all.
        with contextlib.suppress(ProcessExpired, BrokenProcessPool, FutureTimeout):
            await self._call(self._limits.seconds, _drop_unused)
        return 0

    def stop(self) -> None:
        """End the child."""
        _end(self._pool)

    async def _examine(self, function: Any, *arguments: Any) -> Any:
        try:
            return await self._call(self._limits.seconds, _in_child, function, *arguments)
        except FutureTimeout:
            raise self._failed("engine_timeout") from None
        except ProcessExpired as end:
            raise self._failed("engine_out_of_memory" if end.exitcode == OUT_OF_MEMORY else "engine_crashed") from None
        except BrokenProcessPool:
            raise self._failed("engine_crashed") from None
        except DependencyUnavailable:
            raise
        except Exception as error:  # a bug met by one input must not stop the others
            cause = error.cause if isinstance(error, DetectorFailed) else None
            log.exception("detector_failed", detector=self.detector, cause=cause)
            raise self._failed("engine_failed") from error

    async def _call(self, seconds: float, function: Any, *arguments: Any) -> Any:
        pool = await self._working_pool()
        return await asyncio.wrap_future(pool.schedule(function, args=list(arguments), timeout=seconds))

    async def _working_pool(self) -> ProcessPool:
        """Return the pool, or a new one: it gives up for ever when its child ends between two checks."""
        try:
            if self._pool.active:
                return self._pool
            broken, self._pool = self._pool, self._new_pool()
            await asyncio.to_thread(_end, broken)
            log.error("engine_replaced", detector=self.detector)
            metrics.ENGINE_RESTARTS.labels(self.detector, "engine_ended").inc()
        except BrokenProcessPool as error:
            raise DependencyUnavailable("the detector's child cannot be started") from error
        return self._pool

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=1,
            initializer=_start,
            initargs=(self._load, self._limits),
            context=multiprocessing.get_context("spawn"),
        )

    def _failed(self, reason: str) -> InputRejected:
        metrics.ENGINE_RESTARTS.labels(self.detector, reason).inc()
        log.error("engine_failed", detector=self.detector, reason=reason)
        return InputRejected(reason)


class DetectorFailed(Exception):
    """A bug in the child: the kind and place of an exception that may be impossible to send, or may quote content."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # the library is not typed
    pool.join()


_load: Load
_indexes: Indexes


def _from_catalog(detector: str) -> Detector:
    return detector_type(detector)()


def _start(load: Load, limits: Limits) -> None:
    global _load, _indexes  # noqa: PLW0603  # the child's one detector and what it knows
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, resource.RLIM_INFINITY))
    _load = load
    _indexes = Indexes(limits.index_people)


@functools.cache
def _detector() -> Detector:
    return _load()  # not in the initializer: there an error would be lost


def _info() -> DetectorInfo:
    return _detector().info


def _drop_unused() -> None:
    _indexes.drop_unused()


def _in_child(function: Callable[..., Detection | None], *arguments: Any) -> Detection | None:
    """Examine; whatever fails, only what can be sent to the parent leaves the child."""
    try:
        return function(*arguments)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001  # the boundary of the child
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise DetectorFailed(f"{type(error).__name__}:{Path(place.filename).stem}:{place.lineno}") from None


def _detect_prepared(material: Material, school: SchoolId, versions: RegisterVersions) -> Detection | None:
    """Examine; None when there is no index of these versions."""
    index = _indexes.find(school, versions)
    return None if index is None else _detector().detect(material, index.prepared)


def _detect(material: Material, register: RegisterSnapshot) -> Detection:
    _indexes.make_room(register)
    index = _indexes.keep(register, _detector().index(register))
    return _detector().detect(material, index.prepared)
