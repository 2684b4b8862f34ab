"""What a person works on: open, acknowledged, closed, and open again when it gets worse. Only people close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.categories import SEVERITIES
from schemas.ids import CaseId, SchoolId
from services.casebook import audit_log, notes, tables
from services.casebook.checks.check import PostKey
from services.casebook.viewer import Viewer
from services.policy.scales import most_severe
from services.shared.crypto import Keyring
from services.shared.database import insert_new
from services.shared.errors import InputRejected

OPEN: Final = "open"
ACKNOWLEDGED: Final = "acknowledged"
CLOSED: Final = "closed"
TRANSITIONS: Final = frozenset({(OPEN, ACKNOWLEDGED), (ACKNOWLEDGED, CLOSED), (CLOSED, OPEN)})
OUTCOMES: Final = ("content_removed", "referred", "spoken_to", "no_action", "false_positive")
TOLD_AT: Final = (1, 10, 100, 1000)
"""People are told of a case at this many posts, not counting what only audits found, and when it gets worse."""
AT_ONCE: Final = SEVERITIES[0]
"""The severity that waits for nothing."""
SYSTEM: Final = "system"
"""The actor of what no person did."""


class CaseNotFound(InputRejected):
    """There is no such case, or this person may not know of it; the two look the same."""


@dataclass(frozen=True)
class Opened:
    """The case of an alert as the alert wants it.

    `rose`: the alert was there and is more severe now; `late`: its post has changed since; `tells`: it is such that
    people are told of it, `first`: for the first time.
    """

    key: PostKey
    case_id: CaseId
    audience: str
    severity: str
    at: datetime
    respond_by: datetime
    readers: frozenset[str]
    rose: bool
    late: bool
    tells: bool
    first: bool


@dataclass(frozen=True)
class Placed:
    """An alert in its case: by when to answer, how severe the case is and how many posts it has now.

    `told`: people are told now.
    """

    respond_by: datetime
    severity: str
    posts: int
    told: bool


async def open_or_raise(connection: AsyncConnection, opened: Opened) -> Placed:
    """Open the alert's case, or add the alert to the one there is.

    A case stays closed unless it gets worse or another post comes to it. One that somebody has taken on is theirs,
    unless what comes to it cannot wait: that opens it again, so that it is seen. By when somebody must have answered
    is never moved back while it is open.
    """
    school, case_id = opened.key.school_id, opened.case_id
    await _open(connection, opened)
    case = await _locked(connection, school, case_id)
    post = {"school_id": school, "case_id": case_id, "post_id": opened.key.post_id}
    added = await insert_new(connection, tables.case_posts, [post])
    posts = (await count_posts(connection, [school], [case_id]))[case_id]
    urgent = opened.tells and opened.severity == AT_ONCE
    done = case.state == CLOSED or (case.state == ACKNOWLEDGED and urgent)
    reopened = done and not opened.late and (opened.rose or bool(added))
    told_posts = case.told_posts + (opened.tells and opened.first)
    told = opened.tells and (told_posts == 1 or reopened or _worth_telling(case, told_posts, opened.severity))
    settled = reopened or case.state == CLOSED
    respond_by: datetime = opened.respond_by if settled else min(case.respond_by, opened.respond_by)
    severity = most_severe([case.severity, opened.severity])
    changes: dict[str, Any] = {"severity": severity, "respond_by": respond_by, "told_posts": told_posts}
    if told:
        changes["told_severity"] = most_severe([*_told_severity(case), opened.severity])
    if reopened:
        changes |= {"state": OPEN, "acknowledged_at": None, "acknowledged_by": None}
        changes |= {"closed_at": None, "closed_by": None, "outcome": None}
        await audit_log.append(connection, school, audit_log.Act(SYSTEM, "reopen", case_id), opened.at)
    await _change(connection, school, case_id, changes)
    return Placed(respond_by, severity, posts, told)


async def count_posts(
    connection: AsyncConnection, schools: Sequence[SchoolId], case_ids: Sequence[CaseId]
) -> Mapping[CaseId, int]:
    """Count the posts of each of these schools' cases."""
    posts = tables.case_posts
    counted = await connection.execute(
        select(posts.c.case_id, func.count().label("posts"))
        .where(posts.c.school_id.in_(schools), posts.c.case_id.in_(case_ids))
        .group_by(posts.c.case_id)
    )
    return {row.case_id: row.posts for row in counted}


async def acknowledge(connection: AsyncConnection, viewer: Viewer, case_id: CaseId, at: datetime) -> None:
    """Say that this person has taken the case on.

    Raises:
        CaseNotFound: there is none that this person may see.
        InputRejected: the case is not open.
    """
    case = await find(connection, viewer, case_id)
    _must_allow(case, ACKNOWLEDGED)
    changes = {"state": ACKNOWLEDGED, "acknowledged_at": at, "acknowledged_by": viewer.user_id}
    await _change(connection, case.school_id, case_id, changes)
    await audit_log.append(connection, case.school_id, audit_log.Act(viewer.user_id, "acknowledge", case_id), at)


async def close(
    connection: AsyncConnection,
    keyring: Keyring,
    viewer: Viewer,
    case_id: CaseId,
    *,
    outcome: str,
    note: str,
    at: datetime,
) -> None:
    """Close an acknowledged case with an outcome (one of OUTCOMES) and a note (may be empty), which is kept sealed.

    Raises:
        CaseNotFound: there is none that this person may see.
        InputRejected: the case was not acknowledged, or there is no such outcome.
    """
    case = await find(connection, viewer, case_id)
    _must_allow(case, CLOSED)
    if outcome not in OUTCOMES:
        raise InputRejected(f"there is no such outcome; choose one of {', '.join(OUTCOMES)}")
    changes = {"state": CLOSED, "closed_at": at, "closed_by": viewer.user_id, "outcome": outcome}
    await _change(connection, case.school_id, case_id, changes)
    if note.strip():
        await notes.write(connection, keyring, notes.Draft(case.school_id, case_id, viewer.user_id, note), at)
    act = audit_log.Act(viewer.user_id, "close", case_id, outcome)
    await audit_log.append(connection, case.school_id, act, at)


async def add_note(
    connection: AsyncConnection, keyring: Keyring, viewer: Viewer, case_id: CaseId, *, text: str, at: datetime
) -> None:
    """Add a note to a case; it is kept sealed.

    Raises:
        CaseNotFound: there is none that this person may see.
        InputRejected: the note is empty.
    """
    case = await find(connection, viewer, case_id)
    if not text.strip():
        raise InputRejected("the note is empty: write something first")
    await notes.write(connection, keyring, notes.Draft(case.school_id, case_id, viewer.user_id, text), at)
    await audit_log.append(connection, case.school_id, audit_log.Act(viewer.user_id, "note", case_id), at)


async def find(connection: AsyncConnection, viewer: Viewer, case_id: CaseId) -> Row[Any]:
    """Return the case's row, locked until the transaction ends.

    Raises:
        CaseNotFound: there is none that this person may see.
    """
    cases = tables.cases
    query = select(cases).where(cases.c.case_id == case_id, viewer.sees(cases)).with_for_update()
    found = (await connection.execute(query)).one_or_none()
    if found is None:
        raise CaseNotFound("there is no such case, or it is not for you")
    return found


def _must_allow(case: Row[Any], state: str) -> None:
    if (case.state, state) not in TRANSITIONS:
        raise InputRejected(f"a case that is {case.state} cannot become {state}: reload the page")


async def _open(connection: AsyncConnection, opened: Opened) -> None:
    school, case_id = opened.key.school_id, opened.case_id
    row = {
        "school_id": school,
        "case_id": case_id,
        "root_id": opened.key.root_id,
        "audience": opened.audience,
        "severity": opened.severity,
        "state": OPEN,
        "opened_at": opened.at,
        "respond_by": opened.respond_by,
        "told_posts": 0,
    }
    await insert_new(connection, tables.cases, [row])
    roles = [{"school_id": school, "case_id": case_id, "role": role} for role in sorted(opened.readers)]
    await insert_new(connection, tables.case_readers, roles)


def _worth_telling(case: Row[Any], told_posts: int, severity: str) -> bool:
    """Tell whether a case of several posts has grown so much, or become so much worse, that people are told."""
    grown = told_posts > case.told_posts and told_posts in TOLD_AT
    return grown or any(severity < told for told in _told_severity(case))


def _told_severity(case: Row[Any]) -> list[str]:
    """Return the severity that people know of the case, if they know of it; the first release did not write it down."""
    return [case.told_severity or case.severity] if case.told_posts else []


async def _locked(connection: AsyncConnection, school: str, case_id: CaseId) -> Row[Any]:
    cases = tables.cases
    query = select(cases).where(cases.c.school_id == school, cases.c.case_id == case_id).with_for_update()
    return (await connection.execute(query)).one()


async def _change(connection: AsyncConnection, school: str, case_id: CaseId, changes: dict[str, Any]) -> None:
    cases = tables.cases
    await connection.execute(
        update(cases).where(cases.c.school_id == school, cases.c.case_id == case_id).values(**changes)
    )
