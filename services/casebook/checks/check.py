"""A check with everything that was answered to it, and the state that follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.analysis import Finding, Unchecked
from schemas.ids import AccountId, Digest, PostId, SchoolId
from services.casebook import tables
from services.policy.decide import PostFacts

AUDIT: Final = "audit"
LIVE: Final = "live"
"""Triggers of checks."""
DELETED: Final = "deleted"
"""The cause of a check of a post that the platform no longer has."""
OFFICIAL: Final = "official"
"""The relation of an author who is the school itself."""
OPEN: Final = "open"
CHECKED: Final = "checked"
ALERTED: Final = "alerted"
WITHDRAWN: Final = "withdrawn"
OVERDUE: Final = "overdue"


@dataclass(frozen=True)
class PostKey:
    """Which post, of which account and school; `relation` is its author's, as in schemas/post."""

    school_id: SchoolId
    account_id: AccountId
    post_id: PostId
    root_id: PostId
    relation: str = "unknown"

    @property
    def below(self) -> bool:
        """Tell whether somebody else wrote this below another post, as one of perhaps many."""
        return self.relation != OFFICIAL and self.root_id != self.post_id


@dataclass(frozen=True)
class Check:
    """A recorded check; `unchecked` is what its answers left out, by detector.

    `late`: a newer revision is known; `gone`: a newer one said that the platform no longer had the post.
    """

    row: Row[Any]
    late: bool
    gone: bool
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
        row = self.row
        return PostKey(row.school_id, row.account_id, row.post_id, row.root_id, row.relation)

    @property
    def audits(self) -> bool:
        """Tell whether it looks at the past, so that what it finds can wait until somebody reads it."""
        return bool(self.row.trigger == AUDIT)

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
        waits_for_nothing = not self.missing or self.gone or self.audits
        return waits_for_nothing or (at - self.row.recorded_at).total_seconds() >= collect_for

    def state(self, *, alerted: bool) -> str:
        """Return the state that follows from the answers; silence is never `checked`."""
        if self.row.cause == DELETED:
            return WITHDRAWN
        if self.missing:
            unfinished = OVERDUE if self.row.state == OVERDUE else OPEN
            return WITHDRAWN if self.gone else unfinished
        return ALERTED if alerted or self.unchecked else CHECKED


async def checks_of_revision(
    connection: AsyncConnection, school: SchoolId, post: PostId, revision_no: int
) -> tuple[Check, ...]:
    """Return the recorded checks of one revision with their answers, in the order of their ids."""
    rows = await _of_revision(connection, tables.checks, school, post, revision_no, "check_id")
    answers = await _of_revision(connection, tables.answers, school, post, revision_no, "analysis_id")
    findings = await _of_revision(connection, tables.findings, school, post, revision_no, "analysis_id")
    newest = (await connection.execute(_newest_revision(school, post))).scalar_one()
    deleted = (await connection.execute(_deletions(func.max(tables.checks.c.revision_no), school, post))).scalar_one()
    return tuple(
        Check(
            row=row,
            late=revision_no < newest,
            gone=deleted is not None and revision_no < deleted,
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
    """Return when the platform was seen without the post; None when it has the post, perhaps once more."""
    checks = tables.checks
    seen = func.min(checks.c.observed_at, type_=checks.c.observed_at.type)
    newest = _newest_revision(school, post).scalar_subquery()
    found = await connection.execute(_deletions(seen, school, post).where(checks.c.revision_no == newest))
    moment: datetime | None = found.scalar_one()
    return moment


async def unfinished_before(
    connection: AsyncConnection, school: SchoolId, post: PostId, revision_no: int
) -> tuple[int, ...]:
    """Return the numbers of the earlier revisions that have a check without all of its answers."""
    checks = tables.checks
    found = await connection.execute(
        select(checks.c.revision_no)
        .where(
            checks.c.school_id == school,
            checks.c.post_id == post,
            checks.c.revision_no < revision_no,
            checks.c.state.in_((OPEN, OVERDUE)),
        )
        .distinct()
        .order_by(checks.c.revision_no)
    )
    return tuple(found.scalars())


def together(check: Check, checks: tuple[Check, ...]) -> tuple[Finding, ...]:
    """Return the check's findings and those that other checks of the revision added; of two versions its own counts.

    An audit and the other checks leave each other's findings alone: policy judges the past more mildly.
    """
    alike = (other for other in checks if other.audits == check.audits)
    found = {finding.finding_id: finding for other in alike for finding in other.findings}
    found |= {finding.finding_id: finding for finding in check.findings}
    return tuple(found.values())


def _newest_revision(school: SchoolId, post: PostId) -> Select[Any]:
    posts = tables.posts
    return select(posts.c.newest_revision_no).where(posts.c.school_id == school, posts.c.post_id == post)


def _deletions(what: ColumnElement[Any], school: SchoolId, post: PostId) -> Select[Any]:
    checks = tables.checks
    return select(what).where(checks.c.school_id == school, checks.c.post_id == post, checks.c.cause == DELETED)


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
