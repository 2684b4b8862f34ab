"""Posts before they are published: what was checked, who approved exactly that, and which live post it became."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.analysis import Analysis
from schemas.ids import AccountId, AttachmentKey, BlobKey, Digest, PostId, SchoolId
from services.casebook import audit_log, tables
from services.casebook.viewer import Viewer, readers
from services.policy.profile import Profile
from services.policy.scales import ALLOW, BLOCK
from services.shared.crypto import Keyring, seal, unseal
from services.shared.database import insert_new
from services.shared.errors import InputRejected

AUDIENCE: Final = "general"
"""Who reads this audience's cases reads the school's drafts."""
CHECKED: Final = "checked"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"


class DraftNotFound(InputRejected):
    """There is no such draft, or this person may not know of it; the two look the same."""


@dataclass(frozen=True)
class NewDraft:
    """A draft with what its checks made of it.

    `content_hash` is `content_hash()` of what was checked, `pictures` are perceptual hashes (hexadecimal), `verdict`
    is that of `policy.decide`.
    """

    school_id: SchoolId
    draft_id: PostId
    account_id: AccountId
    author_id: str
    content_key: BlobKey
    media_keys: Mapping[AttachmentKey, BlobKey]
    content_hash: str
    text_ref: Digest
    pictures: tuple[str, ...]
    verdict: str
    analyses: tuple[Analysis, ...]
    checked_at: datetime


@dataclass(frozen=True)
class Draft(NewDraft):
    """A draft as it stands: `checked`, `approved` or `rejected`; `post_id` is the live post that shows it."""

    state: str
    decided_by: str | None
    decided_at: datetime | None
    post_id: PostId | None
    linked_at: datetime | None


@dataclass(frozen=True)
class Reserved:
    """Where a draft's text and pictures may lie although it is not recorded."""

    school_id: SchoolId
    draft_id: PostId
    blobs: tuple[BlobKey, ...]


def content_hash(text: str, pictures: Iterable[bytes]) -> str:
    """Hash the exact text and the bytes of each picture, in their order (64 hexadecimal digits)."""
    digest = hashlib.sha256()
    for part in (text.encode(), *pictures):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


async def reserve(connection: AsyncConnection, reserved: Reserved, at: datetime) -> None:
    """Note where a draft will lie, before it is written: what is never recorded is found by this and deleted."""
    row = {
        "school_id": reserved.school_id,
        "draft_id": reserved.draft_id,
        "blobs": list(reserved.blobs),
        "reserved_at": at,
    }
    await connection.execute(insert(tables.draft_blobs).values(row))


async def release(connection: AsyncConnection, school: SchoolId, draft_id: PostId) -> None:
    """Forget where a draft lies that is recorded now, or deleted; one that was never reserved is no error."""
    table = tables.draft_blobs
    await connection.execute(delete(table).where(table.c.school_id == school, table.c.draft_id == draft_id))


async def never_recorded(connection: AsyncConnection, reserved_before: datetime) -> Sequence[Reserved]:
    """Return where all schools' drafts lie that were reserved before then and are still not recorded."""
    table = tables.draft_blobs
    found = await connection.execute(select(table).where(table.c.reserved_at < reserved_before))
    return [Reserved(row.school_id, row.draft_id, tuple(row.blobs)) for row in found]


async def record(connection: AsyncConnection, profile: Profile, draft: NewDraft) -> None:
    """Keep a draft that was checked; those may read it who read the school's general cases or approve drafts."""
    row = {
        "school_id": draft.school_id,
        "draft_id": draft.draft_id,
        "account_id": draft.account_id,
        "author_id": draft.author_id,
        "content_key": draft.content_key,
        "media_keys": dict(draft.media_keys),
        "content_hash": draft.content_hash,
        "text_ref": draft.text_ref,
        "pictures": list(draft.pictures),
        "verdict": draft.verdict,
        "analyses": [analysis.model_dump(mode="json") for analysis in draft.analyses],
        "checked_at": draft.checked_at,
        "state": CHECKED,
    }
    await connection.execute(insert(tables.drafts).values(row))
    await release(connection, draft.school_id, draft.draft_id)
    roles = readers(profile, AUDIENCE) | set(profile.approval.roles)
    same = {"school_id": draft.school_id, "draft_id": draft.draft_id}
    await insert_new(connection, tables.draft_readers, [same | {"role": role} for role in sorted(roles)])
    await _log(connection, draft.school_id, draft.author_id, "check_draft", draft.draft_id, draft.checked_at)


async def find(connection: AsyncConnection, viewer: Viewer, draft_id: PostId) -> Draft:
    """Return a draft.

    Raises:
        DraftNotFound: there is none that this person may see.
    """
    return _draft(await _row(connection, viewer, draft_id))


async def list_drafts(connection: AsyncConnection, viewer: Viewer, *, limit: int = 100) -> tuple[Draft, ...]:
    """Return the drafts that this person may see, the newest first."""
    drafts = tables.drafts
    found = await connection.execute(
        select(drafts).where(_sees(viewer)).order_by(drafts.c.checked_at.desc(), drafts.c.draft_id).limit(limit)
    )
    return tuple(_draft(row) for row in found)


async def blobs_checked_between(connection: AsyncConnection, since: datetime, until: datetime) -> tuple[BlobKey, ...]:
    """Return where the texts and pictures lie of all schools' drafts that were checked from `since` until `until`."""
    drafts = tables.drafts
    found = await connection.execute(
        select(drafts.c.content_key, drafts.c.media_keys).where(
            drafts.c.checked_at >= since, drafts.c.checked_at < until
        )
    )
    return tuple(blob for row in found for blob in (row.content_key, *row.media_keys.values()))


async def reason_of(connection: AsyncConnection, keyring: Keyring, viewer: Viewer, draft_id: PostId) -> str:
    """Return why a draft was approved or rejected; empty when nobody said.

    Raises:
        DraftNotFound: there is none that this person may see.
    """
    row = await _row(connection, viewer, draft_id)
    if row.sealed_reason is None:
        return ""
    return unseal(await keyring.data_key(row.school_id), row.sealed_reason, draft_id).decode()


async def approve(  # noqa: PLR0913  # each is one part of what is approved, by whom and why
    connection: AsyncConnection,
    keyring: Keyring,
    profile: Profile,
    viewer: Viewer,
    draft_id: PostId,
    *,
    content_hash: str,
    reason: str,
    at: datetime,
) -> None:
    """Approve exactly what this person read; `profile` is that of the draft's school.

    Raises:
        DraftNotFound: there is none that this person may see.
        InputRejected: it was decided already, it is not what was read, its verdict needs a reason or forbids it, or
            this person may not approve.
    """
    row = await _row(connection, viewer, draft_id, lock=True)
    if not set(profile.approval.roles) & set(viewer.roles):
        raise InputRejected("you may not approve drafts: ask somebody who may")
    if row.content_hash != content_hash:
        raise InputRejected("this is not the draft that you read: open it again")
    if row.verdict == BLOCK:
        raise InputRejected("this draft must not be published as it stands: change it and check it again")
    if row.verdict != ALLOW and not reason.strip():
        raise InputRejected("say why this may be published although the checks did not clear it")
    await _decide(connection, keyring, row, APPROVED, viewer, reason, at)


async def reject(
    connection: AsyncConnection, keyring: Keyring, viewer: Viewer, draft_id: PostId, *, reason: str, at: datetime
) -> None:
    """Turn a draft down.

    Raises:
        DraftNotFound: there is none that this person may see.
        InputRejected: it was decided already, or no reason is given.
    """
    row = await _row(connection, viewer, draft_id, lock=True)
    if not reason.strip():
        raise InputRejected("say why, so that its author can change it")
    await _decide(connection, keyring, row, REJECTED, viewer, reason, at)


async def _decide(
    connection: AsyncConnection,
    keyring: Keyring,
    row: Row[Any],
    state: str,
    viewer: Viewer,
    reason: str,
    at: datetime,
) -> None:
    if row.state != CHECKED:
        raise InputRejected(f"this draft was {row.state} already: reload the page")
    key = await keyring.data_key(row.school_id)
    sealed = seal(key, reason.strip().encode(), row.draft_id) if reason.strip() else None
    drafts = tables.drafts
    await connection.execute(
        update(drafts)
        .where(drafts.c.school_id == row.school_id, drafts.c.draft_id == row.draft_id)
        .values(state=state, decided_by=viewer.user_id, decided_at=at, sealed_reason=sealed)
    )
    action = "approve_draft" if state == APPROVED else "reject_draft"
    await _log(connection, row.school_id, viewer.user_id, action, row.draft_id, at)


async def _log(
    connection: AsyncConnection, school: SchoolId, actor_id: str, action: str, draft_id: PostId, at: datetime
) -> None:
    await audit_log.append(connection, school, audit_log.Act(actor_id, action, draft_id), at)


async def _row(connection: AsyncConnection, viewer: Viewer, draft_id: PostId, *, lock: bool = False) -> Row[Any]:
    drafts = tables.drafts
    query = select(drafts).where(drafts.c.draft_id == draft_id, _sees(viewer))
    found = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise DraftNotFound("there is no such draft, or it is not for you")
    return found


def _sees(viewer: Viewer) -> ColumnElement[bool]:
    drafts, table = tables.drafts, tables.draft_readers
    may_read = exists().where(
        table.c.school_id == drafts.c.school_id,
        table.c.draft_id == drafts.c.draft_id,
        table.c.role.in_(viewer.roles),
    )
    return drafts.c.school_id.in_(viewer.school_ids) & may_read


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        school_id=row.school_id,
        draft_id=row.draft_id,
        account_id=row.account_id,
        author_id=row.author_id,
        content_key=row.content_key,
        media_keys=row.media_keys,
        content_hash=row.content_hash,
        text_ref=row.text_ref,
        pictures=tuple(row.pictures),
        verdict=row.verdict,
        analyses=tuple(Analysis.model_validate(analysis) for analysis in row.analyses),
        checked_at=row.checked_at,
        state=row.state,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        post_id=row.post_id,
        linked_at=row.linked_at,
    )
