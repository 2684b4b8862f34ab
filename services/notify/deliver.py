"""Sends what is due until the channel has taken it; what cannot be sent is told to operations, never forgotten."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from services.casebook import accounts, deliveries, operations
from services.casebook.accounts import Outage
from services.casebook.alerts import announced
from services.casebook.checks import ledger
from services.casebook.checks.check import PostKey
from services.casebook.deliveries import FAILED, SENT, Delivery
from services.notify.assess import EMAIL, Assess, Effects
from services.notify.channels.channel import Channel, Failed, Message, Result, Retry, Sent
from services.notify.profiles import Profiles, Register
from services.policy.profile import Profile
from services.policy.wording import headline
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

BATCH: Final = 50
AT_A_TIME: Final = 8
ATTEMPT_SECONDS: Final = 120.0
"""How long an attempt may take before another process tries; longer than any channel's time-out."""
FIRST_WAIT: Final = 5.0
LONGEST_WAIT: Final = 900.0
LATE_AFTER: Final = timedelta(hours=24)
log = structlog.get_logger()


class Deliver:
    """Works on the deliveries of the casebook; several processes may do so at once."""

    def __init__(
        self,
        database: Database,
        register: Register,
        profiles: Profiles,
        assess: Assess,
        channels: Mapping[str, Channel],
        clock: Clock,
    ) -> None:
        self._database = database
        self._register = register
        self._profiles = profiles
        self._assess = assess
        self._channels = channels
        self._clock = clock
        self._slots = asyncio.Semaphore(AT_A_TIME)

    async def send_due(self) -> int:
        """Try each message that is due once; return how many there were.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer; what was taken is due again later.
        """
        async with self._database.reading() as connection:
            due = await deliveries.due(connection, self._clock.now(), BATCH)
            metrics.DELIVERIES_PENDING.set(await deliveries.pending(connection))
        outcomes = await asyncio.gather(*(self._attempt(delivery) for delivery in due), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(due)

    async def report_late(self) -> int:
        """Tell operations of messages that could not be sent for a day; they are still tried."""
        async with self._database.reading() as connection:
            late = await deliveries.late(connection, self._clock.now() - LATE_AFTER, BATCH)
        for delivery in late:
            effects = Effects()
            async with self._database.transaction() as connection:
                if await deliveries.mark_late(connection, delivery):
                    effects = await self._tell_operations(connection, delivery, operations.DELIVERY_LATE)
            effects.count()
        return len(late)

    async def _attempt(self, delivery: Delivery) -> None:
        async with self._slots:
            channel = self._channels.get(delivery.recipient.channel)
            try:
                message = await self._message(delivery)
            except InputRejected:
                message = None
            until = self._clock.now() + timedelta(seconds=ATTEMPT_SECONDS)
            async with self._database.transaction() as connection:
                if not await deliveries.claim(connection, delivery, until):
                    return
            if message is None:
                await self._record(delivery, Failed("no_such_recipient"))
            elif channel is None:
                await self._record(delivery, Retry("channel_not_set_up"))
            else:
                await self._record(delivery, await channel.send(message))

    async def _message(self, delivery: Delivery) -> Message:
        """Put the message together.

        Raises:
            InputRejected: the school or the user has left the register.
        """
        profile = await self._profiles.of(delivery.school_id)
        async with self._database.reading() as connection:
            alert = await announced(connection, delivery.school_id, delivery.alert_id, delivery.generation)
            outage = await accounts.outage_of(connection, delivery.school_id, alert.post_id)
        return Message(
            delivery_id=delivery.delivery_id,
            alert=alert,
            address=await self._address(delivery) if delivery.recipient.channel == EMAIL else "",
            headlines=_headlines(profile, alert, outage),
            time_zone=profile.calendar.time_zone,
            created_at=delivery.created_at,
        )

    async def _address(self, delivery: Delivery) -> str:
        for user in await self._register.users(delivery.school_id):
            if user.user_id == delivery.recipient.user_id:
                return user.email
        raise InputRejected("the recipient is no longer in the register")

    async def _record(self, delivery: Delivery, result: Result) -> None:
        now = self._clock.now()
        effects = Effects()
        async with self._database.transaction() as connection:
            match result:
                case Sent(code):
                    await deliveries.end(connection, delivery, SENT, code, now)
                case Retry(code):
                    wait = min(FIRST_WAIT * 2.0 ** min(delivery.attempts, 10), LONGEST_WAIT)
                    await deliveries.try_again(connection, delivery, code, now + timedelta(seconds=wait))
                case Failed(code):
                    await deliveries.end(connection, delivery, FAILED, code, now)
                    effects = await self._tell_operations(connection, delivery, operations.DELIVERY_FAILED)
        effects.count()
        outcome = type(result).__name__.lower()
        metrics.DELIVERIES.labels(delivery.recipient.channel, outcome).inc()
        log.info("delivery_attempted", delivery_id=delivery.delivery_id, outcome=outcome, code=result.code)

    async def _tell_operations(self, connection: AsyncConnection, delivery: Delivery, code: str) -> Effects:
        effects = Effects()
        try:
            profile = await self._profiles.of(delivery.school_id)
        except InputRejected:
            log.exception("school_unknown", school_id=delivery.school_id)
            return effects
        alert = await announced(connection, delivery.school_id, delivery.alert_id, delivery.generation)
        await ledger.lock_post(connection, alert.school_id, alert.post_id, 0)
        key = PostKey(alert.school_id, alert.account_id, alert.post_id, alert.post_id)
        now = self._clock.now()
        await self._assess.announce(connection, profile, key, operations.decision([code]), now, effects)
        return effects


def _headlines(profile: Profile, alert: Alert, outage: Outage | None) -> tuple[str, ...]:
    if outage is not None:
        return tuple(accounts.headline(outage, code, profile.calendar.time_zone) for code in alert.categories)
    if alert.audience == operations.AUDIENCE:
        return tuple(operations.headline(code) for code in alert.categories)
    return tuple(headline(profile, code) for code in alert.categories)
