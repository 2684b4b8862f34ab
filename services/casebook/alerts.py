"""What somebody must see about a post: one alert per school, post and audience, and each of its generations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.alert import Alert
from schemas.categories import SEVERITIES
from schemas.ids import Digest, SchoolId
from services.casebook import cases, tables
from services.casebook.checks.check import PostKey
from services.casebook.viewer import readers
from services.policy.decide import AudienceDecision
from services.policy.profile import Profile
from services.policy.route import Route, route
from services.policy.scales import most_severe
from services.shared.database import insert_new


@dataclass(frozen=True)
class Raised:
    """An alert after a decision; `new` says that this is a generation to be announced along the route."""

    alert: Alert
    route: Route
    new: bool


async def raise_alert(
    connection: AsyncConnection,
    key: PostKey,
    decision: AudienceDecision,
    profile: Profile,
    at: datetime,
    *,
    late: bool = False,
) -> Raised:
    """Add a decision to the post's alert; return the alert, which may say nothing new.

    An alert only grows: its categories, clauses and findings are a union, its severity the highest ever decided.
    `late` says that the post has changed since: its case is not reopened.
    """
    previous = await _find(connection, key, decision.audience)
    severity = most_severe([decision.severity, previous.severity]) if previous else decision.severity
    categories = _union(previous and previous.categories, decision.categories)
    number = generation(categories, severity)
    new = previous is None or number > previous.generation
    routed = route(profile, decision.audience, severity, at)
    case_id = previous.case_id if previous else ids.case_id(key.school_id, key.post_id, decision.audience)
    rose = previous is not None and severity < previous.severity
    respond_by = previous.respond_by if previous else routed.respond_by
    if new:
        who = readers(profile, decision.audience)
        opened = cases.Opened(key, case_id, decision.audience, severity, at, routed.respond_by, who)
        respond_by = await cases.open_or_raise(connection, opened, reopen=rose and not late)
    axis, nature, kcsie_area = await _nature(connection, key, decision)
    alert = Alert(
        alert_id=ids.alert_id(key.school_id, key.post_id, decision.audience),
        generation=number,
        school_id=key.school_id,
        account_id=key.account_id,
        post_id=key.post_id,
        case_id=case_id,
        audience=decision.audience,
        severity=severity,
        categories=categories,
        clause_ids=_union(previous and previous.clause_ids, decision.clause_ids),
        axis=axis,
        nature=nature,
        kcsie_area=kcsie_area,
        profile_version=profile.version,
        finding_ids=_union(previous and previous.finding_ids, decision.finding_ids),
        raised_at=previous.raised_at if previous and not new else at,
        respond_by=respond_by,
    )
    await _write(connection, alert, new=new)
    return Raised(alert, routed, new)


def generation(categories: Sequence[str], severity: str) -> int:
    """Number what an alert says: one for each category and one for each step above the lowest severity.

    So the number rises with a new category or a higher severity and with nothing else, and events that come in
    another order lead to the same number.
    """
    return len(categories) + len(SEVERITIES) - 1 - SEVERITIES.index(severity)


async def alerts_of_post(connection: AsyncConnection, school: SchoolId, post: str) -> dict[str, Alert]:
    """Return the post's alerts by audience."""
    alerts = tables.alerts
    found = await connection.execute(select(alerts).where(alerts.c.school_id == school, alerts.c.post_id == post))
    return {row.audience: as_alert(row) for row in found}


async def announced(connection: AsyncConnection, school: SchoolId, alert: Digest, number: int) -> Alert:
    """Return an alert as it was announced in one of its generations."""
    rows = tables.alert_generations
    found = await connection.execute(
        select(rows.c.alert).where(rows.c.school_id == school, rows.c.alert_id == alert, rows.c.generation == number)
    )
    return Alert.model_validate(found.scalar_one())


def as_alert(row: Row[Any]) -> Alert:
    """Read a row of the table `alerts`."""
    return Alert.model_validate(dict(row._mapping))  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping


async def _find(connection: AsyncConnection, key: PostKey, audience: str) -> Row[Any] | None:
    alerts = tables.alerts
    found = await connection.execute(
        select(alerts).where(
            alerts.c.school_id == key.school_id, alerts.c.post_id == key.post_id, alerts.c.audience == audience
        )
    )
    return found.one_or_none()


async def _nature(connection: AsyncConnection, key: PostKey, decision: AudienceDecision) -> tuple[str, str, str]:
    """Return axis, nature and KCSIE area of the most severe finding ever judged; without any, the decision's."""
    findings = tables.findings
    found = await connection.execute(
        select(findings.c.axis, findings.c.nature, findings.c.kcsie_area)
        .where(
            findings.c.school_id == key.school_id,
            findings.c.post_id == key.post_id,
            findings.c.audience == decision.audience,
        )
        .order_by(findings.c.severity, findings.c.category, findings.c.finding_id, findings.c.analysis_id)
        .limit(1)
    )
    worst = found.one_or_none()
    return tuple(worst) if worst else (decision.axis, decision.nature, decision.kcsie_area)


async def _write(connection: AsyncConnection, alert: Alert, *, new: bool) -> None:
    alerts = tables.alerts
    row = alert.model_dump()
    if not await insert_new(connection, alerts, [row]):
        await connection.execute(
            update(alerts)
            .where(alerts.c.school_id == alert.school_id, alerts.c.alert_id == alert.alert_id)
            .values(**row)
        )
    if new:
        await connection.execute(
            insert(tables.alert_generations).values(
                school_id=alert.school_id,
                alert_id=alert.alert_id,
                generation=alert.generation,
                alert=alert.model_dump(mode="json"),
                raised_at=alert.raised_at,
            )
        )


def _union(known: Sequence[str] | None, more: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*(known or ()), *more}))
