"""What a test of rechecks and audits asks of ingest: the outbox by topic, changes of the register, the parts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from schemas import ids
from schemas.events import decode
from schemas.post import Post, RegisterVersions
from schemas.status import PupilChange, RegisterChange
from services.ingest.backfill.audit import AuditReader
from services.ingest.backfill.audit_runs import AuditRuns
from services.ingest.backfill.pending import PendingRechecks
from services.ingest.backfill.recheck import Rechecks
from services.ingest.tables import outbox
from services.register.models import Account, Audit
from services.shared.outbox import _record
from tests.support.ingest import ACCOUNT, BEGIN, SCHOOL, Ingest

RUN = ids.run_id("audit", ACCOUNT.account_id, 1)
LIVE_TOPIC = "posts"
BACKFILL_TOPIC = "posts.backfill"


def change(
    what: str | Sequence[str], roster: int = 5, *, minutes: float = 0, school: str = SCHOOL.school_id
) -> RegisterChange:
    """A write to a register that led to this version of the roster, so many minutes after the beginning."""
    kinds = (what,) if isinstance(what, str) else what
    return RegisterChange(
        change_id=ids.change_id(school, str(roster)),
        school_id=school,
        parts=("roster",),
        versions=RegisterVersions(roster=roster),
        pupils=tuple(
            PupilChange(ref=ids.pupil_ref(school, str(number)), what=kind) for number, kind in enumerate(kinds)
        ),
        changed_at=BEGIN + timedelta(minutes=minutes),
    )


def rechecks_of(ingest: Ingest) -> Rechecks:
    """The rechecks of one ingest process."""
    return Rechecks(
        ingest.register,
        ingest.up_to_date,
        PendingRechecks(ingest.database, ingest.clock),
        ingest.clock,
    )


async def relayed(ingest: Ingest) -> list[tuple[str, Post]]:
    """Everything in the outbox with its topic, in order; it is empty afterwards."""
    async with ingest.database.transaction() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
        await connection.execute(delete(outbox))
    events = [(row.topic, _record(row)) for row in rows]
    found = [(topic, decode(record.key, record.value, record.headers.items())) for topic, record in events]
    return [(topic, event) for topic, event in found if isinstance(event, Post)]


async def in_backfill(ingest: Ingest) -> list[Post]:
    """The checks in the backfill lane; the outbox is empty afterwards."""
    return [post for topic, post in await relayed(ingest) if topic == BACKFILL_TOPIC]


@dataclass
class FakeAudits:
    """The audits that people want, as the register keeps them: one of the account, until it is paused."""

    wanted: list[Audit] = field(
        default_factory=lambda: [
            Audit(
                RUN, ACCOUNT.account_id, SCHOOL.school_id, "running", BEGIN, 0, read_to_the_end=False, changed_at=BEGIN
            )
        ]
    )
    failure: Exception | None = None

    async def running(self) -> list[Audit]:
        return [audit for audit in self.wanted if audit.state == "running" and not audit.read_to_the_end]

    async def report(self, run_id: str, *, posts_read: int, read_to_the_end: bool) -> None:
        if self.failure is not None:
            raise self.failure
        told: dict[str, Any] = {"posts_read": posts_read, "read_to_the_end": read_to_the_end}
        self.wanted = [replace(audit, **told) if audit.run_id == run_id else audit for audit in self.wanted]

    def want(self, state: str) -> None:
        self.wanted = [replace(audit, state=state) for audit in self.wanted]


@dataclass
class FakePolled:
    """What is polled: the account, which a poll may be reading or which must be left alone."""

    known: dict[str, Account] = field(default_factory=lambda: {ACCOUNT.account_id: ACCOUNT})
    lock: asyncio.Lock | None = field(default_factory=asyncio.Lock)

    def accounts(self) -> dict[str, Account]:
        return self.known

    def turn(self, account_id: str) -> asyncio.Lock | None:
        return self.lock if account_id in self.known else None


def audits_of(ingest: Ingest, register: FakeAudits, polled: FakePolled | None = None) -> AuditReader:
    """The audits of one ingest process, whose polls read the last week."""
    return AuditReader(
        register,
        polled or FakePolled(),
        ingest.connections,
        ingest.recorder,
        AuditRuns(ingest.database, ingest.recorder.storage, ingest.clock, timedelta(days=7)),
        ingest.clock,
    )
