"""Log files of child processes: bounded in size, quick to show the end of."""

from collections import deque
from pathlib import Path
from typing import BinaryIO, Self

KEPT_BYTES = 10 * 1024 * 1024


def open_log(path: Path, kept_bytes: int = KEPT_BYTES) -> BinaryIO:
    """Open `path` for appending; one of `kept_bytes` or more is first put aside as `<name>.1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size >= kept_bytes:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab", buffering=0)


class ProcessLog:
    """The log of a process that may run for months: put aside like by `open_log` whenever it has become large."""

    def __init__(self, path: Path, kept_bytes: int = KEPT_BYTES) -> None:
        self._path = path
        self._kept_bytes = kept_bytes
        self._file = open_log(path, kept_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def write(self, line: bytes) -> None:
        """Append a line.

        Raises:
            OSError: the disk is full, or the folder is gone.
        """
        if self._file.tell() >= self._kept_bytes:
            fresh = open_log(self._path, self._kept_bytes)
            self._file.close()
            self._file = fresh
        self._file.write(line + b"\n")


def last_lines(path: Path, count: int = 15) -> str:
    """Return the last `count` lines of a log."""
    with path.open(encoding="utf-8", errors="replace") as log:
        return "".join(deque(log, maxlen=count)).rstrip()
