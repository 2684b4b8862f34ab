"""Log files of child processes: bounded in size, quick to show the end of."""

from collections import deque
from pathlib import Path
from typing import BinaryIO

KEPT_BYTES = 10 * 1024 * 1024


def open_log(path: Path, kept_bytes: int = KEPT_BYTES) -> BinaryIO:
    """Open `path` for appending; one of `kept_bytes` or more is first put aside as `<name>.1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size >= kept_bytes:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab", buffering=0)


def last_lines(path: Path, count: int = 15) -> str:
    """Return the last `count` lines of a log."""
    with path.open(encoding="utf-8", errors="replace") as log:
        return "".join(deque(log, maxlen=count)).rstrip()
