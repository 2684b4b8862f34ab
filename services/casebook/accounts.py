"""How well accounts are being read, and the outages that follow: each has the form of a post, so it has a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.ids import AccountId, PostId, SchoolId
from schemas.status import AccountStatus, Gap
from services.casebook import operations, tables
from services.casebook.approvals import live
from services.casebook.viewer import Viewer
from services.policy.decide import AudienceDecision
from services.shared.database import insert_new, upsert

CHECKED: Final = "checked"
NOT_CHECKED: Final = "not_checked"
SHORT: Final = 0.9
"""The share of a platform's budget from which people are told that it is nearly used up."""

OUTAGE: Final = "outage"
GAP: Final = "gap"
BUDGET: Final = "budget"
ABSENCE: Final = "absence"
PLATFORMS: Final = {"x": "X", "facebook": "Facebook", "instagram": "Instagram"}


@dataclass(frozen=True)
class AccountState:
    """How an account is being read, as people see it; `since` is when this state and reason began, times are UTC."""

    school_id: SchoolId
    account_id: AccountId
    platform: str
    state: str
    reason: str | None
    since: datetime
    checked_at: datetime | None
    budget_used: float | None
    gaps: tuple[Gap, ...]
    observed_at: datetime


@dataclass(frozen=True)
class Outage:
    """Something that keeps an account from being read; `since` None is always, `until` None is still."""

    platform: str
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Heard:
    """When the last status of an account came, by our clock, and how often they should come (seconds)."""

    heard_at: datetime
    repeats_within: int
    checked_at: datetime | None


@dataclass(frozen=True)
class Notice:
    """What operations must be told, as if it were said of a post."""

    post_id: PostId
    decision: AudienceDecision


async def take(connection: AsyncConnection, status: AccountStatus, at: datetime) -> tuple[Notice, ...]:
    """Record a status, begin and end the account's outages, and return what people must be told.

    A status that is not newer than the last one changes nothing.
    """
    table = tables.account_statuses
    same_account = (table.c.school_id == status.school_id, table.c.account_id == status.account_id)
    last = (await connection.execute(select(table).where(*same_account).with_for_update())).one_or_none()
    if last is not None and status.observed_at <= last.observed_at:
        return ()
    same_state = last is not None and (last.state, last.reason) == (status.state, status.reason)
    row = status.model_dump(exclude={"status_id", "gaps"}) | {
        "gaps": [gap.model_dump(mode="json") for gap in status.gaps],
        "since": last.since if last is not None and same_state else status.observed_at,
        "watched_since": last.watched_since if last is not None else status.observed_at,
        "heard_at": at,
    }
    await upsert(connection, table, row)
    if last is None:
        await live.wake_account(connection, status.school_id, status.account_id, at)
    account = _Account(status.school_id, status.account_id, status.platform)
    await _end(connection, account, ABSENCE, at)
    return (
        *await _outage(connection, account, status, at),
        *await _budget(connection, account, status, at),
        *[await _gap(connection, account, gap, at) for gap in status.gaps],
    )


async def miss(
    connection: AsyncConnection,
    school: SchoolId,
    account_id: AccountId,
    platform: str,
    heard: Heard | None,
    at: datetime,
) -> Notice | None:
    """Say that no status of an account comes any more; None when that was said before."""
    account = _Account(school, account_id, platform)
    if await _open_one(connection, account, ABSENCE) is not None:
        return None
    began = int(heard.heard_at.timestamp()) if heard else 0
    outage = await _begin(connection, account, ABSENCE, f"{ABSENCE}-{began}", heard.checked_at if heard else None, at)
    return Notice(outage, operations.decision([operations.STATUS_ABSENT]))


async def last_heard(connection: AsyncConnection) -> Mapping[tuple[SchoolId, AccountId], Heard]:
    """Return when each account was last heard of."""
    table = tables.account_statuses
    found = await connection.execute(select(table))
    return {(row.school_id, row.account_id): Heard(row.heard_at, row.repeats_within, row.checked_at) for row in found}


async def watched_since(connection: AsyncConnection, school: SchoolId, account_id: AccountId) -> datetime | None:
    """Return since when an account is watched; None while nothing was heard of it."""
    table = tables.account_statuses
    found = await connection.execute(
        select(table.c.watched_since).where(table.c.school_id == school, table.c.account_id == account_id)
    )
    since: datetime | None = found.scalar_one_or_none()
    return since


async def statuses(connection: AsyncConnection, viewer: Viewer) -> tuple[AccountState, ...]:
    """Return how the accounts of the viewer's schools are being read."""
    table = tables.account_statuses
    found = await connection.execute(
        select(table)
        .where(table.c.school_id.in_(viewer.school_ids))
        .order_by(table.c.school_id, table.c.platform, table.c.account_id)
    )
    return tuple(_state(row) for row in found)


async def outage_of(connection: AsyncConnection, school: SchoolId, post: PostId) -> Outage | None:
    """Return the outage of this id; None for the id of a post."""
    table = tables.outages
    found = await connection.execute(select(table).where(table.c.school_id == school, table.c.post_id == post))
    row = found.one_or_none()
    return Outage(row.platform, row.since, row.ended_at) if row is not None else None


def headline(outage: Outage, code: str, time_zone: str) -> str:
    """Say what happened to which account since when, in the school's own time; without handle or token."""
    account = f"{PLATFORMS.get(outage.platform, outage.platform)} account"
    reason = operations.reason(code)
    since = _local(outage.since, time_zone) if outage.since is not None else None
    until = _local(outage.until, time_zone) if outage.until is not None else None
    if code.startswith(operations.NOT_CHECKED) or code == operations.STATUS_ABSENT:
        if until is not None:
            checked = "was not checked " + (f"between {since} and {until}" if since else f"until {until}")
        else:
            checked = f"has not been checked since {since}" if since else "has never been checked"
        return f"Your {account} {checked}: {reason}"
    if code.startswith(operations.GAP):
        return f"Posts on your {account} from before {since} may have been missed: {reason}"
    if code == operations.BUDGET_SHORT:
        return f"Your {account} will soon not be checked any more: {reason}"
    return operations.headline(code)


@dataclass(frozen=True)
class _Account:
    school_id: SchoolId
    account_id: AccountId
    platform: str


async def _outage(
    connection: AsyncConnection, account: _Account, status: AccountStatus, at: datetime
) -> tuple[Notice, ...]:
    if status.state == CHECKED:
        await _end(connection, account, OUTAGE, at)
    if status.state != NOT_CHECKED:
        return ()
    outage = await _open_one(connection, account, OUTAGE)
    if outage is None:
        began = int(status.observed_at.timestamp())
        outage = await _begin(connection, account, OUTAGE, f"{OUTAGE}-{began}", status.checked_at, at)
    code = operations.NOT_CHECKED + (status.reason or operations.UNKNOWN)
    return (Notice(outage, operations.decision([code])),)


async def _budget(
    connection: AsyncConnection, account: _Account, status: AccountStatus, at: datetime
) -> tuple[Notice, ...]:
    if status.budget_used is None:
        return ()
    if status.budget_used < SHORT:
        await _end(connection, account, BUDGET, at)
        return ()
    outage = await _open_one(connection, account, BUDGET)
    if outage is None:
        began = int(status.observed_at.timestamp())
        outage = await _begin(connection, account, BUDGET, f"{BUDGET}-{began}", status.observed_at, at)
    return (Notice(outage, operations.decision([operations.BUDGET_SHORT], operations.MINOR)),)


async def _gap(connection: AsyncConnection, account: _Account, gap: Gap, at: datetime) -> Notice:
    outage = await _begin(connection, account, GAP, f"{GAP}-{int(gap.at.timestamp())}", gap.at, at, ended_at=at)
    return Notice(outage, operations.decision([operations.GAP + gap.reason]))


async def _open_one(connection: AsyncConnection, account: _Account, kind: str) -> PostId | None:
    found = await connection.execute(select(tables.outages.c.post_id).where(*_is_open(account, kind)))
    outage: PostId | None = found.scalars().first()
    return outage


async def _begin(  # each is one part of an outage
    connection: AsyncConnection,
    account: _Account,
    kind: str,
    name: str,
    since: datetime | None,
    at: datetime,
    ended_at: datetime | None = None,
) -> PostId:
    """Begin an outage, or go on with the one of this name."""
    table, outage = tables.outages, ids.post_id(account.account_id, name)
    row = {
        "school_id": account.school_id,
        "post_id": outage,
        "account_id": account.account_id,
        "platform": account.platform,
        "kind": kind,
        "since": since,
        "opened_at": at,
        "ended_at": ended_at,
    }
    if not await insert_new(connection, table, [row]):
        await connection.execute(
            update(table)
            .where(table.c.school_id == account.school_id, table.c.post_id == outage)
            .values(ended_at=ended_at)
        )
    return outage


async def _end(connection: AsyncConnection, account: _Account, kind: str, at: datetime) -> None:
    await connection.execute(update(tables.outages).where(*_is_open(account, kind)).values(ended_at=at))


def _is_open(account: _Account, kind: str) -> tuple[Any, ...]:
    table = tables.outages
    return (
        table.c.school_id == account.school_id,
        table.c.account_id == account.account_id,
        table.c.kind == kind,
        table.c.ended_at.is_(None),
    )


def _local(moment: datetime, time_zone: str) -> str:
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local:%A} {local.day} {local:%B, %H:%M}"


def _state(row: Row[Any]) -> AccountState:
    return AccountState(
        school_id=row.school_id,
        account_id=row.account_id,
        platform=row.platform,
        state=row.state,
        reason=row.reason,
        since=row.since,
        checked_at=row.checked_at,
        budget_used=row.budget_used,
        gaps=tuple(Gap.model_validate(gap) for gap in row.gaps),
        observed_at=row.observed_at,
    )
