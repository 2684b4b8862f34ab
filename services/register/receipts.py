"""Deletions of what is about a person: each leaves a receipt that proves it and keeps nothing of what was deleted."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import PupilRef, SchoolId
from schemas.status import PupilChange
from services.register import consent, tables

REASONS: Final = consent.REASONS | {
    "removed_by_hand": "somebody took the pupil out of the gallery",
    "template_expired": "the template was a year old",
    "photo_consent_expired": "the last day of the consent to photos has passed",
    "name_consent_expired": "the last day of the consent to names has passed",
    "not_in_export": "the pupil was in the school's export no longer",
    "leaving_date_passed": "the pupil's leaving date has passed",
}
"""Why something was deleted, in words, by the reason's code."""


async def give_receipts(
    connection: AsyncConnection, school_id: SchoolId, what: str, refs: Iterable[PupilRef], *, reason: str, at: datetime
) -> None:
    """Record that something of these pupils was deleted: `template`, `enrolment_consent`, `consent` or `pupil`."""
    rows = [
        {
            "receipt_id": uuid.uuid4().hex,
            "school_id": school_id,
            "what": what,
            "ref": ref,
            "reason": reason,
            "deleted_at": at,
        }
        for ref in refs
    ]
    if rows:
        await connection.execute(insert(tables.receipts), rows)


async def delete_templates(
    connection: AsyncConnection, school_id: SchoolId, which: ColumnElement[bool], *, reason: str, at: datetime
) -> tuple[PupilRef, ...]:
    """Delete those of a school's templates that meet a condition, and return whose they were, one for each template."""
    table = tables.gallery
    deleted = delete(table).where(table.c.school_id == school_id, which).returning(table.c.ref)
    refs = tuple((await connection.execute(deleted)).scalars())
    await give_receipts(connection, school_id, "template", refs, reason=reason, at=at)
    return refs


async def delete_pupil(
    connection: AsyncConnection, school_id: SchoolId, ref: PupilRef, *, reason: str, at: datetime
) -> tuple[PupilChange, ...]:
    """Delete a pupil with templates and all consents, and return what changed."""
    templates = await delete_templates(connection, school_id, tables.gallery.c.ref == ref, reason=reason, at=at)
    for what, table in (("enrolment_consent", tables.enrolment_consents), ("pupil", tables.pupils)):
        deleted = delete(table).where(table.c.school_id == school_id, table.c.ref == ref).returning(table.c.ref)
        refs = (await connection.execute(deleted)).scalars()
        await give_receipts(connection, school_id, what, refs, reason=reason, at=at)
    removed = (PupilChange(ref=ref, what="enrolment_removed"),) if templates else ()
    return (*removed, PupilChange(ref=ref, what="left"))
