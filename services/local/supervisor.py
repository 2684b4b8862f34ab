"""Keeps a set of processes running on one machine: order, readiness, restarts, a clean end."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Self

from services.local.child_process import ChildProcess, Report
from services.local.process_spec import ProcessSpec
from services.shared.errors import DependencyUnavailable, SettingsError

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
STOP_TIMEOUT_S = 20.0
POLL_S = 0.2


class Supervisor:
    """Starts processes in the order of their dependencies, and starts each one again whenever it ends.

    Use it from the main thread: `await Supervisor(...).run()`, or `async with Supervisor(...)`. On Linux the
    processes die with the supervisor even when it is killed; elsewhere they go on running then.

    Args:
        specs: the processes.
        log_dir: gets a log file per process, `<name>.log`.
        report: called with a process's name and a line, for each line it prints and for what becomes of it.
        stop_timeout_s: how long one process may take to end before it is killed, in seconds.

    Raises:
        SettingsError: a name is doubled or unknown, or processes depend on each other in a circle.
    """

    def __init__(
        self, specs: Sequence[ProcessSpec], log_dir: Path, report: Report, stop_timeout_s: float = STOP_TIMEOUT_S
    ) -> None:
        self._specs = _in_order(specs)
        self._log_dir = log_dir
        self._report = report
        self._stop_timeout_s = stop_timeout_s
        self._keepers: dict[str, asyncio.Task[None]] = {}  # in the order of their start
        self._children: dict[str, ChildProcess] = {}

    def pid(self, name: str) -> int | None:
        """Return the process id of the process `name`; None while it does not run."""
        child = self._children.get(name)
        return child.pid if child else None

    async def start(self) -> None:
        """Start every process and return when all are ready; when one is not, stop them all again.

        Raises:
            DependencyUnavailable: a process was not ready in its time.
            SettingsError: there is no such program.
        """
        ready = {spec.name: asyncio.Event() for spec in self._specs}
        try:
            async with asyncio.TaskGroup() as group:
                for spec in self._specs:
                    group.create_task(self._bring_up(spec, ready))
        except ExceptionGroup as failures:
            await self.stop()
            raise failures.exceptions[0] from None
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every process, the last started first."""
        while self._keepers:
            name, keeper = self._keepers.popitem()
            keeper.cancel()
            await asyncio.wait({keeper})
            if child := self._children.pop(name, None):
                await child.stop(self._stop_timeout_s)
                self._report(name, "stopped")

    async def run(self, work: Callable[[], Awaitable[object]]) -> None:
        """Start everything, do `work` once all is ready, and stop everything when it is done, on SIGINT or SIGTERM.

        Raises: what `start` or `work` raises.
        """
        loop = asyncio.get_running_loop()
        signalled = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, signalled.set)

        async def start_and_work() -> None:
            await self.start()
            await work()

        working = asyncio.create_task(start_and_work())
        stop_wanted = asyncio.create_task(signalled.wait())
        try:
            await asyncio.wait((working, stop_wanted), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            for task in (working, stop_wanted):
                task.cancel()
            await asyncio.wait((working, stop_wanted))
            await self.stop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop()

    async def _bring_up(self, spec: ProcessSpec, ready: dict[str, asyncio.Event]) -> None:
        for name in spec.depends_on:
            await ready[name].wait()
        child = await self._spawn(spec)
        self._keepers[spec.name] = asyncio.create_task(self._keep(spec, child))
        try:
            async with asyncio.timeout(spec.ready_timeout_s):
                while not await self._is_ready(spec):  # noqa: ASYNC110 - another process's state has no event here
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise DependencyUnavailable(
                f"{spec.name} was not ready within {spec.ready_timeout_s:g} s; its log is {self._log(spec)}"
            ) from None
        self._report(spec.name, "ready")
        ready[spec.name].set()

    async def _keep(self, spec: ProcessSpec, child: ChildProcess) -> None:
        delay = None
        began = time.monotonic()
        end = await self._end_of(spec, child)
        while True:
            delay = next_delay(delay, lived_s=time.monotonic() - began)
            self._report(spec.name, f"{end}; it starts again in {delay:g} s")
            await asyncio.sleep(delay)
            began = time.monotonic()
            try:
                child = await self._spawn(spec)
            except (OSError, SettingsError) as error:
                end = str(error)
            else:
                end = await self._end_of(spec, child)

    async def _end_of(self, spec: ProcessSpec, child: ChildProcess) -> str:
        status = await child.wait()
        del self._children[spec.name]
        return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"

    async def _spawn(self, spec: ProcessSpec) -> ChildProcess:
        child = await ChildProcess.start(spec, self._log(spec), self._report)
        self._children[spec.name] = child
        return child

    async def _is_ready(self, spec: ProcessSpec) -> bool:
        # Without its own process, whatever answers is another program's.
        return spec.name in self._children and (spec.ready is None or await spec.ready())

    def _log(self, spec: ProcessSpec) -> Path:
        return self._log_dir / f"{spec.name}.log"


def next_delay(previous: float | None, lived_s: float) -> float:
    """Return how many seconds to wait before a process that lived `lived_s` seconds is started again."""
    if previous is None or lived_s > LONGEST_DELAY_S:
        return FIRST_DELAY_S
    return min(2 * previous, LONGEST_DELAY_S)


def _in_order(specs: Sequence[ProcessSpec]) -> list[ProcessSpec]:
    by_name = {spec.name: spec for spec in specs}
    if len(by_name) < len(specs):
        raise SettingsError("two processes have the same name")
    for spec in specs:
        if unknown := set(spec.depends_on) - by_name.keys():
            raise SettingsError(f"{spec.name} depends on {', '.join(sorted(unknown))}, which is not a process here")
    try:
        return [by_name[name] for name in TopologicalSorter({s.name: s.depends_on for s in specs}).static_order()]
    except CycleError as error:
        raise SettingsError(f"processes wait for each other: {' -> '.join(error.args[1])}") from None
