"""One process per detector: it consumes checks, asks its engine, and publishes one analysis each; drafts by HTTP."""

import functools
from typing import Final

from schemas.post import Post
from services.analyze.answer import Answer
from services.analyze.check import Checker
from services.analyze.check_api import CheckApi
from services.analyze.engine import Engine, Limits
from services.analyze.registers import Registers
from services.analyze.settings import AnalyzeSettings
from services.register.reads import RegisterReader
from services.shared import process
from services.shared.clock import SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.kafka import Broker
from services.shared.migrations import must_be_current
from services.shared.periodic import Periodic
from services.shared.process import Process, Stop
from services.shared.settings import load

FORGET_SECONDS: Final = 3600
"""What was deleted from a register is gone from here within two of these, also where no post asks for that school."""


async def start(detector: str) -> None:
    """Wire one detector's process and run it."""
    settings = load(AnalyzeSettings)
    service = Process(detector, settings.ops)
    register = Database("register", settings.database_for("register"))
    await must_be_current(register)
    store = open_content_store(settings)
    broker = Broker(detector, settings.kafka, service.health)
    limits = Limits(
        seconds=settings.engine_seconds,
        memory=int(settings.engine_memory_gib * 2**30),
        index_people=settings.index_people,
    )
    engine = Engine(detector, limits)
    api = CheckApi(detector, settings.check_token) if settings.check_token else None
    part = service.health.part("engine")

    async def consume(stop: Stop) -> None:
        info = await engine.start()
        registers = Registers(RegisterReader(register, store.keyring), info)
        checker = Checker(info, store, engine, registers, SystemClock())
        if api is not None:
            api.checker = checker
        part.ready()
        answer = Answer(detector, checker, broker)
        broker.subscribe(("posts",), {Post: answer.post})
        broker.subscribe(("posts.backfill",), {Post: answer.post})
        await broker.run(stop)

    service.serve([api.route()] if api else [])
    service.task("consume", consume)
    service.task("forget", Periodic("forget", engine.drop_unused, FORGET_SECONDS, service.health).run)
    try:
        await service.run()
    finally:
        engine.stop()
        await register.close()


def main(detector: str) -> None:
    """Run one detector as a program."""
    process.run(detector, functools.partial(start, detector))
