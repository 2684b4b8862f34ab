"""Wires the console: the databases, the content store, the web port. No logic."""

import contextlib

from services.console.app import create_app
from services.console.context import Console
from services.console.drafts.connect import draft_checks
from services.console.drafts.purge import EVERY_SECONDS, PurgeDrafts
from services.console.first_users import setup_links
from services.console.security.cookies import Cookies
from services.console.settings import ConsoleSettings
from services.console.watch import Watch
from services.register.audits import Audits
from services.register.reads import RegisterReader
from services.register.users import Users
from services.register.writes import RegisterWriter
from services.shared.clock import SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.migrations import must_be_current
from services.shared.periodic import Periodic
from services.shared.process import Process, http_server, run
from services.shared.settings import load


async def start() -> None:
    """Run until the process is told to stop."""
    settings = load(ConsoleSettings)
    async with contextlib.AsyncExitStack() as stack:
        casebook = Database("casebook", settings.database_for("casebook"))
        people = Database("register", settings.database_for("register"))
        for database in (casebook, people):
            stack.push_async_callback(database.close)
            await must_be_current(database)
        clock = SystemClock()
        store = open_content_store(settings)
        register = RegisterReader(people, store.keyring, clock)
        users = Users(people, clock)
        writer = RegisterWriter(people, store.keyring)
        console = Console(
            casebook=casebook,
            register=register,
            audits=Audits(people, clock),
            users=users,
            store=store,
            clock=clock,
            cookies=Cookies(settings.secure),
            drafts=await stack.enter_async_context(draft_checks(settings, register, casebook, store)),
        )
        for link in await setup_links(
            register, writer, users, url=settings.url, first_user_email=settings.first_user_email
        ):
            print(f"SETUP {link}", flush=True)  # noqa: T201  # for a person, once; the log would redact or keep it

        process = Process("console", settings.ops)
        process.serve()
        process.task("web", http_server(create_app(console), settings.host, settings.port))
        process.task("watch", Watch(casebook, register, process.health).run)
        purge = PurgeDrafts(casebook, store, clock)
        process.task("purge", Periodic("purge", purge.step, EVERY_SECONDS, process.health).run)
        await process.run()


def main() -> None:
    """Start the program."""
    run("console", start)


if __name__ == "__main__":
    main()
