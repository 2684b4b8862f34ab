"""Hears how accounts are being read, tells people when one is not, and notices when nothing is heard of one."""

from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import AccountId, SchoolId
from schemas.status import AccountStatus
from services.casebook import accounts
from services.casebook.accounts import Heard, Notice
from services.casebook.checks import ledger
from services.casebook.checks.check import PostKey
from services.notify.assess import Assess, Effects
from services.notify.profiles import Profiles
from services.policy.profile import Profile
from services.register.models import Account
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

EVERY: Final = timedelta(minutes=5)
"""How often a status comes of an account of which none has come yet."""
MISSED: Final = 3
log = structlog.get_logger()


class AccountsRegister(Protocol):
    """What notify reads of the register here."""

    async def accounts(self) -> tuple[Account, ...]:
        """Return all official accounts of all schools."""
        ...


class Accounts:
    """Handles the events of the topic `accounts.status`, and their absence."""

    def __init__(
        self, database: Database, register: AccountsRegister, profiles: Profiles, assess: Assess, clock: Clock
    ) -> None:
        self._database = database
        self._register = register
        self._profiles = profiles
        self._assess = assess
        self._clock = clock
        self._awaited: dict[tuple[SchoolId, AccountId], datetime] = {}
        """Since when this process waits for a first word of each account."""

    async def status(self, status: AccountStatus) -> None:
        """Record a status and tell people what it means; one that is older than the last changes nothing.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer; nothing was written.
            InputRejected: there is no such school.
        """
        profile = await self._profiles.of(status.school_id)
        effects = Effects()
        async with self._database.transaction() as connection:
            for notice in await accounts.take(connection, status, self._clock.now()):
                await self._tell(connection, profile, status.school_id, status.account_id, notice, effects)
        effects.count()

    async def report_absent(self) -> int:
        """Tell people of the accounts of which nothing is heard any more; return how many are new among them.

        Raises:
            DependencyUnavailable: the casebook or the register does not answer.
        """
        known, now = await self._register.accounts(), self._clock.now()
        keys = [(account.school_id, account.account_id) for account in known]
        self._awaited = {key: self._awaited.get(key, now) for key in keys}  # anew for what is watched again
        async with self._database.reading() as connection:
            heard = await accounts.last_heard(connection)
        with_last = [(account, heard.get(key)) for account, key in zip(known, keys, strict=True)]
        return sum([await self._report(account, last) for account, last in with_last if self._is_absent(account, last)])

    def _is_absent(self, account: Account, last: Heard | None) -> bool:
        now = self._clock.now()
        awaited = self._awaited[account.school_id, account.account_id]
        every = timedelta(seconds=last.repeats_within) if last else EVERY
        since = max(awaited, last.heard_at) if last else awaited
        return now - since > MISSED * every

    async def _report(self, account: Account, last: Heard | None) -> bool:
        try:
            profile = await self._profiles.of(account.school_id)
        except InputRejected:
            log.exception("school_unknown", school_id=account.school_id)
            return False
        effects = Effects()
        async with self._database.transaction() as connection:
            notice = await accounts.miss(
                connection, account.school_id, account.account_id, account.platform, last, self._clock.now()
            )
            if notice is not None:
                await self._tell(connection, profile, account.school_id, account.account_id, notice, effects)
        effects.count()
        return notice is not None

    async def _tell(  # whom to tell of what, within the caller's transaction
        self,
        connection: AsyncConnection,
        profile: Profile,
        school: SchoolId,
        account_id: AccountId,
        notice: Notice,
        effects: Effects,
    ) -> None:
        await ledger.lock_post(connection, school, notice.post_id, 0)
        key = PostKey(school, account_id, notice.post_id, notice.post_id)
        await self._assess.announce(connection, profile, key, notice.decision, self._clock.now(), effects)
