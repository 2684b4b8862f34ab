"""Wires ingest: register, connectors, polls, media, look-ups, rechecks, audits, outbox and broker in one process."""

from datetime import timedelta
from functools import partial
from typing import Final

from schemas.status import RegisterChange
from services.ingest.backfill.audit import AuditReader
from services.ingest.backfill.audit_runs import AuditRuns
from services.ingest.backfill.pending import PendingRechecks
from services.ingest.backfill.recheck import Rechecks
from services.ingest.connectors.connector import Platform
from services.ingest.connectors.download import DownloadLimits
from services.ingest.connectors.facebook.connector import FacebookPlatform
from services.ingest.connectors.graph.client import GraphAddress
from services.ingest.connectors.instagram.connector import InstagramPlatform
from services.ingest.connectors.x.connector import XPlatform
from services.ingest.deletions import Deletions
from services.ingest.media import MediaLoop
from services.ingest.polling.connections import Connections
from services.ingest.polling.lease import Leases
from services.ingest.polling.pace import Pace
from services.ingest.polling.poll import Poller
from services.ingest.polling.record import Recorder, Storage
from services.ingest.polling.remembered import Remembered
from services.ingest.polling.schedule import Schedule
from services.ingest.polling.watch import AccountWatch
from services.ingest.purge import PurgeLoop, Purges
from services.ingest.reads import IngestReader
from services.ingest.removed import RemovedAccounts
from services.ingest.settings import IngestSettings
from services.ingest.status import StatusBoard, patience
from services.ingest.sweep import Intervals, Sweep
from services.ingest.tables import outbox
from services.ingest.writes import IngestWriter
from services.register.audits import Audits
from services.register.reads import RegisterReader
from services.shared.clock import Clock, SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.kafka import Broker
from services.shared.migrations import must_be_current
from services.shared.outbox import Outbox
from services.shared.periodic import Periodic
from services.shared.process import Process, run
from services.shared.settings import load

STATUS_SECONDS: Final = 30.0
RECHECK_SECONDS: Final = 0.5
RECHECK_AGE_SECONDS: Final = 15.0
AUDIT_SECONDS: Final = 2.0
SWEEP_SECONDS: Final = 5.0
PURGE_SECONDS: Final = 10.0
REMOVED_SECONDS: Final = 60.0


def platforms(settings: IngestSettings, clock: Clock) -> dict[str, Platform]:
    """Return the platforms that can be read, by name."""
    graph = GraphAddress(
        settings.graph_base_url, settings.graph_version, settings.platform_timeout, settings.graph_app_secret
    )
    return {
        "x": XPlatform(
            clock=clock,
            base_url=settings.x_base_url,
            timeout=settings.platform_timeout,
            field_names=settings.x_field_names,
            backlog=settings.backlog,
            media=_download_limits(settings, settings.x_base_url),
        ),
        "facebook": FacebookPlatform(
            clock=clock,
            address=graph,
            backlog=settings.backlog,
            media=_download_limits(settings, settings.graph_base_url),
        ),
        "instagram": InstagramPlatform(
            clock=clock,
            address=graph,
            backlog=settings.backlog,
            media=_download_limits(settings, settings.graph_base_url),
        ),
    }


def _download_limits(settings: IngestSettings, base_url: str) -> DownloadLimits:
    return DownloadLimits(max_bytes=settings.media_max_bytes, allow_http=base_url.startswith("http://"))


async def start() -> None:
    """Run until the process is told to stop."""
    settings, clock = load(IngestSettings), SystemClock()
    process = Process("ingest", settings.ops)
    database = Database("ingest", settings.database_for("ingest"))
    registered = Database("register", settings.database_for("register"))
    await must_be_current(database)
    await must_be_current(registered)
    content = open_content_store(settings)
    register = RegisterReader(registered, content.keyring)
    remembered = Remembered(register, clock)
    connections = Connections(remembered, platforms(settings, clock), clock)
    broker = Broker("ingest", settings.kafka, process.health)
    relay = Outbox(database, outbox, broker, process.health)
    leases = Leases(database, clock, timedelta(seconds=settings.lease_ttl))
    purges = Purges(database, clock, settings.purge_after)
    writer = IngestWriter(database, leases, clock, timedelta(seconds=settings.media_wait), purges)
    storage = Storage(IngestReader(database), writer, leases, content)
    media_part = process.health.part("media", max_silence=300)
    media = MediaLoop(connections, storage.reader, writer, content, clock, media_part, relay.wake)

    def stored() -> None:
        relay.wake()
        media.wake()

    recorder = Recorder(remembered, storage, clock, stored, settings.detectors)
    status = StatusBoard(database, leases, connections.platforms, clock, patience(settings.poll_max), relay.wake)
    poller = Poller(connections, recorder, status, clock)
    schedule = Schedule(poller.poll, Pace(settings.poll_min, settings.poll_max), clock, process.health)
    deletions = Deletions(database, leases, writer, purges, clock)
    intervals = Intervals(settings.sweep_every, settings.confirm_after)
    sweep = Sweep(connections, recorder, deletions, schedule.accounts, clock, intervals, stored)
    watch = AccountWatch(remembered, connections, leases, schedule, process.health.part("accounts", max_silence=300))
    up_to_date = Recorder(register, storage, clock, stored, settings.detectors)
    rechecks = Rechecks(register, up_to_date, PendingRechecks(database, clock), clock)
    broker.subscribe(("register.changes",), {RegisterChange: rechecks.changed})
    runs = AuditRuns(database, storage, clock, settings.backlog)
    audits = AuditReader(Audits(registered, clock), schedule, connections, recorder, runs, clock)
    process.serve()
    process.task("broker", broker.run)
    process.task("relay", relay.relay)
    process.task("media", media.run)
    process.task("accounts", watch.run)
    process.task("polls", schedule.run)
    for name, step, seconds in (
        ("status", partial(status.repeat, schedule.accounts), STATUS_SECONDS),
        ("sweep", sweep.round, SWEEP_SECONDS),
        ("purge", PurgeLoop(purges, content).round, PURGE_SECONDS),
        ("removed", RemovedAccounts(register, database, deletions, clock).round, REMOVED_SECONDS),
        ("rechecks", rechecks.round, RECHECK_SECONDS),
        ("recheck_age", rechecks.tell_age, RECHECK_AGE_SECONDS),
        ("audits", audits.round, AUDIT_SECONDS),
    ):
        process.task(name, Periodic(name, step, seconds, process.health).run)
    try:
        await process.run()
    finally:
        await connections.aclose()
        await registered.close()
        await database.close()


def main() -> None:
    """Run ingest as a program."""
    run("ingest", start)


if __name__ == "__main__":
    main()
