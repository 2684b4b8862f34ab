"""However changes of a register arrive, each is followed by the rechecks that it needs, and none comes too early."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ids import RunId
from schemas.status import RegisterChange
from services.ingest.backfill.needs import AT_ONCE, LONGEST_WAIT, QUIET, WHEN_QUIET
from services.ingest.backfill.pending import SETTLED_AFTER, PendingRechecks
from services.ingest.tables import metadata
from services.shared.database import Database
from tests.support.backfill import change
from tests.support.ingest import BEGIN, HandClock

KINDS = {
    "name_consent_withdrawn": (AT_ONCE, {"details"}),
    "photo_consent_withdrawn": (AT_ONCE, {"details", "faces"}),
    "joined": (WHEN_QUIET, {"details"}),
    "enrolled": (WHEN_QUIET, {"faces"}),
    "left": (None, set[str]()),
}
STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class Told:
    """A change of a register, and the moments at which ingest hears of it: at least once, in any order."""

    change: RegisterChange
    heard: tuple[datetime, ...]

    @property
    def need(self) -> tuple[str | None, set[str]]:
        return KINDS[self.change.pupils[0].what]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Told, ...]:
    made = draw(st.lists(st.tuples(st.sampled_from(tuple(KINDS)), st.integers(0, 30)), min_size=1, max_size=12))
    told = []
    for number, (what, step) in enumerate(made):
        delays = draw(st.lists(st.integers(0, 18), min_size=1, max_size=3))
        one = change(what, 5 + number, minutes=5 * step)
        told.append(Told(one, tuple(one.changed_at + delay * STEP for delay in delays)))
    return tuple(told)


@dataclass(frozen=True)
class Begun:
    """A recheck that began: by which detectors."""

    at: datetime
    detectors: frozenset[str]


async def listen(history: tuple[Told, ...]) -> dict[RunId, Begun]:
    """Let ingest hear everything and work every five minutes for long enough; return what began, and when."""
    database, clock = Database("ingest", "sqlite+aiosqlite:///:memory:"), HandClock()
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    pending, begun = PendingRechecks(database, clock), dict[RunId, Begun]()
    end = max(moment for told in history for moment in told.heard) + LONGEST_WAIT + QUIET
    while clock.now() <= end:
        for told in history:
            for _ in range(told.heard.count(clock.now())):
                await pending.add(told.change)
        for recheck in await pending.due():
            begun.setdefault(recheck.run_id, Begun(clock.now(), recheck.detectors))
            await pending.go_on(recheck.run_id, {})
        clock.time += STEP
    clock.time += 2 * SETTLED_AFTER
    for recheck in await pending.due():
        await pending.go_on(recheck.run_id, {})
    clock.time += 2 * SETTLED_AFTER
    assert await pending.due() == []
    await database.close()
    return begun


@settings(max_examples=40, deadline=None)
@given(histories())
def test_every_change_is_covered_by_a_recheck_that_begins_in_time_and_none_is_early(history: tuple[Told, ...]) -> None:
    begun = asyncio.run(listen(history)).values()
    needed = [told for told in history if told.need[0] is not None]
    for told in needed:
        urgency, detectors = told.need
        known_at = min(told.heard)
        latest = known_at if urgency == AT_ONCE else max(known_at, told.change.changed_at + LONGEST_WAIT)
        assert any(known_at <= each.at <= latest and detectors <= each.detectors for each in begun)
    for each in begun:
        heard = [told for told in needed if min(told.heard) <= each.at]
        assert any(told.need[0] == AT_ONCE or each.at >= told.change.changed_at + QUIET for told in heard)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_additions_begin_when_the_register_is_quiet_and_not_before(history: tuple[Told, ...]) -> None:
    """Where ingest hears of every change at once, it is plain which ones a recheck gathers."""
    additions = [Told(told.change, (told.change.changed_at,)) for told in history if told.need[0] == WHEN_QUIET]
    begun = asyncio.run(listen(tuple(additions))) if additions else {}
    assert sorted(each.at for each in begun.values()) == beginnings([told.change.changed_at for told in additions])


def beginnings(changed: list[datetime]) -> list[datetime]:
    """Gather changes until ten minutes have passed without one, but for an hour at most."""
    expected: list[datetime] = []
    waiting: list[datetime] = []
    for step in range(60):
        now = BEGIN + step * STEP
        waiting += [at for at in changed if at == now]
        if waiting and now >= min(max(waiting) + QUIET, min(waiting) + LONGEST_WAIT):
            expected.append(now)
            waiting = []
    return expected
