"""`schoolgate run`: one service in the foreground, as a container or a supervisor starts it."""

from importlib import import_module
from typing import Annotated

import typer

from services.shared.errors import SettingsError

DETECTORS = ("faces", "details", "abuse")
SERVICES = ("register", "ingest", "notify", "console", "observe", "sandbox")
ALL = "all"
SETUP = "SETUP "
"""What a line of the console begins with that holds a one-time link: shown, never logged."""
NAMES = (*SERVICES, *DETECTORS, ALL)


def run(service: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")]) -> None:
    """Run one service, or all on this machine, until Ctrl-C; settings come from the environment (SCHOOLGATE_*)."""
    if service == ALL:
        from services.cli.run_all import run_all

        run_all()
    elif service in DETECTORS:
        from services.analyze.main import main

        main(service)
    elif service in SERVICES:
        import_module(f"services.{service}.main").main()
    else:
        raise SettingsError(f"there is no service {service!r}: choose one of {', '.join(NAMES)}")
