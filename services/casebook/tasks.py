"""What is to be taken down because a school changed something for a pupil whom a post shows.

Every change leads to a task for each post that showed the pupil when the change was made; a task is done when a
person says so, and by itself when the platform no longer has the post, its newest revision no longer shows the pupil,
or the consent was given again. What is open follows from what is known, and not from the order in which it came.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Final

from sqlalchemy import Row, ScalarSelect, Table, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.categories import SEVERITIES
from schemas.ids import AccountId, BlobKey, Digest, PostId, PupilRef, SchoolId, digest
from schemas.status import RegisterChange
from services.casebook import audit_log, tables
from services.casebook.cases import SYSTEM
from services.casebook.checks.check import DELETED, Check, checks_of_revision
from services.casebook.viewer import Viewer, readers
from services.policy.profile import Profile
from services.shared.database import insert_new
from services.shared.errors import InputRejected

TAKEDOWN: Final = "takedown"
REASONS: Final = frozenset({"photo_consent_withdrawn", "name_consent_withdrawn", "enrolled"})
"""The changes after which a post that shows the pupil is to be taken down."""
GIVEN_AGAIN: Final = {f"{consent}_withdrawn": f"{consent}_given" for consent in ("photo_consent", "name_consent")}
"""The later changes after which the post may stay, by the reason that it was to be taken down for."""
_REMEMBERED: Final = REASONS | frozenset(GIVEN_AGAIN.values())
AUDIENCE: Final = "general"
"""Who may read this audience's cases may see the tasks."""
URGENCY: Final = SEVERITIES[1]
RECHECK: Final = "recheck"

OPEN: Final = "open"
DONE: Final = "done"
BY_PERSON: Final = "person"
BY_DELETION: Final = "deleted"
BY_EDIT: Final = "edited"
BY_CONSENT: Final = "consent_given"
Rows = list[Row[Any]]


class TaskNotFound(InputRejected):
    """There is no such task, or this person may not know of it; the two look the same."""


@dataclass(frozen=True)
class Task:
    """A post to take down. `school_id` owns the account, `subject_school_id` the register with the pupil `ref`.

    `reason` is one of REASONS; `how` it was done is `person`, `deleted`, `edited` or `consent_given`; `content_key` is
    where the post's newest words lie, as long as they do. Times are UTC.
    """

    school_id: SchoolId
    task_id: Digest
    kind: str
    post_id: PostId
    account_id: AccountId
    subject_school_id: SchoolId
    ref: PupilRef
    reason: str
    state: str
    opened_at: datetime
    due_by: datetime
    done_at: datetime | None
    done_by: str | None
    how: str | None
    content_key: BlobKey | None


async def remember(connection: AsyncConnection, change: RegisterChange) -> None:
    """Keep what a school changed for its pupils, for the posts of which we hear later."""
    rows = [
        {
            "school_id": change.school_id,
            "change_id": change.change_id,
            "ref": pupil.ref,
            "what": pupil.what,
            "changed_at": change.changed_at,
        }
        for pupil in change.pupils
        if pupil.what in _REMEMBERED
    ]
    await insert_new(connection, tables.pupil_changes, rows)


async def posts_showing(connection: AsyncConnection, change: RegisterChange) -> tuple[tuple[SchoolId, PostId], ...]:
    """Return the posts, with the schools that own them, that were said to show a pupil of the change."""
    shown = tables.subjects
    refs = sorted({pupil.ref for pupil in change.pupils if pupil.what in _REMEMBERED})
    found = await connection.execute(
        select(shown.c.school_id, shown.c.post_id)
        .where(shown.c.subject_school_id == change.school_id, shown.c.ref.in_(refs))
        .distinct()
        .order_by(shown.c.school_id, shown.c.post_id)
    )
    return tuple((row.school_id, row.post_id) for row in found)


async def open_takedowns(
    connection: AsyncConnection, profile: Profile, school: SchoolId, post: PostId, at: datetime
) -> None:
    """Open the tasks that the known changes ask for on a post, and let its newest revision end them.

    `profile` is that of the post's school; the caller holds the lock of the post.
    """
    changes = await _changes(connection, school, post)
    if not changes:
        return
    shown = await _of_post(connection, tables.subjects, school, post)
    seen = await _first_seen(connection, school, post)
    rows = [
        _task(change, school, post, profile, at)
        for change in changes
        if change.what in REASONS
        and any(
            (one.subject_school_id, one.ref) == (change.school_id, change.ref)
            and one.revision_no in seen
            and seen[one.revision_no] <= change.changed_at
            for one in shown
        )
    ]
    if await insert_new(connection, tables.tasks, rows):
        roles = sorted(readers(profile, AUDIENCE))
        may_read = [{"school_id": school, "audience": AUDIENCE, "role": role} for role in roles]
        await insert_new(connection, tables.audience_readers, may_read)
    await _end_answered(connection, school, post, shown, changes, at)


async def list_tasks(
    connection: AsyncConnection,
    viewer: Viewer,
    *,
    states: tuple[str, ...] = (OPEN,),
    posts: Collection[PostId] | None = None,
    limit: int = 200,
) -> tuple[Task, ...]:
    """Return the tasks in these states (of these posts only, if given) that this person may see, most urgent first."""
    tasks = tables.tasks
    of_posts = true() if posts is None else tasks.c.post_id.in_(posts)
    found = await connection.execute(
        select(tasks, _newest_content().label("content_key"))
        .where(viewer.reads(tasks, AUDIENCE), tasks.c.state.in_(states), of_posts)
        .order_by(tasks.c.due_by, tasks.c.post_id, tasks.c.task_id)
        .limit(limit)
    )
    return tuple(_as_task(row) for row in found)


async def complete(connection: AsyncConnection, viewer: Viewer, task_id: Digest, at: datetime) -> None:
    """Say that this person has done the task.

    Raises:
        TaskNotFound: there is none that this person may see.
        InputRejected: it was done before.
    """
    tasks = tables.tasks
    query = select(tasks).where(tasks.c.task_id == task_id, viewer.reads(tasks, AUDIENCE)).with_for_update()
    task = (await connection.execute(query)).one_or_none()
    if task is None:
        raise TaskNotFound("there is no such task, or it is not for you")
    if task.state != OPEN:
        raise InputRejected("this task was done before: reload the page")
    await _change(connection, task, viewer.user_id, BY_PERSON, at)


async def _changes(connection: AsyncConnection, school: SchoolId, post: PostId) -> Rows:
    """Return the known changes of the pupils whom a post was ever said to show."""
    shown, changes = tables.subjects, tables.pupil_changes
    same = (changes.c.school_id == shown.c.subject_school_id) & (changes.c.ref == shown.c.ref)
    found = await connection.execute(
        select(changes)
        .distinct()
        .join(shown, same)
        .where(shown.c.school_id == school, shown.c.post_id == post)
        .order_by(changes.c.school_id, changes.c.change_id, changes.c.ref, changes.c.what)
    )
    return list(found.all())


async def _first_seen(connection: AsyncConnection, school: SchoolId, post: PostId) -> dict[int, datetime]:
    checks = tables.checks
    first = func.min(checks.c.observed_at, type_=checks.c.observed_at.type).label("first")
    found = await connection.execute(
        select(checks.c.revision_no, first)
        .where(checks.c.school_id == school, checks.c.post_id == post)
        .group_by(checks.c.revision_no)
    )
    return {row.revision_no: row.first for row in found}


async def _end_answered(
    connection: AsyncConnection, school: SchoolId, post: PostId, shown: Rows, changes: Rows, at: datetime
) -> None:
    """Bring what was not done by a person to the state that the post's newest revision and the changes ask for."""
    (known,) = await _of_post(connection, tables.posts, school, post)
    checks = await checks_of_revision(connection, school, post, known.newest_revision_no)
    for task in await _of_post(connection, tables.tasks, school, post):
        if task.how == BY_PERSON:
            continue
        showing = [one for one in shown if (one.subject_school_id, one.ref) == (task.subject_school_id, task.ref)]
        answered = _answered_by(checks, known.newest_revision_no, showing)
        how = BY_CONSENT if _is_given_again(task, changes) else answered
        if how != task.how:
            await _change(connection, task, SYSTEM, how, at)


def _answered_by(checks: Iterable[Check], newest: int, showing: Rows) -> str | None:
    """Return what of a post's newest revision answers a task; None when the pupil may still be seen."""
    if any(check.row.cause == DELETED for check in checks):
        return BY_DELETION
    whole = [check for check in checks if check.row.trigger != RECHECK]  # a recheck looks at a part only
    looked = bool(whole) and not any(check.missing or check.unchecked for check in whole)
    left_out = {one["detector"] for check in whole for one in check.row.excluded}
    unseen = looked and not any(one.detector in left_out or one.revision_no >= newest for one in showing)
    return BY_EDIT if unseen else None


def _is_given_again(task: Row[Any], changes: Rows) -> bool:
    of_pupil = [one for one in changes if (one.school_id, one.ref) == (task.subject_school_id, task.ref)]
    return any(
        (asked.change_id, asked.what, given.what) == (task.change_id, task.reason, GIVEN_AGAIN.get(task.reason))
        and asked.changed_at < given.changed_at
        for asked, given in product(of_pupil, repeat=2)
    )


async def _change(connection: AsyncConnection, task: Row[Any], who: str, how: str | None, at: datetime) -> None:
    tasks = tables.tasks
    ended = {"state": DONE, "done_at": at, "done_by": who} if how else {"state": OPEN, "done_at": None, "done_by": None}
    await connection.execute(
        update(tasks)
        .where(tasks.c.school_id == task.school_id, tasks.c.task_id == task.task_id)
        .values(**ended, how=how)
    )
    act = audit_log.Act(who, "complete_task" if how else "reopen_task", task.task_id, how or "")
    await audit_log.append(connection, task.school_id, act, at)


def _task(change: Row[Any], school: SchoolId, post: PostId, profile: Profile, at: datetime) -> dict[str, Any]:
    return {
        "school_id": school,
        "task_id": digest(TAKEDOWN, school, post, change.school_id, change.change_id, change.ref, change.what),
        "kind": TAKEDOWN,
        "post_id": post,
        "account_id": post.partition(":")[0],
        "subject_school_id": change.school_id,
        "ref": change.ref,
        "reason": change.what,
        "change_id": change.change_id,
        "state": OPEN,
        "opened_at": at,
        "due_by": at + timedelta(minutes=profile.respond_within_minutes[URGENCY]),
    }


def _newest_content() -> ScalarSelect[Any]:
    tasks, checks = tables.tasks, tables.checks
    newest = (
        select(checks.c.content_key)
        .where(
            checks.c.school_id == tasks.c.school_id,
            checks.c.post_id == tasks.c.post_id,
            checks.c.content_key.is_not(None),
        )
        .order_by(checks.c.revision_no.desc())
        .limit(1)
    )
    return newest.scalar_subquery()


async def _of_post(connection: AsyncConnection, table: Table, school: SchoolId, post: PostId) -> Rows:
    found = await connection.execute(select(table).where(table.c.school_id == school, table.c.post_id == post))
    return list(found.all())


def _as_task(row: Row[Any]) -> Task:
    return Task(
        school_id=row.school_id,
        task_id=row.task_id,
        kind=row.kind,
        post_id=row.post_id,
        account_id=row.account_id,
        subject_school_id=row.subject_school_id,
        ref=row.ref,
        reason=row.reason,
        state=row.state,
        opened_at=row.opened_at,
        due_by=row.due_by,
        done_at=row.done_at,
        done_by=row.done_by,
        how=row.how,
        content_key=row.content_key,
    )
