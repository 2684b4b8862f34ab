"""What people read: the cases to work on, one case in full, and what is being watched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from schemas.ids import AccountId, CaseId, SchoolId
from services.casebook import audit_log, cases, tables
from services.casebook.alerts import as_alert
from services.casebook.checks.check import DELETED, OPEN, OVERDUE
from services.casebook.deliveries import Delivery, deliveries_of
from services.casebook.evidence import Evidence, evidence_of
from services.casebook.notes import Note, notes_of
from services.casebook.viewer import Viewer
from services.shared.crypto import Keyring

STATES: Final = (cases.OPEN, cases.ACKNOWLEDGED, cases.CLOSED)


@dataclass(frozen=True)
class Case:
    """A case with its alerts; people are user ids, times are UTC. `posts` is how many posts it is about."""

    school_id: SchoolId
    case_id: CaseId
    audience: str
    severity: str
    state: str
    opened_at: datetime
    respond_by: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    posts: int
    alerts: tuple[Alert, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """Everything the case's alerts are about."""
        return tuple(sorted({category for alert in self.alerts for category in alert.categories}))


@dataclass(frozen=True)
class CaseFile:
    """A case with everything a person needs to decide."""

    case: Case
    evidence: tuple[Evidence, ...]
    notes: tuple[Note, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True)
class Watched:
    """How the checks of an account stand; `last_observed_at` is when its newest post or change was read."""

    school_id: SchoolId
    account_id: AccountId
    last_observed_at: datetime
    last_ended_at: datetime | None
    checks: int
    open: int
    overdue: int


async def list_cases(
    connection: AsyncConnection, viewer: Viewer, *, states: tuple[str, ...] = STATES[:2], limit: int = 200
) -> tuple[Case, ...]:
    """Return the cases in these states (those to work on, unless given), the most severe and most urgent first."""
    table = tables.cases
    rows = (
        await connection.execute(
            select(table)
            .where(viewer.sees(table), table.c.state.in_(states))
            .order_by(table.c.severity, table.c.respond_by, table.c.case_id)
            .limit(limit)
        )
    ).all()
    alerts = await _alerts(connection, viewer, [row.case_id for row in rows])
    posts = await cases.count_posts(connection, viewer.school_ids, [row.case_id for row in rows])
    return tuple(_case(row, alerts, posts[row.case_id]) for row in rows)


async def count_cases(connection: AsyncConnection, viewer: Viewer) -> Mapping[tuple[str, str], int]:
    """Count the cases that are not closed by (severity, state)."""
    table = tables.cases
    counted = await connection.execute(
        select(table.c.severity, table.c.state, func.count())
        .where(viewer.sees(table), table.c.state != cases.CLOSED)
        .group_by(table.c.severity, table.c.state)
    )
    return {(severity, state): number for severity, state, number in counted}


async def count_deleted(connection: AsyncConnection, viewer: Viewer, case_ids: Sequence[CaseId]) -> dict[CaseId, int]:
    """Count the posts of each of these cases that the platform no longer has; cases without any are left out."""
    placed, posts, checks = tables.case_posts, tables.posts, tables.checks
    newest = (checks.c.school_id == posts.c.school_id) & (checks.c.post_id == posts.c.post_id)
    counted = await connection.execute(
        select(placed.c.case_id, func.count(placed.c.post_id.distinct()))
        .join(posts, (posts.c.school_id == placed.c.school_id) & (posts.c.post_id == placed.c.post_id))
        .join(checks, newest & (checks.c.revision_no == posts.c.newest_revision_no))
        .where(viewer.sees(placed), placed.c.case_id.in_(case_ids), checks.c.cause == DELETED)
        .group_by(placed.c.case_id)
    )
    return {case_id: number for case_id, number in counted}  # noqa: C416  # a row is no tuple to the type checker


async def open_case_file(
    connection: AsyncConnection, keyring: Keyring, viewer: Viewer, case_id: CaseId, at: datetime
) -> CaseFile:
    """Return a case in full, and write into the audit log that this person looked (so the transaction writes).

    Raises:
        CaseNotFound: there is none that this person may see.
    """
    row = await cases.find(connection, viewer, case_id)
    school = row.school_id
    await audit_log.append(connection, school, audit_log.Act(viewer.user_id, "view", case_id), at)
    posts = await cases.count_posts(connection, [school], [case_id])
    return CaseFile(
        case=_case(row, await _alerts(connection, viewer, [case_id]), posts[case_id]),
        evidence=await evidence_of(connection, school, case_id, row.audience),
        notes=await notes_of(connection, keyring, school, case_id),
        deliveries=await deliveries_of(connection, school, case_id),
    )


async def watched_accounts(connection: AsyncConnection, viewer: Viewer) -> tuple[Watched, ...]:
    """Return the accounts of the viewer's schools from which anything was ever read."""
    checks = tables.checks
    counted = await connection.execute(
        select(
            checks.c.school_id,
            checks.c.account_id,
            func.max(checks.c.observed_at, type_=checks.c.observed_at.type),
            func.max(checks.c.ended_at, type_=checks.c.ended_at.type),
            func.count(),
            func.count().filter(checks.c.state == OPEN),
            func.count().filter(checks.c.state == OVERDUE),
        )
        .where(checks.c.school_id.in_(viewer.school_ids))
        .group_by(checks.c.school_id, checks.c.account_id)
        .order_by(checks.c.school_id, checks.c.account_id)
    )
    return tuple(Watched(*row) for row in counted)


async def _alerts(connection: AsyncConnection, viewer: Viewer, case_ids: list[CaseId]) -> list[Alert]:
    table = tables.alerts
    found = await connection.execute(
        select(table).where(viewer.sees(table), table.c.case_id.in_(case_ids)).order_by(table.c.alert_id)
    )
    return [as_alert(row) for row in found]


def _case(row: Row[Any], alerts: list[Alert], posts: int) -> Case:
    return Case(
        school_id=row.school_id,
        case_id=row.case_id,
        audience=row.audience,
        severity=row.severity,
        state=row.state,
        opened_at=row.opened_at,
        respond_by=row.respond_by,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        outcome=row.outcome,
        posts=posts,
        alerts=tuple(alert for alert in alerts if (alert.school_id, alert.case_id) == (row.school_id, row.case_id)),
    )
