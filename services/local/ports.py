"""TCP ports of this machine."""

import socket

from services.shared.errors import SettingsError

LOOPBACK = "127.0.0.1"
_given: set[int] = set()


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment, and never the same one twice."""
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in _given:  # one that was given away may not be listened on yet
            _given.add(port)
            return port


def require_free(port: int, purpose: str) -> None:
    """Check that nothing listens on a loopback port.

    Raises:
        SettingsError: something does.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port left a moment ago is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise SettingsError(
                f"port {port} for {purpose} is in use: stop the program that listens on it, or choose another port"
            ) from None
