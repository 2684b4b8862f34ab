"""What somebody must see about a post: one alert per school, post and audience, and each of its generations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.alert import Alert
from schemas.categories import SEVERITIES
from schemas.ids import CaseId, Digest, SchoolId
from services.casebook import cases, tables
from services.casebook.checks.check import PostKey
from services.casebook.viewer import readers
from services.policy.decide import AudienceDecision
from services.policy.profile import Profile
from services.policy.route import Route, route
from services.policy.scales import most_severe
from services.shared.database import insert_new, upsert


@dataclass(frozen=True)
class Occasion:
    """How a decision came about.

    `late`: the post has changed since. `quiet`: it rests on audits alone, so only the most urgent is told. `repeats`:
    what an audit found before is told all the same, for the check is the first that people would hear of.
    """

    late: bool = False
    quiet: bool = False
    repeats: bool = False


@dataclass(frozen=True)
class Raised:
    """An alert after a decision; `new`: it says more than before; `told`: it is to be announced along the route.

    The route is that of the case: who deals with a severe one also hears how it grows.
    """

    alert: Alert
    route: Route
    new: bool
    told: bool


async def raise_alert(
    connection: AsyncConnection,
    key: PostKey,
    decision: AudienceDecision,
    profile: Profile,
    at: datetime,
    occasion: Occasion = Occasion(),
) -> Raised:
    """Add a decision to the post's alert; return the alert, which may say nothing new.

    An alert only grows: its categories, clauses and findings are a union, its severity the highest ever decided.
    What others write below a post shares one case per audience; every other post has its own.
    """
    previous = await _find(connection, key, decision.audience)
    severity = most_severe([decision.severity, previous.severity]) if previous else decision.severity
    categories = _union(previous and previous.categories, decision.categories)
    number = generation(categories, severity)
    new = previous is None or number > previous.generation
    routed = route(profile, decision.audience, severity, at)
    loud = not occasion.quiet or decision.severity == cases.AT_ONCE
    heard = bool(previous and previous.told)
    says_more = new or (occasion.repeats and not heard)
    opened = cases.Opened(
        key=key,
        case_id=previous.case_id if previous else _case_id(key, decision.audience),
        audience=decision.audience,
        severity=severity,
        at=at,
        respond_by=routed.respond_by,
        readers=readers(profile, decision.audience),
        rose=previous is not None and severity < previous.severity,
        late=occasion.late,
        tells=loud,
        first=not heard,
    )
    unmoved = cases.Placed(previous.respond_by if previous else at, severity, posts=1, told=False)
    placed = await cases.open_or_raise(connection, opened) if says_more else unmoved
    axis, nature, kcsie_area = await _nature(connection, key, decision)
    alert = Alert(
        alert_id=ids.alert_id(key.school_id, key.post_id, decision.audience),
        generation=number,
        school_id=key.school_id,
        account_id=key.account_id,
        post_id=key.post_id,
        case_id=opened.case_id,
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
        respond_by=placed.respond_by,
        posts=placed.posts,
    )
    await _write(connection, alert, told=heard or (says_more and loud), announced=says_more)
    return Raised(alert, route(profile, decision.audience, placed.severity, at), new, placed.told)


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


def _case_id(key: PostKey, audience: str) -> CaseId:
    if key.below:
        return ids.case_id(key.school_id, "below", key.root_id, audience)
    return ids.case_id(key.school_id, key.post_id, audience)


async def _write(connection: AsyncConnection, alert: Alert, *, told: bool, announced: bool) -> None:
    alerts = tables.alerts
    row = alert.model_dump(exclude={"posts"}) | {"told": told}
    if not await insert_new(connection, alerts, [row]):
        await connection.execute(
            update(alerts)
            .where(alerts.c.school_id == alert.school_id, alerts.c.alert_id == alert.alert_id)
            .values(**row)
        )
    if announced:  # once more when nobody was told of this generation
        generation_row = {
            "school_id": alert.school_id,
            "alert_id": alert.alert_id,
            "generation": alert.generation,
            "alert": alert.model_dump(mode="json"),
            "raised_at": alert.raised_at,
        }
        await upsert(connection, tables.alert_generations, generation_row)


def _union(known: Sequence[str] | None, more: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*(known or ()), *more}))
