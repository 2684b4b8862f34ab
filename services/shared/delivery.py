"""The one rule of delivery.

success                 -> commit
a dependency fails      -> the partition blocks: wait (1 s doubling to 60 s), give the record back, not ready meanwhile
the input is rejected,
the handler fails       -> tried again, then parked
unreadable bytes        -> parked at once
too many parked         -> stop consuming, stay up but not ready: a bad deploy must not park everything

Parked means: the original bytes go to `<topic>.dlq` with the reason, and only then the record is committed. There are
no retry topics: they break order, and every group would read a shared one again.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog
from faststream import BaseMiddleware
from faststream.message import StreamMessage

from services.shared import metrics
from services.shared.errors import DependencyUnavailable, InputRejected, UnreadableEvent
from services.shared.health import Part


class RawRecord(Protocol):
    """A record as the consumer got it; `timestamp` in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


Park = Callable[[RawRecord, str], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]
Attempts = dict[tuple[str, int], tuple[int, int]]
"""For each topic and partition, the offset that was tried last and how often it was."""

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0
FORGOTTEN_AFTER: Final = 300.0
"""Seconds: a partition that was blocked and not tried for so long is another consumer's by now."""
INPUT_ATTEMPTS: Final = 2
FAILURE_ATTEMPTS: Final = 5
log = structlog.get_logger()


class DeliveryHalted(Exception):
    """Nothing is handled any more: too many records were parked."""


@dataclass
class DeadLetterLimit:
    """Says when too many records were parked: in a row, or as a share of the last ones."""

    in_a_row: int = 20
    window: int = 200
    share: float = 0.25
    _row: int = 0
    _recent: deque[bool] = field(default_factory=deque)

    def record(self, *, parked: bool) -> None:
        """Count one record that was handled or parked."""
        self._row = self._row + 1 if parked else 0
        self._recent.append(parked)
        if len(self._recent) > self.window:
            self._recent.popleft()

    def reached(self) -> bool:
        """Tell whether handling must stop rather than park one more; the share counts once the window is full."""
        recent = [*self._recent, True][-self.window :]
        too_many = len(recent) == self.window and sum(recent) > self.share * self.window
        return self._row + 1 >= self.in_a_row or too_many


class Delivery:
    """Applies the rule to every record of one consumer group; a FastStream middleware."""

    def __init__(
        self, group: str, part: Part, limit: DeadLetterLimit | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.group = group
        self.halted = asyncio.Event()
        self.park: Park | None = None
        self._part = part
        self._limit = limit or DeadLetterLimit()
        self._sleep = sleep
        self._failures: Attempts = {}
        self._waits: Attempts = {}
        self._blocked: dict[tuple[str, int], float] = {}
        metrics.DELIVERY_HALTED.labels(group).set(0)

    def __call__(self, msg: RawRecord | None, /, *, context: Any) -> BaseMiddleware[Any, Any]:
        """Make the scope of one record, as FastStream asks."""
        return _Scope(msg, context=context, delivery=self)

    async def handle(self, record: RawRecord, call: Callable[[], Awaitable[Any]]) -> Any:
        """Handle one record by the rule: return to commit it, raise to have it again.

        Raises:
            DeliveryHalted: too many records were parked.
            Exception: the record could not be handled now.
        """
        if self.halted.is_set():
            await self._sleep(FIRST_WAIT)
            raise DeliveryHalted
        labels = (record.topic, self.group)
        metrics.EVENT_AGE.labels(*labels).observe(max(0.0, time.time() - record.timestamp / 1000))
        try:
            with metrics.HANDLER_SECONDS.labels(*labels).time():
                result = await call()
        except DependencyUnavailable as error:
            metrics.EVENTS_BLOCKED.labels(*labels).inc()
            await self._block(record, error)
            raise
        except UnreadableEvent as error:
            return await self._park(record, str(error))
        except InputRejected as error:
            return await self._again_or_park(record, error, INPUT_ATTEMPTS, "input_rejected")
        except Exception as error:  # noqa: BLE001  # the boundary of every handler: tried again, then parked, never lost
            return await self._again_or_park(record, error, FAILURE_ATTEMPTS, "handler_failed")
        metrics.EVENTS_HANDLED.labels(*labels).inc()
        self._done(record, parked=False)
        return result

    async def _again_or_park(self, record: RawRecord, error: Exception, attempts: int, reason: str) -> None:
        attempt = _attempt(self._failures, record)
        log.error("handling_failed", topic=record.topic, offset=record.offset, attempt=attempt, exc_info=error)
        if attempt >= attempts:
            return await self._park(record, reason)
        await self._sleep(min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT))
        raise error

    async def _block(self, record: RawRecord, error: Exception) -> None:
        attempt = _attempt(self._waits, record)
        self._blocked[record.topic, record.partition] = time.monotonic()
        self._part.failed("dependency_unavailable")
        metrics.DELIVERY_BLOCKED.labels(self.group).set(1)
        log.warning("blocked", topic=record.topic, offset=record.offset, attempt=attempt, exc_info=error)
        await self._sleep(min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT))

    async def _park(self, record: RawRecord, reason: str) -> None:
        if self._limit.reached():
            self.halted.set()
            self._part.failed("too_many_dead_letters")
            metrics.DELIVERY_HALTED.labels(self.group).set(1)
            log.critical("halted", topic=record.topic, offset=record.offset, reason=reason)
            raise DeliveryHalted
        if self.park is None:
            raise RuntimeError("a Delivery needs a way to park records before it handles any")
        try:
            await self.park(record, reason)
        except DependencyUnavailable as error:
            await self._block(record, error)
            raise
        metrics.DEAD_LETTERS.labels(record.topic, self.group, reason).inc()
        log.error("parked", topic=record.topic, partition=record.partition, offset=record.offset, reason=reason)
        self._done(record, parked=True)

    def _done(self, record: RawRecord, *, parked: bool) -> None:
        for places in (self._failures, self._waits, self._blocked):
            places.pop((record.topic, record.partition), None)
        self._limit.record(parked=parked)
        now = time.monotonic()
        if not any(now - tried < FORGOTTEN_AFTER for tried in self._blocked.values()):
            metrics.DELIVERY_BLOCKED.labels(self.group).set(0)
            self._part.ready()


def _attempt(attempts: Attempts, record: RawRecord) -> int:
    """Count one more attempt at the record. What a dependency failed is not counted with what the record failed."""
    place = (record.topic, record.partition)
    offset, count = attempts.get(place, (record.offset, 0))
    count = count + 1 if offset == record.offset else 1
    attempts[place] = (record.offset, count)
    return count


class _Scope(BaseMiddleware[Any, Any]):
    def __init__(self, msg: RawRecord | None, /, *, context: Any, delivery: Delivery) -> None:
        super().__init__(msg, context=context)
        self._delivery = delivery

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        return await self._delivery.handle(msg.raw_message, lambda: call_next(msg))
