"""The gallery: sealed face templates of pupils whose image must not be published, each on a recorded legal basis."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import PupilRef, SchoolId, digest
from schemas.status import PupilChange
from services.register import tables
from services.register.consent import reasons_against
from services.register.models import EnrolmentConsent, School, TemplateEntry
from services.register.receipts import delete_templates
from services.register.sealed_rows import open_row, pupil_ref, seal_row
from services.register.versions import bump, registered_school
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
        key, now = await self._keyring.data_key(school_id), self._clock.now()
        by_ref = {pupil_ref(key, consent.admission_no): consent for consent in consents}
        pupils = tables.pupils
        async with self._database.transaction() as connection:
            school = await registered_school(connection, school_id, lock=True)
            found = await connection.execute(select(pupils.c.ref).where(pupils.c.school_id == school_id))
            known = set(found.scalars())
            before = await enrolment_consents(connection, key, school_id)
            new = {ref: by_ref[ref] for ref in sorted(by_ref.keys() & known) if before.get(ref) != by_ref[ref]}
            for ref, consent in new.items():
                sealed = seal_row(key, "enrolment_consents", school_id, ref, _fields(consent))
                await upsert(
                    connection, tables.enrolment_consents, {"school_id": school_id, "ref": ref, "sealed": sealed}
                )
            removed = await remove_unlawful(connection, school, before | by_ref, now)
            if new or removed:
                await bump(connection, school_id, "gallery", pupils=removed, at=now)
        return len(by_ref.keys() - known)

    async def consents(self, school_id: SchoolId) -> Mapping[PupilRef, EnrolmentConsent]:
        """Return what is recorded for enrolment, by pupil."""
        key = await self._keyring.data_key(school_id)
        async with self._database.reading() as connection:
            return await enrolment_consents(connection, key, school_id)

    async def reasons_against(self, school_id: SchoolId, ref: PupilRef) -> tuple[str, ...]:
        """Return the codes of all reasons against enrolling a pupil (consent.REASONS): ask before looking at photos."""
        key = await self._keyring.data_key(school_id)
        async with self._database.reading() as connection:
            return await self._reasons_against(connection, key, await registered_school(connection, school_id), ref)

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
            school = await registered_school(connection, school_id, lock=True)
            reasons = await self._reasons_against(connection, key, school, ref)
            if reasons:
                raise InputRejected(f"this pupil may not be enrolled: {', '.join(reasons)}")
            sealed = seal(key, vector, f"gallery/{school_id}/{template_id}")
            await upsert(connection, tables.gallery, asdict(entry) | {"school_id": school_id, "sealed": sealed})
            enrolled = PupilChange(ref=ref, what="enrolled")
            await bump(connection, school_id, "gallery", pupils=(enrolled,), at=now)
        return entry

    async def remove(self, school_id: SchoolId, ref: PupilRef) -> int:
        """Delete a pupil's templates and return how many there were."""
        now = self._clock.now()
        of_pupil = tables.gallery.c.ref == ref
        async with self._database.transaction() as connection:
            await registered_school(connection, school_id, lock=True)
            removed = await delete_templates(connection, school_id, of_pupil, reason="removed_by_hand", at=now)
            if removed:
                told = PupilChange(ref=ref, what="enrolment_removed")
                await bump(connection, school_id, "gallery", pupils=(told,), at=now)
        return len(removed)

    async def entries(self, school_id: SchoolId) -> tuple[TemplateEntry, ...]:
        """Return what may be shown of a school's templates, also of those that expired but are not yet deleted."""
        table = tables.gallery
        wanted = select(table).where(table.c.school_id == school_id).order_by(table.c.template_id)
        async with self._database.reading() as connection:
            found = await connection.execute(wanted)
            return tuple(TemplateEntry(**{name: getattr(row, name) for name in _ENTRY}) for row in found)

    async def _reasons_against(
        self, connection: AsyncConnection, key: bytes, school: School, ref: PupilRef
    ) -> tuple[str, ...]:
        consents = await enrolment_consents(connection, key, school.school_id)
        return reasons_against(school, consents.get(ref), _day(self._clock.now()))


async def enrolment_consents(
    connection: AsyncConnection, key: bytes, school_id: SchoolId
) -> dict[PupilRef, EnrolmentConsent]:
    """Return what a school has recorded for enrolment, by pupil."""
    table = tables.enrolment_consents
    found = await connection.execute(select(table).where(table.c.school_id == school_id))
    return {row.ref: _consent(key, row) for row in found}


async def remove_unlawful(
    connection: AsyncConnection, school: School, consents: Mapping[PupilRef, EnrolmentConsent], at: datetime
) -> tuple[PupilChange, ...]:
    """Delete the templates of those who may not be enrolled any more, and return what changed."""
    table = tables.gallery
    found = await connection.execute(select(table.c.ref).distinct().where(table.c.school_id == school.school_id))
    removed = []
    for ref in sorted(found.scalars()):
        if reasons := reasons_against(school, consents.get(ref), _day(at)):
            # The last reason is the nearest to the pupil: the child's own objection before a parent's, and so on.
            await delete_templates(connection, school.school_id, table.c.ref == ref, reason=reasons[-1], at=at)
            removed.append(PupilChange(ref=ref, what="enrolment_removed"))
    return tuple(removed)


_ENTRY: Final = tuple(TemplateEntry.__dataclass_fields__)
_DATES: Final = ("parents_notified_on", "written_consent_on")


def _fields(consent: EnrolmentConsent) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(consent).items()}


def _consent(key: bytes, row: Any) -> EnrolmentConsent:
    fields = open_row(key, "enrolment_consents", row.school_id, row.ref, row.sealed)
    for name in _DATES:
        fields[name] = None if fields[name] is None else date.fromisoformat(fields[name])
    return EnrolmentConsent(**fields)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
