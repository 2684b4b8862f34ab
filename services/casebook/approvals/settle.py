"""Decides, once and whatever came first, whether a revision shows what was approved."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.analysis import Finding
from schemas.categories import APPROVALS
from schemas.ids import PostId, SchoolId
from services.casebook import accounts, audit_log, drafts, tables
from services.casebook.approvals import live
from services.casebook.approvals.compare import LATITUDE, Approved, Departure, departure, matching
from services.casebook.approvals.live import Revision
from services.casebook.cases import SYSTEM
from services.policy.profile import Profile
from services.shared.database import insert_new

VERSION: Final = "1"
SETTLED_AFTER: Final = LATITUDE + timedelta(seconds=30)
"""From then on no approval that counts can be on its way."""
PATIENCE: Final = timedelta(minutes=10)
"""How long a revision waits for earlier ones, for pictures, and for the first word of its account."""
PICTURES_COME_WITHIN: Final = timedelta(hours=9)
"""Longer than a platform is asked for a picture: so long one that was approved with these words may still prove it."""
APPROVED: Final = "approved"
BEFORE: Final = "before"
"""The outcome of what went live before its account was watched, when nobody could ask for an approval."""
COMPLETED: Final = "completed"
"""The outcome of a revision that the next one completes with its pictures: that one is compared."""


async def settle(
    connection: AsyncConnection, profile: Profile, school: SchoolId, post: PostId, number: int, at: datetime
) -> None:
    """Compare a revision with the school's drafts as soon as that can be done, and record the finding if there is one.

    The caller holds the post's lock. A match is recorded at once; that there is none only when no approval and no
    revision that count can come any more.
    """
    revisions = await live.revisions_of(connection, school, post)
    revision = revisions.get(number)
    if revision is None:
        return
    if revision.shown is not None:
        await live.wake_later(connection, school, post, number, at)
    if revision.compared or revision.shown is None:
        return
    approved = await _approved(connection, revision.row, revision.shown.live_at)
    draft = matching(revision.shown, approved)
    watched_since = await accounts.watched_since(connection, school, revision.row.account_id)
    ready = _ready_at(revision.row, revision.shown.live_at, revisions, is_watched=watched_since is not None)
    if revision.row.pending and any(one.text_ref == revision.shown.text_ref for one in approved):
        ready = max(ready, revision.row.recorded_at + PICTURES_COME_WITHIN)
    if draft is not None and (revision.dated or at >= ready):
        await _link(connection, revision, draft, at)
        await live.end(connection, revision, APPROVED)
    elif watched_since is not None and revision.shown.live_at < watched_since:
        await live.end(connection, revision, BEFORE)
    elif at < ready:
        await live.wait(connection, revision, ready)
    elif revision.row.pending and _next_brings_pictures(revision, revisions):
        await live.end(connection, revision, COMPLETED)
    else:
        earlier = [one.shown for other, one in revisions.items() if other < number and one.shown is not None]
        found = departure(revision.shown, earlier, approved)
        if profile.approval.required:
            await _add_finding(connection, revision, found)
        await live.end(connection, revision, found.category)


def _ready_at(row: Row[Any], live_at: datetime, revisions: dict[int, Revision], *, is_watched: bool) -> datetime:
    ready = live_at + SETTLED_AFTER
    before = [revisions.get(number) for number in range(1, row.revision_no)]
    if not is_watched or row.pending or any(one is None or one.shown is None for one in before):
        ready = max(ready, row.recorded_at + PATIENCE)
    return ready


def _next_brings_pictures(revision: Revision, revisions: dict[int, Revision]) -> bool:
    following = revisions.get(revision.row.revision_no + 1)
    return following is not None and following.row.cause == live.MEDIA


async def _approved(connection: AsyncConnection, row: Row[Any], live_at: datetime) -> list[Approved]:
    table = tables.drafts
    found = await connection.execute(
        select(table.c.draft_id, table.c.text_ref, table.c.pictures, table.c.decided_at).where(
            table.c.school_id == row.school_id,
            table.c.account_id == row.account_id,
            table.c.state == drafts.APPROVED,
            table.c.decided_at <= live_at + LATITUDE,
        )
    )
    return [Approved(one.draft_id, one.text_ref, tuple(one.pictures), one.decided_at) for one in found]


async def _link(connection: AsyncConnection, revision: Revision, draft: Approved, at: datetime) -> None:
    """Show people which live post a draft became: the first that is seen."""
    table, school, post = tables.drafts, revision.row.school_id, revision.row.post_id
    linked = await connection.execute(
        update(table)
        .where(table.c.school_id == school, table.c.draft_id == draft.draft_id, table.c.post_id.is_(None))
        .values(post_id=post, linked_at=at)
    )
    if linked.rowcount == 1:
        await audit_log.append(connection, school, audit_log.Act(SYSTEM, "link_draft", draft.draft_id, post), at)


async def _add_finding(connection: AsyncConnection, revision: Revision, found: Departure) -> None:
    """Add the finding beside those of the detectors, so that it is judged like them."""
    row, posts = revision.row, tables.posts
    check = (
        await connection.execute(
            select(tables.checks.c.revision_id, posts.c.newest_revision_no)
            .join(
                posts, (posts.c.school_id == tables.checks.c.school_id) & (posts.c.post_id == tables.checks.c.post_id)
            )
            .where(tables.checks.c.school_id == row.school_id, tables.checks.c.check_id == row.check_id)
        )
    ).one()
    finding = Finding(
        finding_id=ids.finding_id(row.post_id, found.category, "", "post", ""),
        category=found.category,
        confidence=1.0,
        rule_id=found.rule_id,
        facts={"differs": found.differs} if found.differs else {},
    )
    entry: dict[str, Any] = {
        "school_id": row.school_id,
        "analysis_id": ids.analysis_id(row.check_id, APPROVALS, VERSION, ""),
        "finding_id": finding.finding_id,
        "check_id": row.check_id,
        "post_id": row.post_id,
        "revision_id": check.revision_id,
        "revision_no": row.revision_no,
        "since_changed": row.revision_no < check.newest_revision_no,
        "detector": APPROVALS,
        "category": finding.category,
        "finding": finding.model_dump(mode="json"),
    }
    await insert_new(connection, tables.findings, [entry])
