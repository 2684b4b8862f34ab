"""The open connectors, one an account; a connector is made anew after its token was rejected."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from pydantic import SecretStr

from schemas.post import RegisterVersions
from services.ingest.connectors.connector import Connector, Platform
from services.ingest.connectors.errors import PermissionMissing
from services.register.models import Account, School
from services.shared.clock import Clock

VALIDATE_EVERY: Final = timedelta(days=1)
"""A token that only fails on a quiet stream is noticed after so long."""


class Register(Protocol):
    """What ingest reads in the register; every method may raise DependencyUnavailable."""

    async def accounts(self) -> tuple[Account, ...]:
        """Return every account of every school."""
        ...

    async def school(self, school_id: str) -> School:
        """Return a school."""
        ...

    async def versions(self, school_id: str) -> RegisterVersions:
        """Return the state of a school's register."""
        ...

    async def token(self, account_id: str) -> SecretStr:
        """Return an account's token."""
        ...


class Connections:
    """Opens connectors on first use, checks their token then and once a day, and keeps them."""

    def __init__(self, register: Register, platforms: Mapping[str, Platform], clock: Clock) -> None:
        self.platforms = platforms
        self._register = register
        self._clock = clock
        self._open: dict[str, Connector] = {}
        self._validated_at: dict[str, datetime] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    async def get(self, account_id: str, *, validated: bool = False) -> Connector:
        """Return the account's connector, its token `validated` at this moment or within the last day.

        Raises:
            PlatformError: the token does not work, or the platform does not answer.
            DependencyUnavailable: the register does not answer.
        """
        async with self._opening.setdefault(account_id, asyncio.Lock()):
            known, now = self._open.get(account_id), self._clock.now()
            if known is None:
                known = self._open[account_id] = await self._connect(account_id)
            elif validated or now - self._validated_at[account_id] >= VALIDATE_EVERY:
                await known.validate()
            else:
                return known
            self._validated_at[account_id] = now
            return known

    async def drop(self, account_id: str) -> None:
        """Close the account's connector; the next use reads the token again."""
        connector = self._open.pop(account_id, None)
        if connector is not None:
            await connector.aclose()

    async def aclose(self) -> None:
        """Close every connector."""
        for account_id in list(self._open):
            await self.drop(account_id)

    async def _connect(self, account_id: str) -> Connector:
        account = next((each for each in await self._register.accounts() if each.account_id == account_id), None)
        if account is None:
            raise PermissionMissing("the register has no such account any more")
        token = await self._register.token(account_id)
        connector = self.platforms[account.platform].connect(account, token)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(connector.aclose)
            await connector.validate()
            stack.pop_all()
        return connector
