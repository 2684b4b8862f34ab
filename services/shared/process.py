"""One shape for every process: one task group, one port for health and metrics, a clean stop on SIGTERM."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence

import structlog
import uvicorn
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from services.shared import logging
from services.shared.errors import SchoolgateError, SettingsError
from services.shared.health import Health
from services.shared.settings import OpsSettings, Settings, load

Stop = asyncio.Event
Task = Callable[[Stop], Coroutine[None, None, None]]
"""Runs until `stop` is set, finishes what it has begun, and returns. An exception ends the process."""

GRACE_SECONDS = 60
log = structlog.get_logger()


async def pause(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event (a stop, something to do) is set, but no longer than `seconds`."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


class Process:
    """Runs the tasks of one service together with its port; the first task that fails stops them all."""

    def __init__(self, service: str, ops: OpsSettings) -> None:
        self.service = service
        self.health = Health(service)
        self._ops = ops
        self._tasks: list[tuple[str, Task]] = []

    def task(self, name: str, task: Task) -> None:
        """Add a task."""
        self._tasks.append((name, task))

    def serve(self, routes: Sequence[BaseRoute] = ()) -> None:
        """Serve `/healthz`, `/readyz`, `/metrics` and these routes on the operations port."""
        app = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Mount("/metrics", make_asgi_app()),
                *routes,
            ]
        )
        self.task("ops", http_server(app, self._ops.host, self._ops.port))

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, or until a task fails; then stop the rest and wait for it.

        Raises:
            ExceptionGroup: what the tasks failed with.
        """
        stop = Stop()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        log.info("started", tasks=len(self._tasks))
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(task(stop), name=name) for name, task in self._tasks]
                group.create_task(self._end(stop, running), name="end")
        finally:
            log.info("stopped")

    async def _end(self, stop: Stop, running: list[asyncio.Task[None]]) -> None:
        await stop.wait()
        _, late = await asyncio.wait(running, timeout=GRACE_SECONDS)
        for task in late:
            log.warning("task_cancelled", task=task.get_name())
            task.cancel()

    async def _healthz(self, _: Request) -> JSONResponse:
        stuck = self.health.liveness()
        return JSONResponse({"alive": not stuck, "stuck": stuck}, status_code=503 if stuck else 200)

    async def _readyz(self, _: Request) -> JSONResponse:
        missing = self.health.readiness()
        return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to Process."""
        yield


def http_server(app: ASGIApp, host: str, port: int) -> Task:
    """Make a task that serves an ASGI application.

    Raises (in the task):
        SettingsError: the port is in use.
    """

    async def serve(stop: Stop) -> None:
        listener = _listen(host, port)
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=10)
        server = _Server(config)

        async def end() -> None:
            await stop.wait()
            server.should_exit = True

        with contextlib.closing(listener):
            async with asyncio.TaskGroup() as group:
                group.create_task(end())
                group.create_task(server.serve([listener]))

    return serve


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port} ({error.strerror}): stop the program that uses it, or set another port"
        ) from None
    listener.listen(128)
    return listener


def run(service: str, start: Callable[[], Awaitable[None]]) -> None:
    """Run a service's `start` as a program: logs configured, a known error as one line, exit status 1 on failure."""
    logging.configure(service)
    with contextlib.suppress(SettingsError):  # `start` says what is wrong, together with the service's own settings
        logging.configure(service, load(Settings).log_level)
    try:
        asyncio.run(_call(start))
    except* SchoolgateError as group:
        for error in _leaves(group):
            print(f"schoolgate {service}: {error}", file=sys.stderr)  # noqa: T201  # the one line a person must read
        sys.exit(1)
    except* Exception as group:  # the boundary of the program: log every failure, then fail
        for error in _leaves(group):
            log.critical("failed", exc_info=error)
        sys.exit(1)


async def _call(start: Callable[[], Awaitable[None]]) -> None:
    await start()


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in _leaves(part)]
    return [error]
