"""What an audit came to: how far its checks are, and the posts that it found should come down."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import AccountId, BlobKey, CaseId, PostId, RevisionId, RunId, SchoolId
from services.casebook import tables
from services.casebook.checks.check import ALERTED, CHECKED, OPEN, OVERDUE, WITHDRAWN
from services.casebook.viewer import Viewer
from services.policy.scales import DECISION_VERDICTS, most_severe, strictest


@dataclass(frozen=True)
class Progress:
    """How many checks an audit led to, and in which state they are.

    `alerted` are those with a case that the viewer may read; a check whose cases are for others counts as `checked`.
    """

    checks: int
    open: int
    checked: int
    alerted: int
    overdue: int
    withdrawn: int


@dataclass(frozen=True)
class Takedown:
    """A post that an audit found should come down or be looked at, for one audience; times are UTC.

    The words of the post, and with them its address on the platform, lie at `content_key`.
    """

    school_id: SchoolId
    account_id: AccountId
    post_id: PostId
    revision_id: RevisionId
    kind: str
    content_key: BlobKey | None
    published_at: datetime | None
    observed_at: datetime
    audience: str
    severity: str
    verdict: str
    categories: tuple[str, ...]
    clause_ids: tuple[str, ...]
    case_id: CaseId


async def progress(connection: AsyncConnection, viewer: Viewer, run_id: RunId) -> Progress:
    """Count the checks of an audit by state; all zero for one of another school, as for one that never was."""
    checks, alerts = tables.checks, tables.alerts
    of_check = (alerts.c.school_id == checks.c.school_id) & (alerts.c.post_id == checks.c.post_id)
    for_others = (checks.c.state == ALERTED) & ~exists().where(of_check, viewer.sees(alerts))
    state = case((for_others, CHECKED), else_=checks.c.state).label("state")
    counted = await connection.execute(
        select(state, func.count())
        .where(checks.c.school_id.in_(viewer.school_ids), checks.c.run_id == run_id)
        .group_by(state)
    )
    by_state = Counter[str]()
    for name, number in counted:
        by_state[name] = number
    return Progress(
        checks=by_state.total(),
        open=by_state[OPEN],
        checked=by_state[CHECKED],
        alerted=by_state[ALERTED],
        overdue=by_state[OVERDUE],
        withdrawn=by_state[WITHDRAWN],
    )


async def takedowns(connection: AsyncConnection, viewer: Viewer, run_id: RunId) -> tuple[Takedown, ...]:
    """Return what an audit found in posts that still are as they were, as far as this person may read the cases.

    The most severe come first, of these the strictest verdicts, of these the newest posts.
    """
    checks, findings, alerts = tables.checks, tables.findings, tables.alerts
    same_check = (checks.c.school_id == findings.c.school_id) & (checks.c.check_id == findings.c.check_id)
    same_alert = (
        (alerts.c.school_id == findings.c.school_id)
        & (alerts.c.post_id == findings.c.post_id)
        & (alerts.c.audience == findings.c.audience)
    )
    found = await connection.execute(
        select(
            *(checks.c[name] for name in _OF_CHECK),
            *(findings.c[name] for name in _OF_FINDING),
            alerts.c.case_id,
        )
        .select_from(findings)
        .join(checks, same_check)
        .join(alerts, same_alert)
        .where(
            checks.c.school_id.in_(viewer.school_ids),
            checks.c.run_id == run_id,
            findings.c.verdict.is_not(None),
            findings.c.since_changed.is_(False),
            viewer.sees(alerts),
        )
    )
    by_alert: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row in found:
        by_alert[row.school_id, row.post_id, row.audience].append(row)
    return tuple(sorted(map(_takedown, by_alert.values()), key=_rank))


_OF_CHECK = ("school_id", "account_id", "post_id", "revision_id", "kind", "content_key", "published_at", "observed_at")
_OF_FINDING = ("audience", "severity", "verdict", "category", "clause_ids")


def _takedown(rows: list[Any]) -> Takedown:
    same = {name: getattr(rows[0], name) for name in (*_OF_CHECK, "audience", "case_id")}
    return Takedown(
        **same,
        severity=most_severe([row.severity for row in rows]),
        verdict=strictest([row.verdict for row in rows]),
        categories=tuple(sorted({row.category for row in rows})),
        clause_ids=tuple(sorted({clause for row in rows for clause in row.clause_ids})),
    )


def _rank(one: Takedown) -> tuple[str, int, float, str, str]:
    newest = one.published_at or one.observed_at
    return one.severity, -DECISION_VERDICTS.index(one.verdict), -newest.timestamp(), one.post_id, one.audience
