from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from schemas.status import AccountStatus
from services.ingest.connectors import errors
from services.ingest.connectors.connector import Budget
from services.ingest.status import StreamState, checked_at, judge, patience
from tests.support.ingest import ACCOUNT, BEGIN, FakePlatform, Ingest, seen

DELAY = timedelta(hours=3)
CHECKED, UNREAD = ("checked", None), ("delayed", "not_read_yet")


def short(statuses: list[AccountStatus]) -> list[tuple[str, str | None]]:
    return [(status.state, status.reason) for status in statuses]


def stream(name: str, code: str, since: timedelta | None = None, read_at: datetime | None = None) -> StreamState:
    return StreamState(name, code, None if since is None else BEGIN - since, read_at)


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ([], ("checked", None)),
        ([stream("a", "ok")], ("checked", None)),
        ([stream("a", "ok"), stream("b", "rate_limited", timedelta())], ("delayed", "rate_limited")),
        ([stream("a", "platform_unavailable", DELAY)], ("delayed", "platform_unavailable")),
        ([stream("a", "rate_limited", DELAY + timedelta(seconds=1))], ("not_checked", "rate_limited")),
        ([stream("a", "failed", timedelta(hours=1)), stream("b", "rate_limited", DELAY)], ("delayed", "rate_limited")),
        ([stream("a", "failed", DELAY), stream("b", "token_rejected", timedelta())], ("not_checked", "token_rejected")),
        ([stream("a", "permission_missing", timedelta())], ("not_checked", "permission_missing")),
        ([stream("a", "budget_spent", timedelta())], ("not_checked", "budget_spent")),
        ([stream("a", "request_refused", timedelta())], ("not_checked", "request_refused")),
        ([stream("a", "misconfigured", timedelta())], ("not_checked", "misconfigured")),
        ([stream("a", "ok", read_at=BEGIN - DELAY)], ("checked", None)),
        ([stream("a", "ok", read_at=BEGIN - DELAY - timedelta(seconds=1))], ("not_checked", "not_read")),
    ],
)
def test_the_state_is_that_of_the_worst_stream(streams: list[StreamState], expected: tuple[str, str | None]) -> None:
    assert judge(streams, BEGIN, DELAY, BEGIN - timedelta(days=1)) == expected


def test_an_account_is_checked_until_the_earliest_of_its_streams() -> None:
    early, late = stream("a", "ok", read_at=BEGIN), stream("b", "ok", read_at=BEGIN + timedelta(hours=1))
    assert checked_at([early, late]) == BEGIN
    assert checked_at([early, late, stream("c", "failed", timedelta())]) is None


@pytest.mark.parametrize(
    ("longest", "expected"), [(60, timedelta(minutes=30)), (600, timedelta(minutes=30)), (3600, timedelta(hours=3))]
)
def test_a_delay_may_last_three_long_intervals_or_half_an_hour(longest: int, expected: timedelta) -> None:
    assert patience(longest) == expected


async def test_a_reading_and_what_it_changes_are_told_once(ingest: Ingest) -> None:
    for _ in range(3):
        await ingest.poll([seen()])
    ingest.platform.error = errors.TokenRejected("x")
    for _ in range(2):
        ingest.clock.forward(1)
        await ingest.poll([])
    ingest.platform.error = None
    await ingest.poll([])
    statuses = await ingest.statuses()
    assert short(statuses) == [CHECKED, ("not_checked", "token_rejected"), CHECKED]
    assert [status.checked_at for status in statuses] == [BEGIN, BEGIN, BEGIN + timedelta(seconds=2)]
    assert (statuses[0].account_id, statuses[0].school_id, statuses[0].platform) == (
        ACCOUNT.account_id,
        ACCOUNT.school_id,
        "x",
    )


async def test_an_account_is_checked_once_every_stream_is_read(ingest: Ingest) -> None:
    ingest.platform.streams = ("posts", "mentions")
    await ingest.poll([])
    await ingest.poll([], stream="mentions")
    statuses = await ingest.statuses()
    assert short(statuses) == [UNREAD, CHECKED]
    assert [status.checked_at for status in statuses] == [None, BEGIN]


async def test_a_reading_cut_short_checks_nothing(ingest: Ingest) -> None:
    await ingest.poll([])
    ingest.clock.forward(60)
    ingest.platform.error = errors.PlatformUnavailable("x")
    await ingest.poll([seen()])
    assert short(await ingest.statuses()) == [CHECKED, ("delayed", "platform_unavailable")]
    assert (await ingest.statuses())[-1].checked_at == BEGIN


async def test_a_delay_that_lasts_is_for_somebody_even_when_nothing_is_read_meanwhile(ingest: Ingest) -> None:
    ingest.platform.error = errors.RateLimited("x", BEGIN + timedelta(hours=9))
    await ingest.poll([])
    for _ in range(4 * 60):
        ingest.clock.forward(60)
        await ingest.status.repeat(ingest.accounts)
    states = short(await ingest.statuses())
    turn = states.index(("not_checked", "rate_limited"))
    assert set(states[:turn]) == {("delayed", "rate_limited")}
    assert set(states[turn:]) == {("not_checked", "rate_limited")}
    assert (await ingest.statuses())[turn].observed_at == BEGIN + timedelta(hours=3, minutes=1)


async def test_an_account_whose_reading_hangs_is_not_said_to_be_checked(ingest: Ingest) -> None:
    await ingest.poll([])
    for _ in range(4 * 60):
        ingest.clock.forward(60)
        await ingest.status.repeat(ingest.accounts)
    last = (await ingest.statuses())[-1]
    assert (last.state, last.reason, last.checked_at) == ("not_checked", "not_read", BEGIN)
    await ingest.poll([])
    assert short(await ingest.statuses())[-1] == CHECKED


async def test_after_a_long_pause_a_process_reads_before_it_complains(ingest: Ingest) -> None:
    await ingest.poll([])
    ingest.clock.forward(10 * 3600)
    after_restart = ingest.other()
    await after_restart.status.repeat(after_restart.accounts)
    assert short(await ingest.statuses()) == [CHECKED, CHECKED]


async def test_a_status_is_repeated_within_five_minutes(ingest: Ingest) -> None:
    await ingest.poll([])
    for _ in range(60):
        ingest.clock.forward(30)
        await ingest.status.repeat(ingest.accounts)
    statuses = await ingest.statuses()
    moments = [status.observed_at for status in statuses]
    assert all(after - before <= timedelta(seconds=300) for before, after in pairwise(moments))
    assert len(statuses) < 10
    assert {status.repeats_within for status in statuses} == {300}
    assert len({status.status_id for status in statuses}) == len(statuses)


async def test_an_account_that_was_never_read_has_a_status_too(ingest: Ingest) -> None:
    await ingest.status.repeat(ingest.accounts)
    assert short(await ingest.statuses()) == [UNREAD]


async def test_only_the_process_that_polls_the_account_tells_how_it_is(ingest: Ingest) -> None:
    other = ingest.other(platform=FakePlatform())
    await ingest.poll([])
    await other.poll([])
    await other.status.repeat(other.accounts)
    assert short(await ingest.statuses()) == [CHECKED]
    ingest.clock.forward(301)
    await other.status.repeat(other.accounts)
    await ingest.status.repeat(ingest.accounts)
    assert short(await ingest.statuses()) == [CHECKED, CHECKED]


async def test_a_restart_forgets_neither_what_was_read_nor_since_when_it_fails(ingest: Ingest) -> None:
    await ingest.poll([])
    ingest.platform.error = errors.PlatformUnavailable("x")
    ingest.clock.forward(60)
    await ingest.poll([])
    other = ingest.other()
    ingest.clock.forward(3 * 3600 + 1)
    await other.poll([])
    last = (await ingest.statuses())[-1]
    assert (last.state, last.reason, last.checked_at) == ("not_checked", "platform_unavailable", BEGIN)


async def test_a_gap_is_news_and_stays_known(ingest: Ingest) -> None:
    await ingest.poll([])
    ingest.clock.forward(1)
    ingest.platform.gap = "unread_over_7_days"
    await ingest.poll([seen()])
    ingest.platform.gap = None
    await ingest.poll([])
    _, told = await ingest.statuses()
    (gap,) = told.gaps
    assert (told.state, gap.stream, gap.reason, gap.at) == (
        "checked",
        "posts",
        "unread_over_7_days",
        BEGIN + timedelta(seconds=1),
    )


async def test_a_gap_is_news_once_however_often_the_reading_that_found_it_is_cut_short(ingest: Ingest) -> None:
    ingest.platform.gap, ingest.platform.error = "unread_over_7_days", errors.PlatformUnavailable("x")
    for _ in range(3):
        ingest.clock.forward(60)
        await ingest.poll([seen()])
    ingest.platform.error = None
    await ingest.poll([seen()])
    ingest.platform.gap = None
    await ingest.poll([seen()])
    gaps = {gap.at for status in await ingest.statuses() for gap in status.gaps}
    assert gaps == {BEGIN + timedelta(seconds=180)}


async def test_the_allowance_that_is_used_is_told(ingest: Ingest) -> None:
    ingest.platform.budget = Budget(100, 8, BEGIN)
    await ingest.poll([])
    assert (await ingest.statuses())[0].budget_used == pytest.approx(0.92)


async def test_a_token_is_validated_once_a_day_though_nothing_fails(ingest: Ingest) -> None:
    await ingest.poll([])
    ingest.platform.refuses = errors.TokenRejected("x")
    ingest.clock.forward(24 * 3600 - 1)
    assert (await ingest.poll([])).code == "ok"
    ingest.clock.forward(1)
    assert (await ingest.poll([])).code == "token_rejected"
    assert short(await ingest.statuses())[-1] == ("not_checked", "token_rejected")
