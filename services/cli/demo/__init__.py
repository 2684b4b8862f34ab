"""`schoolgate demo`: the whole product on this machine, with an invented school on a sandbox of the platforms."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def demo(
    data_dir: Annotated[Path, typer.Option(help="Where the data is kept between runs.")] = Path(".schoolgate/demo"),
    console_port: Annotated[int, typer.Option(help="The port of the console.")] = 8400,
    sandbox_port: Annotated[int, typer.Option(help="The port of the sandbox's pages.")] = 8090,
    interval: Annotated[float, typer.Option(help="Seconds between two posts of the scenario.")] = 8.0,
    alerts: Annotated[int, typer.Option(help="Stop after this many alerts; 0 goes on until Ctrl-C.")] = 0,
) -> None:
    """Run everything on this machine with an invented school, and show alerts as they are raised."""
    from services.cli.demo.stack import run_demo
    from services.local.folder_lock import lock_folder

    data_dir = data_dir.resolve()
    with lock_folder(data_dir, "Schoolgate"):
        asyncio.run(run_demo(data_dir, console_port, sandbox_port, interval, alerts))
