"""Checks again what is live after a change of a register: withdrawals at once, additions when the register is quiet."""

from datetime import timedelta
from typing import Final

import structlog

from schemas.status import RegisterChange
from services.ingest.backfill.again import RECHECK, Again, Run
from services.ingest.backfill.live_posts import has_room
from services.ingest.backfill.pending import PendingRechecks, Recheck
from services.ingest.polling.connections import Register
from services.ingest.polling.record import Recorder, checked_against
from services.register.models import Account
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.errors import DependencyUnavailable
from services.shared.fingerprint import text_ref

FAILED_FOR: Final = timedelta(minutes=5)
log = structlog.get_logger()


class Rechecks:
    """Notes what changes of registers make necessary, and does it."""

    def __init__(
        self,
        register: Register,
        recorder: Recorder,
        pending: PendingRechecks,
        clock: Clock,
    ) -> None:
        self._register = register
        self._recorder = recorder
        self._pending = pending
        self._clock = clock

    async def changed(self, change: RegisterChange) -> None:
        """Handle a change of a register.

        Raises:
            DependencyUnavailable: the database does not answer.
        """
        await self._pending.add(change)

    async def round(self) -> int:
        """Publish the next checks of each recheck that is due, and return how many.

        Raises:
            DependencyUnavailable: the database or the register does not answer.
        """
        total = 0
        for recheck in await self._pending.due():
            if not await has_room(self._pending.database):
                break
            try:
                published = await self._go_on(recheck)
            except DependencyUnavailable:
                raise
            except Exception:  # the boundary of one school: the others go on, and this one is tried again
                log.exception("recheck_failed", run=recheck.run_id, school=recheck.school_id)
                await self._pending.postpone(recheck.run_id, self._clock.now() + FAILED_FOR)
                continue
            total += published
            log.info("rechecked", run=recheck.run_id, school=recheck.school_id, checks=published)
        return total

    async def tell_age(self) -> int:
        """Tell how long the oldest change has waited, also while nothing goes on; return 0.

        Raises:
            DependencyUnavailable: the database does not answer.
        """
        oldest = await self._pending.oldest()
        age = self._clock.now() - oldest if oldest else timedelta()
        metrics.RECHECK_AGE.set(age.total_seconds())
        return 0

    async def _go_on(self, recheck: Recheck) -> int:
        accounts = [
            account for account in await self._register.accounts() if recheck.school_id in checked_against(account)
        ]
        again = {account.account_id: await self._again(account, recheck) for account in accounts}
        return await self._pending.go_on(recheck.run_id, again)

    async def _again(self, account: Account, recheck: Recheck) -> Again:
        return Again(
            run=Run(RECHECK, recheck.run_id),
            rules=await self._recorder.rules(account),
            at=self._clock.now(),
            empty_text=await text_ref(self._recorder.storage.content.keyring, account.school_id, ""),
            detectors=recheck.detectors,
        )
