"""What the supervisor must know of a process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class ProcessSpec:
    """A process to keep running.

    Attributes:
        name: unique; also the name of its log file.
        argv: the program and its arguments.
        env: variables added to the supervisor's own environment.
        ready: tells whether it does its work; without one, it is ready once it runs.
        ready_timeout_s: how long it may take to become ready, in seconds.
        depends_on: names of the processes that must be ready before it starts.
        unlogged: lines that begin with this are reported, but kept out of the log file.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Ready | None = None
    ready_timeout_s: float = 60
    depends_on: Sequence[str] = ()
    unlogged: str | None = None


def http_ready(url: str) -> Ready:
    """Return a check that passes when `url` (http, such as a service's /readyz) answers 200."""
    parts = urlsplit(url)

    def ask() -> bool:
        connection = HTTPConnection(parts.netloc, timeout=2)
        try:
            connection.request("GET", parts.path or "/")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    return lambda: asyncio.to_thread(ask)
