"""What has waited too long: findings that were held back, checks without an answer, answers without a check."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import Digest
from services.casebook import tables
from services.casebook.checks.check import OPEN, PostKey


@dataclass(frozen=True)
class WaitingCheck:
    """A check to look at again."""

    key: PostKey
    revision_no: int
    check_id: Digest


@dataclass(frozen=True)
class OrphanAnswer:
    """An answer to a check that was never recorded."""

    key: PostKey
    revision_no: int
    analysis_id: Digest
    detector: str


async def held_back(connection: AsyncConnection, before: datetime, limit: int) -> tuple[WaitingCheck, ...]:
    """Return open checks recorded by `before` whose findings are still held back."""
    checks = tables.checks
    condition = (checks.c.state == OPEN, checks.c.collected.is_(False), checks.c.recorded_at <= before)
    return await _checks(connection, *condition, limit=limit)


async def past_deadline(
    connection: AsyncConnection, at: datetime, recorded_before: datetime, limit: int
) -> tuple[WaitingCheck, ...]:
    """Return open checks whose deadline has passed and that were recorded by `recorded_before`."""
    checks = tables.checks
    condition = (checks.c.state == OPEN, checks.c.deadline < at, checks.c.recorded_at <= recorded_before)
    return await _checks(connection, *condition, limit=limit)


async def orphans(connection: AsyncConnection, before: datetime, limit: int) -> tuple[OrphanAnswer, ...]:
    """Return answers recorded by `before` to checks that are not there, as long as they were not reported."""
    answers, checks = tables.answers, tables.checks
    same = (checks.c.school_id == answers.c.school_id) & (checks.c.check_id == answers.c.check_id)
    found = await connection.execute(
        select(answers)
        .outerjoin(checks, same)
        .where(answers.c.orphan_reported.is_(False), answers.c.recorded_at <= before, checks.c.check_id.is_(None))
        .order_by(answers.c.recorded_at)
        .limit(limit)
    )
    return tuple(
        OrphanAnswer(
            PostKey(row.school_id, row.account_id, row.post_id, row.post_id),
            row.revision_no,
            row.analysis_id,
            row.detector,
        )
        for row in found
    )


async def set_reported(connection: AsyncConnection, orphan: OrphanAnswer) -> None:
    """Say that somebody was told of the answer."""
    answers = tables.answers
    await connection.execute(
        update(answers)
        .where(answers.c.school_id == orphan.key.school_id, answers.c.analysis_id == orphan.analysis_id)
        .values(orphan_reported=True)
    )


async def open_checks(connection: AsyncConnection) -> int:
    """Count the checks that wait for an answer."""
    checks = tables.checks
    counted = await connection.execute(select(func.count()).select_from(checks).where(checks.c.state == OPEN))
    return counted.scalar_one()


async def _checks(connection: AsyncConnection, *conditions: object, limit: int) -> tuple[WaitingCheck, ...]:
    checks = tables.checks
    found = await connection.execute(
        select(checks).where(*conditions).order_by(checks.c.recorded_at, checks.c.check_id).limit(limit)  # type: ignore[arg-type]  # column conditions
    )
    return tuple(
        WaitingCheck(
            PostKey(row.school_id, row.account_id, row.post_id, row.root_id, row.relation),
            row.revision_no,
            row.check_id,
        )
        for row in found
    )
