"""A check with everything that was answered to it, and the state that follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.analysis import Finding, Unchecked
from schemas.ids import AccountId, Digest, PostId, SchoolId
from services.casebook import tables
from services.policy.decide import PostFacts

DELETED: Final = "deleted"
"""The cause of a check of a post that the platform no longer has."""
OPEN: Final = "open"
CHECKED: Final = "checked"
ALERTED: Final = "alerted"
WITHDRAWN: Final = "withdrawn"
OVERDUE: Final = "overdue"


@dataclass(frozen=True)
class PostKey:
    """Which post, of which account and school."""

    school_id: SchoolId
    account_id: AccountId
    post_id: PostId
    root_id: PostId


@dataclass(frozen=True)
class Check:
    """A recorded check; `unchecked` is what its answers left out, by detector; `late`: a newer revision is known."""

    row: Row[Any]
    late: bool
    answered: frozenset[str]
    unchecked: Mapping[str, tuple[Unchecked, ...]]
    findings: tuple[Finding, ...]

    @property
    def check_id(self) -> Digest:
        """The check's id."""
        return str(self.row.check_id)

    @property
    def key(self) -> PostKey:
        """The post that was checked."""
        return PostKey(self.row.school_id, self.row.account_id, self.row.post_id, self.row.root_id)

    @property
    def facts(self) -> PostFacts:
        """What policy needs to know of the post."""
        row = self.row
        return PostFacts(row.platform, row.kind, row.trigger, row.relation, row.has_image)

    @property
    def missing(self) -> tuple[str, ...]:
        """The required detectors that did not answer."""
        return tuple(sorted(set(self.row.required) - self.answered))

    def ripe(self, at: datetime, collect_for: float) -> bool:
        """Tell whether nothing is waited for any more: all have answered, or `collect_for` seconds have passed."""
        return not self.missing or (at - self.row.recorded_at).total_seconds() >= collect_for

    def state(self, *, alerted: bool) -> str:
        """Return the state that follows from the answers; silence is never `checked`."""
        if self.row.cause == DELETED:
            return WITHDRAWN
        if self.missing:
            return OVERDUE if self.row.state == OVERDUE else OPEN
        return ALERTED if alerted or self.unchecked else CHECKED


async def checks_of_revision(
    connection: AsyncConnection, school: SchoolId, post: PostId, revision_no: int
) -> tuple[Check, ...]:
    """Return the recorded checks of one revision with their answers, in the order of their ids."""
    rows = await _of_revision(connection, tables.checks, school, post, revision_no, "check_id")
    answers = await _of_revision(connection, tables.answers, school, post, revision_no, "analysis_id")
    findings = await _of_revision(connection, tables.findings, school, post, revision_no, "analysis_id")
    newest = (
        await connection.execute(
            select(tables.posts.c.newest_revision_no).where(
                tables.posts.c.school_id == school, tables.posts.c.post_id == post
            )
        )
    ).scalar_one()
    return tuple(
        Check(
            row=row,
            late=revision_no < newest,
            answered=frozenset(answer.detector for answer in answers if answer.check_id == row.check_id),
            unchecked=_unchecked([answer for answer in answers if answer.check_id == row.check_id]),
            findings=tuple(
                {
                    found.finding_id: Finding.model_validate(found.finding)
                    for found in findings
                    if found.check_id == row.check_id
                }.values()
            ),
        )
        for row in rows
    )


async def deleted_at(connection: AsyncConnection, school: SchoolId, post: PostId) -> datetime | None:
    """Return when the platform was first seen without the post; None when it still had it."""
    checks = tables.checks
    seen = func.min(checks.c.observed_at, type_=checks.c.observed_at.type)
    found = await connection.execute(
        select(seen).where(checks.c.school_id == school, checks.c.post_id == post, checks.c.cause == DELETED)
    )
    moment: datetime | None = found.scalar_one()
    return moment


def together(check: Check, checks: tuple[Check, ...]) -> tuple[Finding, ...]:
    """Return the check's findings and those that other checks of the revision added; of two versions its own counts."""
    found = {finding.finding_id: finding for other in checks for finding in other.findings}
    found |= {finding.finding_id: finding for finding in check.findings}
    return tuple(found.values())


def _unchecked(answers: list[Row[Any]]) -> dict[str, tuple[Unchecked, ...]]:
    parts: dict[str, tuple[Unchecked, ...]] = {}
    for answer in answers:
        if answer.status != "complete":
            left = tuple(Unchecked.model_validate(part) for part in answer.unchecked)
            parts[answer.detector] = parts.get(answer.detector, ()) + left
    return parts


async def _of_revision(
    connection: AsyncConnection, table: Any, school: SchoolId, post: PostId, revision_no: int, order: str
) -> list[Row[Any]]:
    found = await connection.execute(
        select(table)
        .where(table.c.school_id == school, table.c.post_id == post, table.c.revision_no == revision_no)
        .order_by(table.c[order])
    )
    return list(found.all())
