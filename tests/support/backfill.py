"""What a test of rechecks and audits asks of ingest: the outbox by topic, changes of the register, the parts."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from schemas import ids
from schemas.events import decode
from schemas.post import Post, RegisterVersions
from schemas.status import PupilChange, RegisterChange
from services.ingest.backfill.pending import PendingRechecks
from services.ingest.backfill.recheck import Rechecks
from services.ingest.tables import outbox
from services.shared.outbox import _record
from tests.support.ingest import BEGIN, SCHOOL, Ingest

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
        ingest.recorder,
        PendingRechecks(ingest.database, ingest.clock),
        ingest.content.keyring,
        ingest.clock,
        ingest.health.part("rechecks"),
        lambda: None,
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
