"""One running child process: its group, its output, its end."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Self

from services.local.parent_death import tied_to_parent
from services.local.process_log import ProcessLog
from services.local.process_spec import ProcessSpec
from services.shared.errors import SettingsError

CHUNK_BYTES = 65536
LAST_OUTPUT_S = 1.0

Report = Callable[[str, str], None]


class ChildProcess:
    """A child in its own process group, whose output goes to a log file and, line by line, to a callback.

    On Linux it dies with this process even when that is killed; start it from the main thread therefore.
    """

    def __init__(self, process: asyncio.subprocess.Process, output: "asyncio.Task[None]") -> None:
        self._process = process
        self._output = output

    @classmethod
    async def start(cls, spec: ProcessSpec, log: Path, report: Report) -> Self:
        """Start the program of `spec`; `report` is called with its name and each line it prints.

        Raises:
            SettingsError: there is no such program.
        """
        if shutil.which(spec.argv[0]) is None:
            raise SettingsError(f"cannot start {spec.name}: {spec.argv[0]} is not a program")
        # A pipe of our own: asyncio's would keep wait() from returning while a grandchild holds it open.
        read_end, write_end = os.pipe()
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0)
        )
        output = asyncio.create_task(_copy(reader, transport, log, spec, report))
        try:
            process = await asyncio.create_subprocess_exec(
                *tied_to_parent(spec.argv, signal.SIGKILL),
                env={**os.environ, **spec.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=asyncio.subprocess.STDOUT,
                process_group=0,  # Ctrl-C reaches the supervisor only
            )
        finally:
            os.close(write_end)
        return cls(process, output)

    @property
    def pid(self) -> int:
        """Its process id, also that of its group."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait for its end, kill what is left of its group, and return its exit status (negative: a signal)."""
        status = await self._process.wait()
        self._kill_group()
        await asyncio.wait({self._output}, timeout=LAST_OUTPUT_S)
        self._output.cancel()  # only when a process outside the group still holds the pipe
        return status

    async def stop(self, timeout_s: float) -> None:
        """Ask it to end; kill its whole group when it has not within `timeout_s` seconds."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(timeout_s):
                await self._process.wait()
        except TimeoutError:
            self._kill_group()
        await self.wait()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group of the dead
            os.killpg(self.pid, signal.SIGKILL)


async def _copy(
    reader: asyncio.StreamReader, transport: asyncio.BaseTransport, path: Path, spec: ProcessSpec, report: Report
) -> None:
    rest = b""
    try:
        with ProcessLog(path) as log:
            while chunk := await reader.read(CHUNK_BYTES):
                *lines, rest = (rest + chunk).split(b"\n")
                _take(lines, log, spec, report)
            if rest:
                _take([rest], log, spec, report)
    finally:
        transport.close()


def _take(lines: list[bytes], log: ProcessLog, spec: ProcessSpec, report: Report) -> None:
    for line in lines:
        text = line.decode(errors="replace")
        report(spec.name, text)
        if spec.unlogged is None or not text.startswith(spec.unlogged):
            try:
                log.write(line)
            except OSError as error:  # a full disk must not stop the child, which waits for its output to be read
                report(spec.name, f"its log cannot be written: {error.strerror}")
