"""`schoolgate run all`: every service on this machine under one supervisor, with its own Kafka unless one is named."""

import asyncio
import os
from pathlib import Path

from rich.console import Console

from services.cli.db import upgrade_all
from services.local.process_spec import ProcessSpec
from services.local.stack import KAFKA, Service, kafka_spec, service_specs
from services.local.supervisor import Supervisor
from services.shared.settings import StoreSettings, load

SERVICES = ("ingest", "abuse", "details", "faces", "notify", "console", "observe")
BOOTSTRAP = "SCHOOLGATE_KAFKA__BOOTSTRAP"


def run_all() -> None:
    """Run until Ctrl-C; the settings of every service come from the environment."""
    settings = load(StoreSettings)
    data_dir = settings.data_dir.resolve()
    console = Console(highlight=False, soft_wrap=True)

    async def work() -> None:
        await upgrade_all(settings, console.print)
        supervisor = Supervisor(
            specs(settings, data_dir), data_dir / "logs", lambda name, line: _say(console, name, line)
        )
        await supervisor.run(asyncio.Event().wait)

    asyncio.run(work())


def specs(settings: StoreSettings, data_dir: Path) -> list[ProcessSpec]:
    """Describe the processes; Kafka is one of them unless SCHOOLGATE_KAFKA__BOOTSTRAP names another."""
    own_kafka = BOOTSTRAP not in os.environ
    wait_for = (KAFKA,) if own_kafka else ()
    services = [Service(name, depends_on=wait_for) for name in SERVICES]
    kafka = [kafka_spec(data_dir, settings.kafka)] if own_kafka else []
    return [*kafka, *service_specs(services, {"SCHOOLGATE_DATA_DIR": str(data_dir)})]


def _say(console: Console, name: str, line: str) -> None:
    if not line.startswith("{"):  # the services' own logs are in their files
        console.print(f"[dim]{name}:[/] {line}")
