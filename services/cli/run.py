"""`schoolgate run`: one service in the foreground, as a container or a supervisor starts it."""

from importlib import import_module
from typing import Annotated

import typer

from services.shared.errors import SettingsError

DETECTORS = ("faces", "details", "abuse")
SERVICES = ("ingest", "notify", "console", "observe", "register", "sandbox")


def run(service: Annotated[str, typer.Argument(help=f"One of {', '.join((*SERVICES, *DETECTORS))}.")]) -> None:
    """Run one service until SIGTERM or Ctrl-C; its settings come from the environment (SCHOOLGATE_*)."""
    if service in DETECTORS:
        from services.analyze.main import main

        main(service)
    elif service in SERVICES:
        import_module(f"services.{service}.main").main()
    else:
        raise SettingsError(f"there is no service {service!r}: choose one of {', '.join((*SERVICES, *DETECTORS))}")
