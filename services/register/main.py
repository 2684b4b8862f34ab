"""Wires the register's process: it relays what the writers left in the outbox, and ends what is over."""

from services.register.expire import EVERY_SECONDS, Expiry
from services.register.tables import outbox
from services.shared.clock import SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.kafka import Broker
from services.shared.migrations import must_be_current
from services.shared.outbox import Outbox
from services.shared.periodic import Periodic
from services.shared.process import Process, run
from services.shared.settings import StoreSettings, load


async def start() -> None:
    """Run until the process is told to stop."""
    settings = load(StoreSettings)
    process = Process("register", settings.ops)
    database = Database("register", settings.database_for("register"))
    try:
        await must_be_current(database)
        broker = Broker("register", settings.kafka, process.health)
        relay = Outbox(database, outbox, broker, process.health)
        keyring = open_content_store(settings).keyring
        expiry = Expiry(database, keyring, SystemClock(), process.health.part("registers"))
        process.serve()
        process.task("broker", broker.run)
        process.task("relay", relay.relay)
        process.task("expire", Periodic("expire", expiry.run, EVERY_SECONDS, process.health).run)
        await process.run()
    finally:
        await database.close()


def main() -> None:
    """Run the register's process as a program."""
    run("register", start)


if __name__ == "__main__":
    main()
