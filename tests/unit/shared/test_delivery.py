"""The delivery rule without a broker; what only a real one can show is in tests/kafka/test_delivery.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY

from services.shared import delivery
from services.shared.delivery import FAILURE_ATTEMPTS, INPUT_ATTEMPTS, DeadLetterLimit, Delivery, DeliveryHalted
from services.shared.errors import DependencyUnavailable, InputRejected, UnreadableEvent
from services.shared.health import Health


@dataclass
class FakeRecord:
    topic: str = "posts"
    partition: int = 0
    offset: int = 1
    timestamp: int = 0
    key: bytes | None = b"key"
    value: bytes | None = b"{}"
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass
class Bench:
    """A delivery whose waits take no time, and its dead-letter topic, which may be away for a while."""

    limit: DeadLetterLimit = field(default_factory=DeadLetterLimit)
    parked: list[tuple[int, str]] = field(default_factory=list)
    away: bool = False

    def __post_init__(self) -> None:
        self.health = Health("abuse")
        self.delivery = Delivery("t.abuse", self.health.part("kafka"), self.limit, self._sleep)
        self.delivery.park = self._park

    async def tell(self, record: FakeRecord, error: Exception | None = None) -> bool:
        """Handle a record whose handler fails with the error; tell whether it was finished."""

        async def call() -> None:
            if error is not None:
                raise error

        try:
            await self.delivery.handle(record, call)
        except (DependencyUnavailable, InputRejected, ZeroDivisionError, DeliveryHalted):
            return False
        return True

    @property
    def blocked(self) -> float | None:
        return REGISTRY.get_sample_value("schoolgate_delivery_blocked", {"group": "t.abuse"})

    async def _sleep(self, _: float) -> None: ...

    async def _park(self, record: object, reason: str) -> None:
        assert isinstance(record, FakeRecord)
        if self.away:
            raise DependencyUnavailable("no broker")
        self.parked.append((record.offset, reason))


AWAY = DependencyUnavailable("the database does not answer")


@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [
        (ZeroDivisionError(), FAILURE_ATTEMPTS, "handler_failed"),
        (InputRejected("bad"), INPUT_ATTEMPTS, "input_rejected"),
    ],
)
async def test_an_outage_uses_up_no_attempts(error: Exception, attempts: int, reason: str) -> None:
    bench, record = Bench(), FakeRecord()
    for _ in range(9):
        assert not await bench.tell(record, AWAY)
    for _ in range(attempts - 1):
        assert not await bench.tell(record, error)
        assert not await bench.tell(record, AWAY)
    assert bench.parked == []
    assert await bench.tell(record, error)
    assert bench.parked == [(1, reason)]


async def test_one_record_that_cannot_be_parked_for_long_stops_nothing() -> None:
    bench, record = Bench(limit=DeadLetterLimit(in_a_row=5), away=True), FakeRecord()
    for _ in range(50):
        assert not await bench.tell(record, UnreadableEvent("not_a_cloudevent"))
    assert bench.health.readiness() == {"kafka": "dependency_unavailable"}
    bench.away = False
    assert await bench.tell(record, UnreadableEvent("not_a_cloudevent"))
    assert bench.parked == [(1, "not_a_cloudevent")]
    assert bench.health.readiness() == {}


async def test_a_blocked_partition_is_told_though_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bench, stuck, other = Bench(), FakeRecord(partition=0), FakeRecord(partition=1)
    assert not await bench.tell(stuck, AWAY)
    assert await bench.tell(other)
    assert (bench.blocked, bench.health.readiness()) == (1, {"kafka": "dependency_unavailable"})
    assert await bench.tell(stuck)
    assert (bench.blocked, bench.health.readiness()) == (0, {})

    assert not await bench.tell(stuck, AWAY)
    monkeypatch.setattr(delivery, "FORGOTTEN_AFTER", 0.0)
    assert await bench.tell(other), "the blocked partition went to another consumer long ago"
    assert (bench.blocked, bench.health.readiness()) == (0, {})


async def test_too_many_in_a_row_or_of_the_last_ones_stop_the_group() -> None:
    in_a_row = Bench(limit=DeadLetterLimit(in_a_row=5))
    for number in range(9):
        await in_a_row.tell(FakeRecord(offset=number), UnreadableEvent("unknown_type"))
    assert [offset for offset, _ in in_a_row.parked] == [0, 1, 2, 3]
    assert in_a_row.health.readiness() == {"kafka": "too_many_dead_letters"}

    share = Bench(limit=DeadLetterLimit(window=20, share=0.25))
    for number in range(60):
        await share.tell(FakeRecord(offset=number), UnreadableEvent("unknown_type") if number % 3 == 0 else None)
    assert len(share.parked) == 7
    assert share.health.readiness() == {"kafka": "too_many_dead_letters"}
