"""TCP ports of this machine."""

import socket

from services.shared.errors import SettingsError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


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
