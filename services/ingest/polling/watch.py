"""Follows the register: polls the accounts that are in it and that no other process polls."""

import contextlib
from typing import Final

import structlog

from services.ingest.polling.connections import Connections, Register
from services.ingest.polling.lease import Leases
from services.ingest.polling.schedule import Schedule
from services.shared.errors import DependencyUnavailable
from services.shared.health import Part
from services.shared.process import Stop, pause

LONGEST_ROUND_SECONDS: Final = 20.0
log = structlog.get_logger()


class AccountWatch:
    """Takes and keeps the accounts' leases, and tells the schedule what to poll."""

    def __init__(
        self, register: Register, connections: Connections, leases: Leases, schedule: Schedule, part: Part
    ) -> None:
        self._register = register
        self._connections = connections
        self._leases = leases
        self._schedule = schedule
        self._part = part
        self._seconds = min(leases.ttl.total_seconds() / 3, LONGEST_ROUND_SECONDS)
        self._unsupported: set[str] = set()

    async def run(self, stop: Stop) -> None:
        """Follow the register until `stop`, then let other processes have the accounts."""
        while not stop.is_set():
            try:
                await self.round()
                self._part.ready()
            except DependencyUnavailable as error:
                self._part.failed("dependency_unavailable")
                log.warning("accounts_unknown", exc_info=error)
            await pause(stop, self._seconds)
        with contextlib.suppress(DependencyUnavailable):
            await self._leases.release()

    async def round(self) -> None:
        """Compare the register with what is polled, once.

        Raises:
            DependencyUnavailable: the register or the database does not answer.
        """
        wanted = set()
        for account in await self._register.accounts():
            platform = self._connections.platforms.get(account.platform)
            if platform is None:
                self._say_unsupported(account.account_id, account.platform)
            elif await self._leases.acquire(account.account_id, account.school_id):
                wanted.add(account.account_id)
                self._schedule.add(account, platform.streams)
        for account_id in self._schedule.accounts().keys() - wanted:
            self._schedule.remove(account_id)
            await self._connections.drop(account_id)

    def _say_unsupported(self, account_id: str, platform: str) -> None:
        if account_id not in self._unsupported:
            self._unsupported.add(account_id)
            log.error("platform_not_supported", account=account_id, platform=platform)
