"""Asks policy what a revision means, raises the alerts that follow, and ends its checks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from schemas.ids import PostId, SchoolId
from services.casebook import deliveries, evidence, operations
from services.casebook.alerts import Occasion, alerts_of_post, raise_alert
from services.casebook.approvals.settle import settle
from services.casebook.cases import AT_ONCE
from services.casebook.checks import ledger
from services.casebook.checks.check import (
    DELETED,
    LIVE,
    OPEN,
    OVERDUE,
    Check,
    PostKey,
    checks_of_revision,
    together,
    unfinished_before,
)
from services.casebook.deliveries import Recipient
from services.notify.profiles import Register
from services.policy.decide import AudienceDecision, decide
from services.policy.profile import Profile
from services.shared import metrics

COLLECT_SECONDS: Final = 10.0
EMAIL: Final = "email"
WEBHOOK: Final = "webhook"
log = structlog.get_logger()


@dataclass
class Effects:
    """What a transaction did; counted only once it is committed."""

    raised: list[tuple[Alert, datetime | None]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def count(self) -> None:
        """Add the effects to the metrics."""
        for state in self.ended:
            metrics.CHECKS_ENDED.labels(state).inc()
        for alert, observed_at in self.raised:
            metrics.ALERTS_RAISED.labels(alert.audience, alert.severity).inc()
            if observed_at is not None:
                seconds = (alert.raised_at - observed_at).total_seconds()
                metrics.FETCH_TO_ALERT.labels(alert.severity).observe(max(0.0, seconds))
            log.info("alert_raised", alert_id=alert.alert_id, generation=alert.generation, severity=alert.severity)


class Assess:
    """Works within the caller's transaction, under the lock of the post."""

    def __init__(self, register: Register, channels: Iterable[str]) -> None:
        self._register = register
        self._channels = frozenset(channels)

    async def revision(
        self, connection: AsyncConnection, profile: Profile, school: SchoolId, post: PostId, number: int, at: datetime
    ) -> Effects:
        """Judge every check of one revision by what is known now; a deletion also ends what earlier ones wait for."""
        effects = Effects()
        await settle(connection, profile, school, post, number, at)
        checks = await checks_of_revision(connection, school, post, number)
        await self._judge(connection, profile, checks, at, effects)
        if any(check.row.cause == DELETED for check in checks):
            for earlier in await unfinished_before(connection, school, post, number):
                withdrawn = await checks_of_revision(connection, school, post, earlier)
                await self._judge(connection, profile, withdrawn, at, effects)
        return effects

    async def _judge(
        self,
        connection: AsyncConnection,
        profile: Profile,
        checks: tuple[Check, ...],
        at: datetime,
        effects: Effects,
    ) -> None:
        for check in checks:
            known = await alerts_of_post(connection, check.key.school_id, check.key.post_id)
            left_out = [part for parts in check.unchecked.values() for part in parts]
            decided = decide(profile, check.facts, together(check, checks), left_out)
            await ledger.judge(connection, check, decided.judgements)
            gaps = operations.unchecked(check)
            for decision in (*decided.audiences, *((gaps,) if gaps else ())):
                if _may_go(check, decision, known, at):
                    await self.announce(connection, profile, check.key, decision, at, effects, check)
            await _end(connection, check, check.state(alerted=bool(decided.audiences)), at, effects)

    async def overdue(self, connection: AsyncConnection, profile: Profile, check: Check, at: datetime) -> Effects:
        """End a check whose deadline has passed, and say which detectors did not answer."""
        effects = Effects()
        if check.row.state == OPEN and check.missing and not check.gone:
            await self.announce(connection, profile, check.key, operations.overdue(check), at, effects, check)
            await _end(connection, check, OVERDUE, at, effects)
        return effects

    async def announce(
        self,
        connection: AsyncConnection,
        profile: Profile,
        key: PostKey,
        decision: AudienceDecision,
        at: datetime,
        effects: Effects,
        check: Check | None = None,
    ) -> None:
        """Raise the alert and, when people are to be told, put down a message to each to whom it is routed."""
        if key.below:  # one at a time below one root: they share cases, and are counted
            await ledger.lock_post(connection, key.school_id, key.root_id, 0)
        occasion = Occasion() if check is None else _occasion(check)
        raised = await raise_alert(connection, key, decision, profile, at, occasion)
        if check is not None:
            await evidence.keep(connection, check, raised.alert.case_id, at)
        if raised.new:
            effects.raised.append((raised.alert, check.row.observed_at if check is not None else None))
        if not raised.told:
            return
        recipients = await self.recipients(key.school_id, raised.route.roles)
        await deliveries.schedule(connection, raised.alert, recipients, raised.route.send_at, at)
        if EMAIL in self._channels and not any(to.channel == EMAIL for to in recipients):
            log.error("nobody_to_tell", alert_id=raised.alert.alert_id, audience=decision.audience)
            if decision.audience != operations.AUDIENCE:
                nobody = operations.decision([operations.NOBODY_TO_TELL])
                await self.announce(connection, profile, key, nobody, at, effects)

    async def recipients(self, school: SchoolId, roles: tuple[str, ...]) -> list[Recipient]:
        """Return to whom, on every channel, something for these roles goes."""
        recipients = [Recipient(WEBHOOK)] if WEBHOOK in self._channels else []
        if EMAIL in self._channels:
            users = await self._register.users(school)
            recipients += [Recipient(EMAIL, user.user_id) for user in users if set(user.roles) & set(roles)]
        return recipients


def _may_go(check: Check, decision: AudienceDecision, known: Mapping[str, Alert], at: datetime) -> bool:
    """Tell whether an audience is told now: the most urgent at once, the rest together when nothing is waited for."""
    if check.ripe(at, COLLECT_SECONDS):
        return True
    told = known.get(decision.audience)
    return decision.severity == AT_ONCE and (told is None or told.severity != AT_ONCE)


def _occasion(check: Check) -> Occasion:
    return Occasion(late=check.late, quiet=check.audits, repeats=check.row.trigger == LIVE)


async def _end(connection: AsyncConnection, check: Check, state: str, at: datetime, effects: Effects) -> None:
    if await ledger.set_state(connection, check, state, at):
        effects.ended.append(state)
