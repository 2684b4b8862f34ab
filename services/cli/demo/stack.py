"""Starts Kafka, the sandbox and every service, and shows the alerts; Ctrl-C stops all of it and keeps the data."""

import asyncio
import secrets
import time
from pathlib import Path

from rich.console import Console
from rich.status import Status

from services.cli.db import upgrade_all
from services.cli.demo.gallery import enrol_portraits
from services.cli.demo.processes import Addresses, processes
from services.cli.demo.school import enrol_school
from services.cli.demo.watch import NewAlerts
from services.cli.run import SETUP
from services.local.jars import default_cache, ensure_jars, pinned_jars
from services.local.ports import LOOPBACK, free_port, require_free
from services.local.process_spec import ProcessSpec
from services.local.stack import kafka_spec, master_key, named_kafka
from services.local.supervisor import Supervisor
from services.local.topics import create_topics
from services.shared.database import Database
from services.shared.settings import KafkaSettings, StoreSettings

SECRET_BYTES = 24
SESSION_SECONDS = 6


async def run_demo(data_dir: Path, console_port: int, sandbox_port: int, interval: float, enough: int) -> None:
    """Run until Ctrl-C, or until `enough` alerts were shown (0: for ever); `interval` in seconds between posts."""
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    require_free(sandbox_port, "the sandbox")
    require_free(console_port, "the console")
    addresses = Addresses(sandbox_port, free_port(), console_port)
    with console.status("Preparing Kafka ...") as status:
        kafka, kafka_process = await asyncio.to_thread(_kafka, data_dir, status)
        status.update("Preparing the invented school ...")
        settings = StoreSettings(data_dir=data_dir, master_key=master_key(data_dir), kafka=kafka)
        token = secrets.token_urlsafe(SECRET_BYTES)
        await upgrade_all(settings, lambda _: None)
        school = await enrol_school(settings, token)
        await enrol_portraits(settings, school)
    links: list[str] = []

    def report(name: str, line: str) -> None:
        if line.startswith(SETUP):
            links.append(line.removeprefix(SETUP))
        elif not line.startswith("{"):  # the services' own logs are in their files
            console.print(f"{name}: {line}", style="dim", markup=False)

    supervisor = Supervisor(
        [
            *kafka_process,
            *processes(settings, addresses, token, interval=interval, wait_for=[spec.name for spec in kafka_process]),
        ],
        data_dir / "logs",
        report,
    )
    casebook = Database("casebook", settings.database_for("casebook"))
    alerts = NewAlerts(casebook, school, f"{addresses.console}/cases/")
    await alerts.skip_known()

    async def show() -> None:
        console.print(f"\n[bold]{school.name}[/] is being watched.")
        console.print(f"  Console            {links[-1] if links else addresses.console}")
        console.print(f"  As visitors see it {addresses.sandbox}/")
        console.print(f"  Mails              {addresses.sandbox}/mail")
        console.print("Write something at the second address and see what becomes of it. Ctrl-C stops.\n")
        count = 0
        async for line in alerts:
            console.print(line)
            count += 1
            if count == 1:
                console.print(f"[dim]First alert shown {time.monotonic() - began:.0f} s after the start.[/]")
            if count == enough:
                return

    try:
        await supervisor.run(show)
    finally:
        await casebook.close()
    console.print("Stopped. The data is kept; the next run goes on with it.")


def _kafka(data_dir: Path, status: Status) -> tuple[KafkaSettings, list[ProcessSpec]]:
    """Return where Kafka is and, unless the environment names one, the process of a local one."""
    if named := named_kafka():
        settings = KafkaSettings(bootstrap=named, session_timeout=SESSION_SECONDS)
        create_topics(settings)
        return settings, []
    ensure_jars(
        pinned_jars(),
        default_cache(),
        progress=lambda done, total: status.update(f"Fetching Apache Kafka: {done} of {total} files"),
    )
    settings = KafkaSettings(bootstrap=f"{LOOPBACK}:{free_port()}", session_timeout=SESSION_SECONDS)
    return settings, [kafka_spec(data_dir, settings)]
