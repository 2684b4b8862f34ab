"""The rechecks to come and under way, in the database: a restart or another process goes on where one stopped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.ids import AccountId, RunId, SchoolId
from schemas.post import Post, RegisterVersions
from schemas.status import RegisterChange
from services.ingest.backfill.again import Again
from services.ingest.backfill.live_posts import BATCH, LivePost, Position, newest_first
from services.ingest.backfill.needs import Need, needs
from services.ingest.tables import rechecks, register_changes
from services.ingest.writes import add_checks
from services.shared.clock import Clock
from services.shared.database import Database, insert_new

REMEMBERED: Final = timedelta(days=30)
"""Longer than the broker keeps a change, so that none can come again once it is forgotten."""
SETTLED_AFTER: Final = timedelta(minutes=2)
"""Then what was being recorded when a pass began is recorded, and its media has come or is not waited for any more."""
COMMITTED_WITHIN: Final = timedelta(seconds=30)
"""What bears a moment so long before a pass began may have been committed only after it, and not been seen by it."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """A recheck that is due: the detectors of which school's register look again."""

    run_id: RunId
    school_id: SchoolId
    detectors: frozenset[str]


class PendingRechecks:
    """Keeps the rechecks. Every method may raise DependencyUnavailable and then has written nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self._clock = clock

    async def add(self, change: RegisterChange) -> None:
        """Note the rechecks that a change of a register makes necessary; one that was noted before adds nothing."""
        seen = {"change_id": change.change_id, "school_id": change.school_id, "changed_at": change.changed_at}
        forgotten = delete(register_changes).where(
            register_changes.c.school_id == change.school_id,
            register_changes.c.changed_at < self._clock.now() - REMEMBERED,
        )
        async with self.database.transaction() as connection:
            await connection.execute(forgotten)
            if not await insert_new(connection, register_changes, [seen]):
                return
            for urgency, need in needs(change).items():
                await _join(connection, change, urgency, need)

    async def due(self) -> list[Recheck]:
        """Return the rechecks to go on with now, the longest due first."""
        columns = (rechecks.c.run_id, rechecks.c.school_id, rechecks.c.detectors)
        query = select(*columns).where(rechecks.c.due_at <= self._clock.now()).order_by(rechecks.c.due_at)
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [Recheck(row.run_id, row.school_id, frozenset(json.loads(row.detectors))) for row in rows]

    async def oldest(self) -> datetime | None:
        """Return when the first of the changes was made whose recheck is not done; None when all are."""
        async with self.database.reading() as connection:
            found: datetime | None = (await connection.execute(select(func.min(rechecks.c.first_at)))).scalar_one()
        return found

    async def postpone(self, run_id: RunId, until: datetime) -> None:
        """Leave a recheck alone until then."""
        async with self.database.transaction() as connection:
            await connection.execute(_row(run_id).values(due_at=until))

    async def go_on(self, run_id: RunId, accounts: Mapping[AccountId, Again]) -> int:
        """Publish the next checks of a recheck of these accounts' posts, and return how many.

        Its row is locked meanwhile, so that of two processes one does it and the other passes by.
        """
        now = self._clock.now()
        mine = select(rechecks).where(rechecks.c.run_id == run_id, rechecks.c.due_at <= now)
        async with self.database.transaction() as connection:
            row = (await connection.execute(mine.with_for_update(skip_locked=True))).one_or_none()
            if row is None:
                return 0
            found = await newest_first(connection, accounts, _position(row.position), row.released_since)
            checks = [
                check
                for post in found
                if post.released and _needs_check(post.event, row)
                for check in [accounts[post.event.account_id].check(post.event, post.media)]
                if check.required
            ]
            await add_checks(connection, checks)
            await _move(connection, row, found, now)
        return len(checks)


async def _join(connection: AsyncConnection, change: RegisterChange, urgency: str, need: Need) -> None:
    collecting = select(rechecks).where(
        rechecks.c.school_id == change.school_id, rechecks.c.urgency == urgency, rechecks.c.pass_at.is_(None)
    )
    row = (await connection.execute(collecting.with_for_update())).first()
    if row is not None:
        earlier = Need(frozenset(json.loads(row.detectors)), _versions(row), row.first_at, row.due_at)
        await connection.execute(_row(row.run_id).values(_columns(earlier.joined_with(need))))
        return
    new = {
        "run_id": ids.run_id(change.school_id, urgency, change.change_id),
        "school_id": change.school_id,
        "urgency": urgency,
    }
    await connection.execute(rechecks.insert().values(new | _columns(need)))


async def _move(connection: AsyncConnection, row: Any, found: list[LivePost], now: datetime) -> None:
    """Note where the recheck is; at the end of a pass, whether another one follows."""
    begun = row.pass_at or now
    held = row.held or any(not post.released and _is_older(post.event, row) for post in found)
    if len(found) == BATCH:
        last = found[-1].position
        position = json.dumps([last.published_at.isoformat(), last.post_id])
        change = {"pass_at": begun, "position": position, "held": held, "due_at": now}
    elif row.released_since is None or held:
        again_at = now + SETTLED_AFTER
        change = {
            "pass_at": again_at,
            "released_since": begun - COMMITTED_WITHIN,
            "position": None,
            "held": False,
            "due_at": again_at,
        }
    else:
        await connection.execute(delete(rechecks).where(rechecks.c.run_id == row.run_id))
        return
    await connection.execute(_row(row.run_id).values(change))


def _needs_check(event: Post, row: Any) -> bool:
    """Tell whether to check a post: all of them first, then those that were checked with an older register."""
    return row.released_since is None or _is_older(event, row)


def _is_older(event: Post, row: Any) -> bool:
    return event.versions.get(row.school_id, RegisterVersions()).older_than(_versions(row))


def _row(run_id: RunId) -> Any:
    return update(rechecks).where(rechecks.c.run_id == run_id)


def _columns(need: Need) -> dict[str, Any]:
    return {
        "detectors": json.dumps(sorted(need.detectors)),
        "versions": need.versions.model_dump_json(),
        "first_at": need.first_at,
        "due_at": need.due_at,
    }


def _versions(row: Any) -> RegisterVersions:
    return RegisterVersions.model_validate_json(row.versions)


def _position(stored: str | None) -> Position | None:
    if stored is None:
        return None
    published_at, post_id = json.loads(stored)
    return Position(datetime.fromisoformat(published_at), post_id)
