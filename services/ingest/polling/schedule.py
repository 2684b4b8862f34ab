"""When each stream is read: a local timer for the pace that `pace` works out."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from services.ingest.polling.pace import Pace, wait
from services.ingest.polling.poll import HELD_ELSEWHERE, OURS_UNAVAILABLE, Outcome
from services.ingest.status import OK
from services.register.models import Account
from services.shared.clock import Clock
from services.shared.health import Health, Part
from services.shared.process import Stop

Poll = Callable[[Account, str, Stop], Awaitable[Outcome]]
SHORTEST_WAIT: Final = timedelta(milliseconds=50)
_chance = secrets.SystemRandom().random


@dataclass
class _Watched:
    """An account that is polled here; its streams are read one at a time, and none while it is parked."""

    account: Account
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    parked_until: datetime | None = None


@dataclass
class _Stream:
    """A stream's pace and health."""

    watched: _Watched
    name: str
    part: Part
    interval: float
    failures: int = 0


class Schedule:
    """Polls each stream of each account at its own interval; in memory, so every start begins anew."""

    def __init__(self, poll: Poll, pace: Pace, clock: Clock, health: Health) -> None:
        self._poll = poll
        self._pace = pace
        self._clock = clock
        self._health = health
        self._streams: dict[str, _Stream] = {}
        self._stop = Stop()
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._timer = AsyncIOScheduler(timezone=UTC)

    def accounts(self) -> dict[str, Account]:
        """Return the accounts that are polled here, by their ids."""
        return {stream.watched.account.account_id: stream.watched.account for stream in self._streams.values()}

    def turn(self, account_id: str) -> asyncio.Lock | None:
        """Return what a reading of the account holds; None if it is not polled here or must be left alone."""
        watched = next((s.watched for s in self._streams.values() if s.watched.account.account_id == account_id), None)
        if watched is None or (watched.parked_until is not None and watched.parked_until > self._clock.now()):
            return None
        return watched.turn

    def add(self, account: Account, streams: Sequence[str]) -> None:
        """Poll an account from now on; what the register changed about a known one is taken over."""
        known = next(
            (s.watched for s in self._streams.values() if s.watched.account.account_id == account.account_id), None
        )
        if known is not None:
            known.account = account
            return
        watched = _Watched(account)
        for place, name in enumerate(streams):
            job = f"{account.account_id}/{name}"
            part = self._health.part(f"account:{account.account_id}:{name}")
            self._streams[job] = _Stream(watched, name, part, self._pace.start())
            self._timer.add_job(
                self._tick,
                IntervalTrigger(seconds=self._pace.maximum),
                args=(job,),
                id=job,
                next_run_time=datetime.now(UTC) + place * timedelta(milliseconds=10),
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )

    def remove(self, account_id: str) -> None:
        """Poll an account no longer."""
        for job, stream in list(self._streams.items()):
            if stream.watched.account.account_id == account_id:
                self._timer.remove_job(job)
                del self._streams[job]
                stream.part.ready()  # it is no longer this process's concern

    async def run(self, stop: Stop) -> None:
        """Poll until `stop`, and let the readings that are under way end at their next page."""
        self._timer.start()
        await stop.wait()
        self._stop.set()
        self._timer.pause()
        await self._idle.wait()
        self._timer.shutdown(wait=False)
        await asyncio.sleep(0)  # the timer shuts down in the loop's next turn

    async def _tick(self, job: str) -> None:
        stream = self._streams[job]
        self._running += 1
        self._idle.clear()
        try:
            async with stream.watched.turn:
                delay = await self._read(stream)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()
        if job in self._streams:
            self._timer.reschedule_job(job, trigger=IntervalTrigger(seconds=max(delay, SHORTEST_WAIT).total_seconds()))

    async def _read(self, stream: _Stream) -> timedelta:
        """Read the stream unless its account is parked, and return how long to wait then."""
        parked_until = stream.watched.parked_until
        if parked_until is not None and parked_until > self._clock.now():
            return parked_until - self._clock.now()
        outcome = await self._poll(stream.watched.account, stream.name, self._stop)
        if outcome.code in (OK, HELD_ELSEWHERE):
            stream.part.ready()
            stream.failures = 0
            stream.interval = self._pace.after(stream.interval, active=outcome.new > 0)
            return wait(stream.interval, outcome.budget, self._clock.now(), _chance())
        stream.part.failed(outcome.code)
        if outcome.code == OURS_UNAVAILABLE:  # no platform is bothered, and when it is back nothing may wait
            return self._pace.back_off(1)
        stream.failures += 1
        if outcome.retry_at is None:
            return self._pace.back_off(stream.failures)
        stream.watched.parked_until = outcome.retry_at
        return outcome.retry_at - self._clock.now()
