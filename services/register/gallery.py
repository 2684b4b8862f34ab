"""The gallery: sealed face templates of pupils whose image must not be published, each on a recorded legal basis."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import PupilRef, SchoolId, digest
from services.register import rows, tables
from services.register.consent import reasons_against
from services.register.models import EnrolmentConsent, School, TemplateEntry
from services.register.sealed_rows import open_row, pupil_ref, seal_row
from services.register.versions import bump
from services.shared.clock import Clock
from services.shared.crypto import Keyring, seal
from services.shared.database import Database, upsert
from services.shared.errors import InputRejected

LONGEST_ENROLMENT: Final = timedelta(days=365)
"""A child's face changes: after a year a template misses too often to be kept."""


class Gallery:
    """Enrols and removes. Every method raises DependencyUnavailable when the database does not answer."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock

    async def record_consents(self, school_id: SchoolId, consents: Sequence[EnrolmentConsent]) -> int:
        """Record what is known for enrolment; a pupil who may no longer be enrolled loses the templates at once.

        Returns how many of the records belong to no pupil of the register; those are not kept.
        """
        key = await self._keyring.data_key(school_id)
        by_ref = {pupil_ref(key, consent.admission_no): consent for consent in consents}
        async with self._database.transaction() as connection:
            school = await _school(connection, school_id)
            table = tables.pupils
            found = await connection.execute(select(table.c.ref).where(table.c.school_id == school_id))
            known = {row.ref for row in found}
            for ref in by_ref.keys() & known:
                sealed = seal_row(key, "enrolment_consents", school_id, ref, _fields(by_ref[ref]))
                await upsert(
                    connection, tables.enrolment_consents, {"school_id": school_id, "ref": ref, "sealed": sealed}
                )
                if reasons_against(school, by_ref[ref], self._today()):
                    await _remove(connection, school_id, ref)
        return len(by_ref.keys() - known)

    async def consents(self, school_id: SchoolId) -> Mapping[PupilRef, EnrolmentConsent]:
        """Return what is recorded for enrolment, by pupil."""
        key = await self._keyring.data_key(school_id)
        table = tables.enrolment_consents
        async with self._database.reading() as connection:
            found = (await connection.execute(select(table).where(table.c.school_id == school_id))).all()
        return {row.ref: _consent(key, row) for row in found}

    async def reasons_against(self, school_id: SchoolId, ref: PupilRef) -> tuple[str, ...]:
        """Return the codes of all reasons against enrolling a pupil (consent.REASONS): ask before looking at photos."""
        key = await self._keyring.data_key(school_id)
        async with self._database.reading() as connection:
            return await self._reasons_against(connection, key, school_id, ref)

    async def add_template(
        self, school_id: SchoolId, ref: PupilRef, *, model_id: str, vector: bytes, photos: int
    ) -> TemplateEntry:
        """Enrol a pupil, or replace the template that this model made earlier; it expires within a year.

        Raises:
            InputRejected: the law's conditions are not met; the message lists the reasons' codes (consent.REASONS).
        """
        key = await self._keyring.data_key(school_id)
        now = self._clock.now()
        template_id = digest("template", school_id, ref, model_id)
        entry = TemplateEntry(template_id, ref, model_id, photos, now, now + LONGEST_ENROLMENT)
        async with self._database.transaction() as connection:
            reasons = await self._reasons_against(connection, key, school_id, ref)
            if reasons:
                raise InputRejected(f"this pupil may not be enrolled: {', '.join(reasons)}")
            sealed = seal(key, vector, f"gallery/{school_id}/{template_id}")
            await upsert(connection, tables.gallery, asdict(entry) | {"school_id": school_id, "sealed": sealed})
            await bump(connection, school_id, "gallery")
        return entry

    async def remove(self, school_id: SchoolId, ref: PupilRef) -> int:
        """Delete a pupil's templates and return how many there were."""
        async with self._database.transaction() as connection:
            return await _remove(connection, school_id, ref)

    async def entries(self, school_id: SchoolId) -> tuple[TemplateEntry, ...]:
        """Return what may be shown of a school's templates, also of those that expired but are not yet deleted."""
        table = tables.gallery
        wanted = select(table).where(table.c.school_id == school_id).order_by(table.c.template_id)
        async with self._database.reading() as connection:
            found = await connection.execute(wanted)
            return tuple(TemplateEntry(**{name: getattr(row, name) for name in _ENTRY}) for row in found)

    async def expire(self) -> int:
        """Delete the templates whose time is over, of all schools, and return how many there were."""
        table = tables.gallery
        over = table.c.expires_at <= self._clock.now()
        async with self._database.transaction() as connection:
            schools = {row.school_id for row in await connection.execute(select(table.c.school_id).where(over))}
            deleted = (await connection.execute(delete(table).where(over))).rowcount
            for school_id in sorted(schools):
                await bump(connection, school_id, "gallery")
        return deleted

    async def _reasons_against(
        self, connection: AsyncConnection, key: bytes, school_id: SchoolId, ref: PupilRef
    ) -> tuple[str, ...]:
        table = tables.enrolment_consents
        wanted = select(table).where(table.c.school_id == school_id, table.c.ref == ref)
        row = (await connection.execute(wanted)).one_or_none()
        consent = None if row is None else _consent(key, row)
        return reasons_against(await _school(connection, school_id), consent, self._today())

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()


_ENTRY: Final = tuple(TemplateEntry.__dataclass_fields__)
_DATES: Final = ("parents_notified_on", "written_consent_on")


def _fields(consent: EnrolmentConsent) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(consent).items()}


def _consent(key: bytes, row: Any) -> EnrolmentConsent:
    fields = open_row(key, "enrolment_consents", row.school_id, row.ref, row.sealed)
    for name in _DATES:
        fields[name] = None if fields[name] is None else date.fromisoformat(fields[name])
    return EnrolmentConsent(**fields)


async def _school(connection: AsyncConnection, school_id: SchoolId) -> School:
    row = (
        await connection.execute(select(tables.schools).where(tables.schools.c.school_id == school_id))
    ).one_or_none()
    if row is None:
        raise InputRejected("there is no such school in the register: add it first")
    return rows.school_from(row)


async def _remove(connection: AsyncConnection, school_id: SchoolId, ref: PupilRef) -> int:
    table = tables.gallery
    removed = (
        await connection.execute(delete(table).where(table.c.school_id == school_id, table.c.ref == ref))
    ).rowcount
    if removed:
        await bump(connection, school_id, "gallery")
    return removed
