"""Wires observe: the lag exporter behind `/metrics`."""

from prometheus_client import REGISTRY

from services.observe.exporter import LagExporter
from services.observe.lag import LagReader
from services.shared import process
from services.shared.process import Process
from services.shared.settings import Settings, load


async def start() -> None:
    """Run until the process is told to stop."""
    settings = load(Settings)
    service = Process("observe", settings.ops)
    exporter = LagExporter(LagReader(settings.kafka), service.health.part("kafka", max_silence=120))
    REGISTRY.register(exporter)
    service.serve()
    service.task("lag", exporter.run)
    await service.run()


def main() -> None:
    """Run observe as a program."""
    process.run("observe", start)
