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
from services.casebook.viewer import readers
from services.notify.assess import EMAIL, Assess, Effects
from services.notify.channels.channel import Channel, Failed, Message, Result, Retry, Sent
from services.notify.profiles import Profiles, Register
from services.policy.profile import Profile
from services.policy.route import route
from services.policy.wording import headline
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import DependencyUnavailable, InputRejected

AT_A_TIME: Final = 8
"""So many messages are tried at once; a new one waits for these at most."""
SEND_SECONDS: Final = 60.0
"""How long a channel may take over a message."""
ATTEMPT_SECONDS: Final = 120.0
"""How long an attempt may take before another process tries."""
FIRST_WAIT: Final = 5.0
LONGEST_WAIT: Final = 900.0
LATE_AFTER: Final = timedelta(hours=24)
NO_SUCH_RECIPIENT: Final = "no_such_recipient"
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

    async def send_due(self) -> int:
        """Try each message that is due once; return how many there were.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer; what was taken is due again later.
        """
        async with self._database.reading() as connection:
            due = await deliveries.due(connection, self._clock.now(), AT_A_TIME)
            metrics.DELIVERIES_PENDING.set(await deliveries.pending(connection))
        outcomes = await asyncio.gather(*(self._attempt(delivery) for delivery in due), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(due)

    async def report_late(self) -> int:
        """Tell operations of messages that could not be sent for a day; they are still tried."""
        async with self._database.reading() as connection:
            late = await deliveries.late(connection, self._clock.now() - LATE_AFTER, AT_A_TIME)
        for delivery in late:
            effects = Effects()
            async with self._database.transaction() as connection:
                if await deliveries.mark_late(connection, delivery):
                    effects = await self._tell_operations(connection, delivery, operations.DELIVERY_LATE)
            effects.count()
        return len(late)

    async def _attempt(self, delivery: Delivery) -> None:
        until = self._clock.now() + timedelta(seconds=ATTEMPT_SECONDS)
        async with self._database.transaction() as connection:
            if not await deliveries.claim(connection, delivery, until):
                return
        try:
            message = await self._message(delivery)
        except InputRejected:
            await self._record(delivery, Failed(NO_SUCH_RECIPIENT))
        except DependencyUnavailable:
            await self._put_off(delivery)
            raise
        else:
            await self._record(delivery, await self._send(delivery, message))

    async def _put_off(self, delivery: Delivery) -> None:
        at = self._clock.now() + timedelta(seconds=FIRST_WAIT)
        async with self._database.transaction() as connection:
            await deliveries.try_again(connection, delivery, "dependency_unavailable", at)

    async def _send(self, delivery: Delivery, message: Message) -> Result:
        channel = self._channels.get(delivery.recipient.channel)
        if channel is None:
            return Retry("channel_not_set_up")
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await channel.send(message)
        except TimeoutError:
            return Retry("timed_out")
        except Exception:  # the boundary of the channels: what a library makes of one message must not stop the others
            log.exception("channel_failed", delivery_id=delivery.delivery_id, channel=delivery.recipient.channel)
            return Retry("failed")

    async def _message(self, delivery: Delivery) -> Message:
        """Put the message together.

        Raises:
            InputRejected: the school or the user has left the register, or the alert is no longer for the user.
            DependencyUnavailable: the casebook or the register does not answer.
        """
        profile = await self._profiles.of(delivery.school_id)
        async with self._database.reading() as connection:
            alert = await announced(connection, delivery.school_id, delivery.alert_id, delivery.generation)
            outage = await accounts.outage_of(connection, delivery.school_id, alert.post_id)
        return Message(
            delivery_id=delivery.delivery_id,
            alert=alert,
            address=await self._address(profile, delivery, alert) if delivery.recipient.channel == EMAIL else "",
            headlines=_headlines(profile, alert, outage),
            time_zone=profile.calendar.time_zone,
            created_at=delivery.created_at,
        )

    async def _address(self, profile: Profile, delivery: Delivery, alert: Alert) -> str:
        may_read = readers(profile, alert.audience)
        for user in await self._register.users(delivery.school_id):
            if user.user_id == delivery.recipient.user_id and may_read & set(user.roles):
                return user.email
        raise InputRejected("the recipient is no longer in the register, or in another role")

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
                    if code != NO_SUCH_RECIPIENT or not await self._pass_on(connection, delivery):
                        effects = await self._tell_operations(connection, delivery, operations.DELIVERY_FAILED)
        effects.count()
        outcome = type(result).__name__.lower()
        metrics.DELIVERIES.labels(delivery.recipient.channel, outcome).inc()
        log.info("delivery_attempted", delivery_id=delivery.delivery_id, outcome=outcome, code=result.code)

    async def _pass_on(self, connection: AsyncConnection, delivery: Delivery) -> bool:
        """Tell those whom the alert is for now, in the place of somebody who has left; False when there is nobody."""
        try:
            profile = await self._profiles.of(delivery.school_id)
        except InputRejected:
            return False
        alert = await announced(connection, delivery.school_id, delivery.alert_id, delivery.generation)
        now = self._clock.now()
        roles = route(profile, alert.audience, alert.severity, now).roles
        recipients = await self._assess.recipients(delivery.school_id, roles)
        await deliveries.schedule(connection, alert, recipients, now, now)
        return any(to.channel == EMAIL for to in recipients)

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
