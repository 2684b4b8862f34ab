"""What the official posts show, revision by revision, and which of it is still to be compared with the drafts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.categories import DETAILS
from schemas.ids import AccountId, PostId, SchoolId
from schemas.post import Post
from services.casebook import tables
from services.casebook.approvals.compare import Shown
from services.casebook.checks.check import LIVE, OFFICIAL, PostKey
from services.shared.database import insert_new

APPROVED_KINDS: Final = frozenset({"post", "story"})
"""What is approved before it goes live; what the account answers to others is not."""
CREATED: Final = "created"
MEDIA: Final = "media"
PENDING: Final = "pending"
"""Why a picture is missing that may still come: the post gets another revision then."""
LINK: Final = "link"


@dataclass(frozen=True)
class Revision:
    """A revision of an official post; `shown` is None while the detector that knows pictures has not answered.

    `dated`: it is known since when it is live. What only brings the pictures of an earlier one is live since that.
    """

    row: Row[Any]
    shown: Shown | None
    dated: bool

    @property
    def compared(self) -> bool:
        """Tell whether its comparison is done, or it is none that is compared."""
        return self.row.check_id is None or self.row.outcome is not None


@dataclass(frozen=True)
class DueRevision:
    """A revision whose comparison waited for time to pass."""

    key: PostKey
    revision_no: int


async def record(connection: AsyncConnection, post: Post, at: datetime) -> None:
    """Note what a revision of an official post shows. Only a live check leads to a comparison."""
    if post.author.relation != OFFICIAL or post.kind not in APPROVED_KINDS or post.text_ref is None:
        return
    pictures = [each for each in post.attachments if each.kind != LINK]
    check_id = post.check_id if post.trigger == LIVE else None
    table = tables.live_revisions
    row = {
        "school_id": post.school_id,
        "post_id": post.post_id,
        "revision_no": post.revision_no,
        "account_id": post.account_id,
        "check_id": check_id,
        "cause": post.cause,
        "text_ref": post.text_ref,
        "pictures": [each.media.rpartition("/")[2] if each.media else None for each in pictures],
        "awaits_answer": DETAILS in post.required and any(each.media for each in pictures),
        "pending": any(each.media is None and each.missing_reason == PENDING for each in pictures),
        "live_at": _live_at(post),
        "recorded_at": at,
    }
    if not await insert_new(connection, table, [row]) and check_id is not None:
        await connection.execute(
            update(table)
            .where(*_is(post.school_id, post.post_id), table.c.revision_no == post.revision_no)
            .values(check_id=check_id, live_at=row["live_at"])
        )


async def revisions_of(connection: AsyncConnection, school: SchoolId, post: PostId) -> dict[int, Revision]:
    """Return what is known of an official post's revisions, by number; empty for any other post."""
    table, answers = tables.live_revisions, tables.answers
    rows = {row.revision_no: row for row in await connection.execute(select(table).where(*_is(school, post)))}
    if not rows:
        return {}
    found = await connection.execute(
        select(answers.c.revision_no, answers.c.media_facts).where(
            answers.c.school_id == school, answers.c.post_id == post, answers.c.detector == DETAILS
        )
    )
    hashes: dict[int, dict[str, str | None]] = {}
    for answer in found:
        known = hashes.setdefault(answer.revision_no, {})
        known |= {fact["sha256"]: fact["perceptual_hash"] for fact in answer.media_facts or ()}
    begun = {number: _begun(row, rows) for number, row in rows.items()}
    return {
        number: Revision(row, _shown(row, begun[number] or row.live_at, hashes.get(number)), begun[number] is not None)
        for number, row in rows.items()
    }


async def end(connection: AsyncConnection, revision: Revision, outcome: str) -> None:
    """Say how a revision's comparison ended."""
    await _change(connection, revision, outcome=outcome, compare_at=None)


async def wait(connection: AsyncConnection, revision: Revision, until: datetime) -> None:
    """Put a revision's comparison off."""
    await _change(connection, revision, compare_at=until)


async def wake_later(connection: AsyncConnection, school: SchoolId, post: PostId, number: int, at: datetime) -> None:
    """Compare those revisions again that waited for this one, or for time to pass."""
    table = tables.live_revisions
    await connection.execute(
        update(table)
        .where(*_is(school, post), table.c.revision_no > number, table.c.compare_at > at)
        .values(compare_at=at)
    )


async def wake_account(connection: AsyncConnection, school: SchoolId, account_id: AccountId, at: datetime) -> None:
    """Compare the revisions of an account again that wait for time to pass."""
    table = tables.live_revisions
    await connection.execute(
        update(table)
        .where(table.c.school_id == school, table.c.account_id == account_id, table.c.compare_at > at)
        .values(compare_at=at)
    )


async def due(connection: AsyncConnection, at: datetime, limit: int) -> tuple[DueRevision, ...]:
    """Return the revisions that are to be compared now."""
    table = tables.live_revisions
    found = await connection.execute(
        select(table).where(table.c.compare_at <= at).order_by(table.c.compare_at, table.c.post_id).limit(limit)
    )
    return tuple(
        DueRevision(PostKey(row.school_id, row.account_id, row.post_id, row.post_id), row.revision_no) for row in found
    )


def _live_at(post: Post) -> datetime:
    """Return since when the revision is live: as far as the platform says, otherwise when it was seen."""
    published = post.published_at if post.cause == CREATED else None
    return post.edited_at or published or post.observed_at


def _begun(row: Row[Any] | None, rows: Mapping[int, Row[Any]]) -> datetime | None:
    while row is not None and row.cause == MEDIA:
        row = rows.get(row.revision_no - 1)
    return row.live_at if row is not None else None


def _shown(row: Row[Any], live_at: datetime, hashes: dict[str, str | None] | None) -> Shown | None:
    if row.awaits_answer and hashes is None:
        return None
    known = hashes or {}
    return Shown(row.text_ref, tuple(known.get(picture or "") for picture in row.pictures), live_at)


def _is(school: SchoolId, post: PostId) -> tuple[Any, Any]:
    table = tables.live_revisions
    return table.c.school_id == school, table.c.post_id == post


async def _change(connection: AsyncConnection, revision: Revision, **values: Any) -> None:
    table, row = tables.live_revisions, revision.row
    await connection.execute(
        update(table).where(*_is(row.school_id, row.post_id), table.c.revision_no == row.revision_no).values(**values)
    )
