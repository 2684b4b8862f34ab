import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from schemas import ids
from services.ingest.polling.lease import Leases
from services.ingest.polling.pace import Pace
from services.ingest.polling.poll import Outcome
from services.ingest.polling.schedule import Poll, Schedule
from services.ingest.polling.watch import AccountWatch
from services.register.models import Account
from services.shared.errors import DependencyUnavailable
from services.shared.health import Health
from services.shared.process import Stop
from tests.support.ingest import ACCOUNT, SCHOOL, HandClock, Ingest
from tests.support.waiting import until

OTHER = replace(ACCOUNT, account_id=ids.account_id(SCHOOL.school_id, "x", "other"))
QUICK = Pace(0.05, 0.1)


class Polls:
    """Counts readings, and answers each account as a test says."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.outcomes: dict[str, Callable[[], Outcome]] = {}
        self.at_once = self.most_at_once = 0

    async def poll(self, account: Account, stream: str, _: Stop) -> Outcome:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.count[f"{account.account_id}/{stream}"] += 1
        return self.outcomes.get(account.account_id, lambda: Outcome("ok"))()

    def of(self, account: Account, stream: str = "posts") -> int:
        return self.count[f"{account.account_id}/{stream}"]


@asynccontextmanager
async def running(poll: Poll, clock: HandClock, health: Health, pace: Pace = QUICK) -> AsyncIterator[Schedule]:
    schedule, stop = Schedule(poll, pace, clock, health), Stop()
    task = asyncio.create_task(schedule.run(stop))
    yield schedule
    stop.set()
    await task


async def test_streams_are_read_again_and_again_one_at_a_time_until_the_end() -> None:
    polls, health = Polls(), Health("ingest")
    async with running(polls.poll, HandClock(), health) as schedule:
        schedule.add(ACCOUNT, ("posts", "mentions"))
        await until(lambda: polls.of(ACCOUNT) > 3 and polls.of(ACCOUNT, "mentions") > 3, what="both streams are read")
        assert health.readiness() == {}
    after = polls.count.total()
    await asyncio.sleep(0.2)
    assert polls.count.total() == after
    assert polls.most_at_once == 1


async def test_an_account_that_fails_is_named_and_does_not_stop_another() -> None:
    polls, health = Polls(), Health("ingest")
    polls.outcomes[ACCOUNT.account_id] = lambda: Outcome("token_rejected")
    async with running(polls.poll, HandClock(), health) as schedule:
        for account in (ACCOUNT, OTHER):
            schedule.add(account, ("posts",))
        await until(lambda: polls.of(ACCOUNT) > 1 and polls.of(OTHER) > 5, what="both are read")
        assert health.readiness() == {f"account:{ACCOUNT.account_id}:posts": "token_rejected"}
        del polls.outcomes[ACCOUNT.account_id]
        await until(lambda: health.readiness() == {}, what="the account works again")


async def test_after_an_outage_of_what_is_ours_however_long_an_account_is_read_at_once() -> None:
    polls = Polls()
    polls.outcomes[ACCOUNT.account_id] = lambda: Outcome("dependency_unavailable")
    async with running(polls.poll, HandClock(), Health("ingest")) as schedule:
        schedule.add(ACCOUNT, ("posts",))
        await until(lambda: polls.of(ACCOUNT) > 12, what="it is tried as often as before")


async def test_a_poll_that_raises_is_repeated() -> None:
    polls = Polls()

    def bug() -> Outcome:
        raise ZeroDivisionError

    polls.outcomes[ACCOUNT.account_id] = bug
    async with running(polls.poll, HandClock(), Health("ingest")) as schedule:
        schedule.add(ACCOUNT, ("posts",))
        await until(lambda: polls.of(ACCOUNT) > 2, what="it is read again")


async def test_a_rate_limit_parks_all_streams_of_the_account_until_its_end() -> None:
    polls, clock = Polls(), HandClock()
    retry_at = clock.now() + timedelta(seconds=0.5)
    polls.outcomes[ACCOUNT.account_id] = lambda: Outcome("rate_limited", retry_at=retry_at)
    async with running(polls.poll, clock, Health("ingest")) as schedule:
        schedule.add(ACCOUNT, ("posts", "mentions"))
        schedule.add(OTHER, ("posts",))
        await until(lambda: polls.of(OTHER) > 10, what="the other account is read")
        assert polls.count.total() - polls.of(OTHER) == 1
        clock.forward(1)
        del polls.outcomes[ACCOUNT.account_id]
        await until(lambda: polls.of(ACCOUNT, "mentions") > 1, what="the account is read again")


async def test_the_end_waits_for_a_reading_that_is_under_way() -> None:
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), False

    async def poll(_: Account, __: str, stop: Stop) -> Outcome:
        nonlocal ended
        begun.set()
        await stop.wait()
        await go_on.wait()
        ended = True
        return Outcome("ok")

    async with running(poll, HandClock(), Health("ingest")) as schedule:
        schedule.add(ACCOUNT, ("posts",))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.1, go_on.set)
    assert ended


def watch_on(ingest: Ingest, schedule: Schedule, leases: Leases | None = None) -> AccountWatch:
    return AccountWatch(
        ingest.register, ingest.connections, leases or ingest.leases, schedule, ingest.health.part("accounts")
    )


async def test_accounts_come_and_go_with_the_register(ingest: Ingest) -> None:
    polls = Polls()
    async with running(polls.poll, ingest.clock, ingest.health) as schedule:
        watch = watch_on(ingest, schedule)
        await watch.round()
        assert schedule.accounts().keys() == {ACCOUNT.account_id}
        ingest.register.known.append(OTHER)
        await watch.round()
        await until(lambda: polls.of(OTHER) > 0, what="the new account is read")
        ingest.register.known.remove(ACCOUNT)
        await watch.round()
        assert schedule.accounts().keys() == {OTHER.account_id}


async def test_an_account_of_a_platform_without_a_connector_is_left_alone(ingest: Ingest) -> None:
    ingest.register.known.append(replace(OTHER, platform="facebook"))
    async with running(Polls().poll, ingest.clock, ingest.health) as schedule:
        await watch_on(ingest, schedule).round()
        assert schedule.accounts().keys() == {ACCOUNT.account_id}


async def test_two_processes_share_the_accounts_and_one_follows_the_other(ingest: Ingest) -> None:
    other = ingest.other()
    async with (
        running(Polls().poll, ingest.clock, Health("ingest")) as first,
        running(Polls().poll, ingest.clock, Health("ingest")) as second,
    ):
        await watch_on(ingest, first).round()
        await watch_on(other, second).round()
        assert (set(first.accounts()), set(second.accounts())) == ({ACCOUNT.account_id}, set())
        await ingest.leases.release()
        await watch_on(other, second).round()
        await watch_on(ingest, first).round()
        assert (set(first.accounts()), set(second.accounts())) == (set(), {ACCOUNT.account_id})


async def test_a_register_that_does_not_answer_is_said_and_waited_for(ingest: Ingest) -> None:
    ingest.register.failure = DependencyUnavailable("no database")
    quick = Leases(ingest.database, ingest.clock, timedelta(seconds=0.3))
    async with running(Polls().poll, ingest.clock, ingest.health) as schedule:
        stop = Stop()
        task = asyncio.create_task(watch_on(ingest, schedule, quick).run(stop))
        await until(lambda: ingest.health.readiness().get("accounts") == "dependency_unavailable", what="it is said")
        ingest.register.failure = None
        await until(lambda: bool(schedule.accounts()), what="the account is polled")
        stop.set()
        await task


async def test_who_else_reads_an_account_takes_turns_with_its_polls_and_leaves_a_parked_one_alone() -> None:
    polls, clock = Polls(), HandClock()
    async with running(polls.poll, clock, Health("ingest")) as schedule:
        assert schedule.turn(ACCOUNT.account_id) is None
        schedule.add(ACCOUNT, ("posts",))
        turn = schedule.turn(ACCOUNT.account_id)
        assert turn is not None
        async with turn:
            before = polls.of(ACCOUNT)
            await asyncio.sleep(0.3)
            assert polls.of(ACCOUNT) == before
        await until(lambda: polls.of(ACCOUNT) > before, what="the polls go on")
        parked_until = clock.now() + timedelta(seconds=60)
        polls.outcomes[ACCOUNT.account_id] = lambda: Outcome("rate_limited", retry_at=parked_until)
        await until(lambda: schedule.turn(ACCOUNT.account_id) is None, what="the account is parked")
        clock.forward(61)
        assert schedule.turn(ACCOUNT.account_id) is not None
        schedule.remove(ACCOUNT.account_id)
        assert schedule.turn(ACCOUNT.account_id) is None
