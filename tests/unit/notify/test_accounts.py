"""What people hear when an account is not being read."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas import ids
from schemas.status import AccountStatus, Gap
from services.casebook import accounts, operations
from services.casebook.queue import list_cases
from services.casebook.viewer import Viewer
from services.ingest.connectors.errors import PlatformError
from services.register.models import Account
from services.shared.database import Database
from tests.support.events import ACCOUNT, NOW, SCHOOL, make_status
from tests.support.notify import EVERYTHING, Register, World

LAST_READ = NOW - timedelta(minutes=20)
OUTAGE = f"{ACCOUNT}:outage-{int(NOW.timestamp())}"
OFFICIAL = (Account(ACCOUNT, SCHOOL, "x", "larkhollow", "1", (SCHOOL,)),)
OTHER_SCHOOL = "sch-" + "0" * 16


def status(minutes: float = 0, state: str = "not_checked", **changes: Any) -> AccountStatus:
    at = NOW + timedelta(minutes=minutes)
    reason = "token_rejected" if state == "not_checked" else None
    return make_status(at, **({"state": state, "reason": reason, "checked_at": LAST_READ} | changes))


async def hear(world: World, *heard: AccountStatus) -> None:
    for one in heard:
        await world.accounts.status(one)


async def told(world: World) -> list[tuple[str, ...]]:
    """Return the headlines of the mails that the online safety lead got."""
    while await world.deliver.send_due():
        pass
    return [mail.headlines for mail in world.mail.taken if mail.address.startswith("online_safety_lead")]


async def open_outages(world: World) -> list[str]:
    return [row.post_id for row in await world.rows("outages") if row.ended_at is None]


async def test_an_outage_is_told_once_with_platform_local_time_and_reason(world: World) -> None:
    await hear(world, *(status(minutes) for minutes in range(0, 60, 5)))
    assert await told(world) == [
        ("Your X account has not been checked since Tuesday 3 March, 09:40: the token was revoked or has expired",)
    ]
    (alert,) = await world.rows("alerts")
    assert (alert.audience, alert.severity, alert.post_id) == ("operations", "S2", OUTAGE)
    assert alert.case_id == ids.case_id(SCHOOL, OUTAGE, "operations")


async def test_since_when_is_said_in_the_schools_time_zone(world: World) -> None:
    summer = LAST_READ + timedelta(days=120)
    await hear(world, status(60 * 24 * 121, checked_at=summer))
    ((line,),) = await told(world)
    assert "since Wednesday 1 July, 10:40:" in line


async def test_an_account_that_was_never_read_says_so(world: World) -> None:
    never: dict[str, Any] = {"checked_at": None, "reason": "permission_missing"}
    await hear(world, status(0, **never), status(5, **never))
    ((line,),) = await told(world)
    assert line == "Your X account has never been checked: the token lacks a permission"
    assert await open_outages(world) == [OUTAGE]


async def test_another_reason_within_an_outage_is_news_of_the_same_case(world: World) -> None:
    await hear(world, status(), status(5, reason="budget_spent"), status(10))
    assert len(await told(world)) == 2
    assert len(await world.rows("cases")) == 1


async def test_recovery_ends_the_outage_and_leaves_the_case_to_people(world: World, database: Database) -> None:
    await hear(world, status(), status(5, "checked", checked_at=NOW))
    assert await open_outages(world) == []
    async with database.reading() as connection:
        (case,) = await list_cases(connection, EVERYTHING)
    assert case.state == "open"
    await hear(world, status(30, checked_at=NOW + timedelta(minutes=6)))
    assert len(await told(world)) == 2
    assert len(await world.rows("cases")) == 2


async def test_an_outage_after_a_recovery_is_told_although_nothing_was_read_to_the_end_in_between(world: World) -> None:
    await hear(world, status(), status(5, "checked"), status(10))
    assert len(await told(world)) == 2
    assert len(await open_outages(world)) == 1


@pytest.mark.parametrize(
    ("last_read", "line"),
    [
        (LAST_READ, "was not checked between Tuesday 3 March, 09:40 and Tuesday 3 March, 10:30: "),
        (None, "was not checked until Tuesday 3 March, 10:30: "),
    ],
)
async def test_a_message_that_waited_for_the_morning_does_not_say_that_an_outage_goes_on(
    world: World, last_read: datetime | None, line: str
) -> None:
    await hear(world, status(checked_at=last_read))
    world.clock.advance(minutes=30)
    await hear(world, status(30, "checked"))
    ((said,),) = await told(world)
    assert said == f"Your X account {line}the token was revoked or has expired"


@pytest.mark.parametrize("state", ["delayed", "checked", "of_the_future"])
async def test_what_will_pass_by_itself_is_told_to_nobody(world: World, state: str) -> None:
    await hear(world, status(0, state, reason="rate_limited"))
    assert await world.rows("alerts") == []


async def test_a_delay_does_not_end_an_outage(world: World) -> None:
    await hear(world, status(), status(5, "delayed", reason="rate_limited"))
    assert await open_outages(world) == [OUTAGE]


async def test_a_status_that_comes_late_or_twice_changes_nothing(world: World) -> None:
    await hear(world, status(10, "checked", checked_at=NOW), status(5), status(10), status(0))
    assert await world.rows("alerts") == []
    (row,) = await world.rows("account_statuses")
    assert (row.state, row.observed_at) == ("checked", NOW + timedelta(minutes=10))


async def test_a_gap_is_told_once_and_however_often_it_is_repeated(world: World) -> None:
    gap = Gap(stream="posts", reason="unread_over_7_days", at=NOW)
    await hear(world, *(status(minutes, "checked", gaps=(gap,)) for minutes in (0, 5, 10)))
    ((line,),) = await told(world)
    assert line.startswith("Posts on your X account from before Tuesday 3 March, 10:00 may have been missed: ")
    assert await open_outages(world) == []


@pytest.mark.parametrize(("used", "alerts"), [(0.89, 0), (0.9, 1), (1.0, 1), (None, 0)])
async def test_a_budget_that_is_nearly_used_up_is_told(world: World, used: float | None, alerts: int) -> None:
    await hear(world, status(0, "checked", budget_used=used), status(5, "checked", budget_used=used))
    assert len(await world.rows("alerts")) == alerts


async def test_a_budget_that_was_raised_and_runs_out_again_is_news(world: World) -> None:
    await hear(
        world, *(status(minutes, "checked", budget_used=used) for minutes, used in ((0, 0.95), (5, 0.4), (10, 0.9)))
    )
    assert {row.categories[0] for row in await world.rows("alerts")} == {"budget_short"}
    assert len(await world.rows("cases")) == 2


async def test_an_account_of_which_nothing_is_heard_is_told_once(database: Database) -> None:
    world = World(database, Register())
    assert await world.accounts.report_absent() == 0
    world.clock.advance(days=1)
    world.register.official = OFFICIAL
    for seconds in (0, 900):
        world.clock.advance(seconds=seconds)
        assert await world.accounts.report_absent() == 0
    world.clock.advance(seconds=1)
    assert await world.accounts.report_absent() == 1
    assert await world.accounts.report_absent() == 0
    assert await told(world) == [
        ("Your X account has never been checked: no word comes from the program that reads it",)
    ]


async def test_statuses_that_stop_coming_are_missed_and_their_return_ends_it(database: Database) -> None:
    world = World(database, Register(official=OFFICIAL))
    assert await world.accounts.report_absent() == 0
    world.clock.advance(minutes=30)
    await hear(world, status(29, "checked", checked_at=NOW))
    world.clock.advance(minutes=15)
    assert await world.accounts.report_absent() == 0
    world.clock.advance(minutes=1)
    assert await world.accounts.report_absent() == 1
    ((line,),) = await told(world)
    assert line.startswith("Your X account has not been checked since Tuesday 3 March, 10:00: ")
    await hear(world, status(50, "checked", checked_at=NOW))
    assert await open_outages(world) == []


async def test_an_account_that_is_watched_again_is_given_the_time_to_say_so(database: Database) -> None:
    world = World(database, Register(official=OFFICIAL))
    await world.accounts.report_absent()
    await hear(world, status(0, "checked", checked_at=NOW))
    world.register.official = ()
    world.clock.advance(days=7)
    assert await world.accounts.report_absent() == 0
    world.register.official = OFFICIAL
    assert await world.accounts.report_absent() == 0
    world.clock.advance(minutes=16)
    assert await world.accounts.report_absent() == 1


async def test_what_else_concerns_the_case_is_not_taken_for_its_reason(database: Database) -> None:
    world = World(database, Register(roles=("operations",)))
    await hear(world, status(0, "checked", budget_used=0.95))
    (alert,) = await world.rows("alerts")
    async with database.reading() as connection:
        outage = await accounts.outage_of(connection, SCHOOL, alert.post_id)
    assert outage is not None
    assert accounts.headline(outage, "delivery_failed", "Europe/London") == "A message was refused for good"


FAILURES: tuple[type[PlatformError], ...] = (PlatformError, *PlatformError.__subclasses__())


@pytest.mark.parametrize("code", [*(failure.code for failure in FAILURES), "misconfigured", "not_read_yet"])
def test_every_way_in_which_a_platform_fails_has_words(code: str) -> None:
    assert code.replace("_", " ") not in operations.headline(operations.NOT_CHECKED + code)


async def test_people_see_how_the_accounts_of_their_schools_are_read(world: World, database: Database) -> None:
    gap = Gap(stream="posts", reason="unread_over_7_days", at=NOW)
    await hear(world, status(), status(5, gaps=(gap,), budget_used=0.25))
    async with database.reading() as connection:
        (state,) = await accounts.statuses(connection, EVERYTHING)
        assert await accounts.statuses(connection, Viewer("user-1", (OTHER_SCHOOL,), EVERYTHING.roles)) == ()
    assert (state.state, state.reason, state.since) == ("not_checked", "token_rejected", NOW)
    assert (state.checked_at, state.budget_used, state.gaps) == (LAST_READ, 0.25, (gap,))
