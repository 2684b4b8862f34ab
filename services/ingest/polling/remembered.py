"""The register as polls read it: what was read last goes on for a minute when the register does not answer."""

from pydantic import SecretStr

from schemas.ids import AccountId, SchoolId
from schemas.post import RegisterVersions
from services.ingest.polling.connections import Register
from services.register.models import Account, School
from services.register.reads import LastRead
from services.shared.clock import Clock


class Remembered:
    """A register that remembers accounts, schools and versions for SERVED_WITHOUT_REGISTER, and no token.

    Not for rechecks: they are about what a register says now.
    """

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register = register
        self._accounts = LastRead(self._all_accounts, clock)
        self._schools = LastRead(register.school, clock)
        self._versions = LastRead(register.versions, clock)

    async def accounts(self) -> tuple[Account, ...]:
        """Return every account of every school."""
        return await self._accounts.of(None)

    async def school(self, school_id: SchoolId) -> School:
        """Return a school."""
        return await self._schools.of(school_id)

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        """Return the state of a school's register."""
        return await self._versions.of(school_id)

    async def token(self, account_id: AccountId) -> SecretStr:
        """Return an account's token."""
        return await self._register.token(account_id)

    async def _all_accounts(self, _: None) -> tuple[Account, ...]:
        return await self._register.accounts()
