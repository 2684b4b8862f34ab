"""Wires observe: the lag of every group and the status of every account behind `/metrics`."""

from prometheus_client import REGISTRY

from schemas.status import AccountStatus
from services.observe.accounts import AccountExporter
from services.observe.exporter import LagExporter
from services.observe.lag import LagReader
from services.shared import process
from services.shared.kafka import Broker
from services.shared.process import Process
from services.shared.settings import Settings, load


async def start() -> None:
    """Run until the process is told to stop."""
    settings = load(Settings)
    service = Process("observe", settings.ops)
    exporter = LagExporter(LagReader(settings.kafka), service.health.part("lag", max_silence=120))
    REGISTRY.register(exporter)
    broker = Broker("observe", settings.kafka, service.health)
    broker.subscribe(("accounts.status",), {AccountStatus: AccountExporter().record})
    service.serve()
    service.task("lag", exporter.run)
    service.task("accounts", broker.run)
    await service.run()


def main() -> None:
    """Run observe as a program."""
    process.run("observe", start)
