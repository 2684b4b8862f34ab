"""Wires notify: the broker, the loops, the channels. No logic."""

import contextlib

import httpx

from schemas.analysis import Analysis
from schemas.post import Post
from schemas.status import AccountStatus, RegisterChange
from services.notify.accounts import Accounts
from services.notify.approvals import Approvals
from services.notify.assess import EMAIL, WEBHOOK, Assess
from services.notify.changes import Changes
from services.notify.channels.channel import Channel
from services.notify.channels.email import EmailChannel
from services.notify.channels.webhook import WebhookChannel
from services.notify.deliver import Deliver
from services.notify.intake import Intake
from services.notify.overdue import Overdue
from services.notify.profiles import Profiles
from services.notify.remembered import Remembered
from services.notify.settings import NotifySettings
from services.register.reads import RegisterReader
from services.shared.clock import SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.kafka import Broker
from services.shared.migrations import must_be_current
from services.shared.periodic import Periodic
from services.shared.process import Process, run
from services.shared.settings import load


async def start() -> None:
    """Run until the process is told to stop."""
    settings = load(NotifySettings)
    async with contextlib.AsyncExitStack() as stack:
        casebook = Database("casebook", settings.database_for("casebook"))
        people = Database("register", settings.database_for("register"))
        for database in (casebook, people):
            stack.push_async_callback(database.close)
            await must_be_current(database)
        clock = SystemClock()
        client = await stack.enter_async_context(httpx.AsyncClient())
        channels = _channels(settings, client, clock)
        reader = RegisterReader(people, open_content_store(settings).keyring, clock)
        register = Remembered(reader, clock)
        profiles = Profiles(register)
        assess = Assess(register, channels)
        overdue = Overdue(casebook, profiles, assess, clock)
        deliver = Deliver(casebook, register, profiles, assess, channels, clock)
        accounts = Accounts(casebook, reader, profiles, assess, clock)
        approvals = Approvals(casebook, profiles, assess, clock)
        intake = Intake(casebook, profiles, assess, clock)
        changes = Changes(casebook, profiles, clock)

        process = Process("notify", settings.ops)
        broker = Broker("notify", settings.kafka, process.health)
        broker.subscribe(("posts", "analyses"), {Post: intake.post, Analysis: intake.analysis})
        broker.subscribe(("posts.backfill", "analyses.backfill"), {Post: intake.post, Analysis: intake.analysis})
        broker.subscribe(("register.changes",), {RegisterChange: changes.changed})
        broker.subscribe(("accounts.status",), {AccountStatus: accounts.status})
        process.serve()
        process.task("broker", broker.run)
        for name, step, every in (
            ("release", overdue.release, 1.0),
            ("overdue", overdue.end_overdue, 5.0),
            ("orphans", overdue.report_orphans, 30.0),
            ("approvals", approvals.settle, 5.0),
            ("absent", accounts.report_absent, 60.0),
            ("deliver", deliver.send_due, 0.5),
            ("late", deliver.report_late, 60.0),
        ):
            process.task(name, Periodic(name, step, every, process.health).run)
        await process.run()


def _channels(settings: NotifySettings, client: httpx.AsyncClient, clock: SystemClock) -> dict[str, Channel]:
    channels: dict[str, Channel] = {}
    if settings.smtp is not None:
        channels[EMAIL] = EmailChannel(settings.smtp, str(settings.console_url))
    if settings.webhook is not None:
        channels[WEBHOOK] = WebhookChannel(settings.webhook, client, clock)
    return channels


def main() -> None:
    """Start the program."""
    run("notify", start)


if __name__ == "__main__":
    main()
