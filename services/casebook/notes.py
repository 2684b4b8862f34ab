"""What people write about a case, sealed with the school's key: it may name people."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import CaseId, SchoolId
from services.casebook import tables
from services.shared.crypto import Keyring, seal, unseal


@dataclass(frozen=True)
class Draft:
    """A note before it is kept."""

    school_id: SchoolId
    case_id: CaseId
    author_id: str
    text: str


@dataclass(frozen=True)
class Note:
    """A note as it is read."""

    author_id: str
    text: str
    written_at: datetime


async def write(connection: AsyncConnection, keyring: Keyring, draft: Draft, at: datetime) -> None:
    """Keep a note."""
    note_id = uuid.uuid4().hex
    key = await keyring.data_key(draft.school_id)
    await connection.execute(
        insert(tables.notes).values(
            school_id=draft.school_id,
            note_id=note_id,
            case_id=draft.case_id,
            author_id=draft.author_id,
            sealed_text=seal(key, draft.text.encode(), note_id),
            written_at=at,
        )
    )


async def notes_of(
    connection: AsyncConnection, keyring: Keyring, school: SchoolId, case_id: CaseId
) -> tuple[Note, ...]:
    """Return the notes of a case, the oldest first; the caller has found out that the reader may see the case."""
    notes = tables.notes
    found = await connection.execute(
        select(notes)
        .where(notes.c.school_id == school, notes.c.case_id == case_id)
        .order_by(notes.c.written_at, notes.c.note_id)
    )
    key = await keyring.data_key(school)
    return tuple(
        Note(row.author_id, unseal(key, row.sealed_text, row.note_id).decode(), row.written_at) for row in found
    )
