"""What ends by the clock: consents past their last day, pupils past their leaving date, templates past their year."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import PupilRef, SchoolId
from schemas.status import PupilChange
from services.register import rows, tables
from services.register.consent import as_of, has_left
from services.register.gallery import enrolment_consents, remove_unlawful
from services.register.imports.people_writes import changes_of
from services.register.receipts import delete_pupil, delete_templates, give_receipts
from services.register.versions import Part, bump, registered_school
from services.shared.clock import Clock
from services.shared.crypto import Keyring
from services.shared.database import Database, upsert
from services.shared.errors import DependencyUnavailable
from services.shared.health import Part as HealthPart

EVERY_SECONDS: Final = 300
log = structlog.get_logger()


class Expiry:
    """Ends what is over, school by school; each deletion leaves a receipt, each change goes out as an event."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock, part: HealthPart) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._part = part

    async def run(self) -> int:
        """Go through all schools and return how many of them changed; one that cannot be read stops no other.

        Raises:
            DependencyUnavailable: the database or the key store does not answer.
        """
        async with self._database.reading() as connection:
            schools = (await connection.execute(select(tables.schools.c.school_id))).scalars().all()
        changed, unreadable = 0, 0
        for school_id in sorted(schools):
            try:
                changed += await self.expire(school_id)
            except DependencyUnavailable:
                raise
            except Exception:  # the boundary of one school: the others' registers end what is over all the same
                unreadable += 1
                log.exception("register_unreadable", school_id=school_id)
        if unreadable:
            self._part.failed("register_unreadable")
        else:
            self._part.ready()
        return changed

    async def expire(self, school_id: SchoolId) -> bool:
        """End what is over in one school's register, and tell whether anything was.

        Raises:
            InputRejected: there is no such school, or a row of it cannot be opened.
            DependencyUnavailable: the database or the key store does not answer.
        """
        key, now = await self._keyring.data_key(school_id), self._clock.now()
        async with self._database.transaction() as connection:
            school = await registered_school(connection, school_id, lock=True)
            people = await _end_people(connection, key, school_id, now)
            consents = await enrolment_consents(connection, key, school_id)
            unlawful = await remove_unlawful(connection, school, consents, now)
            is_over = tables.gallery.c.expires_at <= now
            over = await delete_templates(connection, school_id, is_over, reason="template_expired", at=now)
            ended = await _without_template(connection, school_id, over)
            told = (*people, *unlawful, *ended)
            parts: list[Part] = ["roster"] if people else []
            if over or any(change.what == "enrolment_removed" for change in told):
                parts.append("gallery")
            if parts:
                await bump(connection, school_id, *parts, pupils=told, at=now)
        return bool(parts)


async def _end_people(
    connection: AsyncConnection, key: bytes, school_id: SchoolId, now: datetime
) -> tuple[PupilChange, ...]:
    table, today = tables.pupils, now.astimezone(UTC).date()
    told: list[PupilChange] = []
    found = await connection.execute(select(table).where(table.c.school_id == school_id).order_by(table.c.ref))
    for pupil in [rows.pupil_from(key, row) for row in found]:
        holding = as_of(pupil, today)
        if has_left(pupil, today):
            told += await delete_pupil(connection, school_id, pupil.ref, reason="leaving_date_passed", at=now)
        elif holding != pupil:
            await upsert(connection, table, rows.pupil_row(key, school_id, holding))
            for consent in ("photo_consent", "name_consent"):
                if getattr(holding, consent) != getattr(pupil, consent):
                    reason = f"{consent}_expired"
                    await give_receipts(connection, school_id, "consent", [pupil.ref], reason=reason, at=now)
            told += changes_of(pupil, holding)
    return tuple(told)


async def _without_template(
    connection: AsyncConnection, school_id: SchoolId, refs: Collection[PupilRef]
) -> tuple[PupilChange, ...]:
    """Say of those who lost a template that they are enrolled no longer, unless another one of theirs is left."""
    table = tables.gallery
    left = (await connection.execute(select(table.c.ref).where(table.c.school_id == school_id))).scalars()
    return tuple(PupilChange(ref=ref, what="enrolment_removed") for ref in sorted(set(refs) - set(left)))
