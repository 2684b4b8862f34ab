"""`schoolgate run all`: every service on this machine under one supervisor, with its own Kafka unless one is named."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.text import Text

from services.cli.db import upgrade_all
from services.cli.run import DETECTORS, SETUP
from services.local.folder_lock import lock_folder
from services.local.process_spec import ProcessSpec
from services.local.stack import KAFKA, Service, check_settings_kept, kafka_spec, named_kafka, service_specs
from services.local.supervisor import Supervisor
from services.shared.settings import StoreSettings, load

SERVICES = ("register", "ingest", "abuse", "details", "faces", "notify", "observe")


def run_all() -> None:
    """Run until Ctrl-C; the settings of every service come from the environment."""
    settings = load(StoreSettings)
    data_dir = settings.data_dir.resolve()
    console = Console(highlight=False, soft_wrap=True)

    async def work() -> None:
        await upgrade_all(settings, console.print)
        processes = specs(settings, data_dir)
        supervisor = Supervisor(processes, data_dir / "logs", lambda name, line: _say(console, name, line))
        with check_settings_kept(processes, data_dir):
            await supervisor.run(asyncio.Event().wait)

    with lock_folder(data_dir, "Schoolgate"):
        asyncio.run(work())


def specs(settings: StoreSettings, data_dir: Path) -> list[ProcessSpec]:
    """Describe the processes; Kafka is one of them unless SCHOOLGATE_KAFKA_BOOTSTRAP names another."""
    named = named_kafka()
    wait_for = () if named else (KAFKA,)
    services = [
        *(Service(name, depends_on=wait_for) for name in SERVICES),
        Service("console", depends_on=wait_for, unlogged=SETUP, asks=DETECTORS),
    ]
    kafka = [] if named else [kafka_spec(data_dir, settings.kafka)]
    environment = {
        "SCHOOLGATE_DATA_DIR": str(data_dir),
        "SCHOOLGATE_KAFKA__BOOTSTRAP": named or settings.kafka.bootstrap,
    }
    return [*kafka, *service_specs(services, environment)]


def _say(console: Console, name: str, line: str) -> None:
    if not line.startswith("{"):  # the services' own logs are in their files
        console.print(f"[dim]{name}:[/]", Text(line))
