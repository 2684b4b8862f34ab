"""Audits of accounts: what people want done. Ingest reads it, does it, and reports how far it came."""

from typing import Any, Final

from sqlalchemy import ColumnElement, insert, select, update

from schemas import ids
from schemas.ids import AccountId, RunId
from services.register import tables
from services.register.models import Audit
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

RUNNING: Final = "running"
PAUSED: Final = "paused"
_FIELDS: Final = tuple(Audit.__dataclass_fields__)
_UNFINISHED: Final = ~tables.audits.c.read_to_the_end


class Audits:
    """Starts, pauses and lists audits. Every method raises DependencyUnavailable when the database does not answer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def start(self, account_id: AccountId) -> Audit:
        """Ask for an audit of an account.

        Raises:
            InputRejected: there is no such account, or an audit of it is running or paused.
        """
        accounts, table = tables.accounts, tables.audits
        of_account = table.c.account_id == account_id
        async with self._database.transaction() as connection:
            # Locked, so that of two who start an audit at once the second sees the first.
            locked = select(accounts.c.school_id).where(accounts.c.account_id == account_id).with_for_update()
            school_id = (await connection.execute(locked)).scalar_one_or_none()
            if school_id is None:
                raise InputRejected(
                    "there is no such account in the register: `schoolgate register accounts` lists them"
                )
            if (await connection.execute(select(table.c.run_id).where(of_account, _UNFINISHED))).first() is not None:
                raise InputRejected("an audit of this account is running or paused already: resume it, or let it end")
            now = self._clock.now()
            audit = Audit(
                # By its moment: numbers would begin anew for an account that was removed and added again.
                run_id=ids.run_id("audit", account_id, now.isoformat()),
                account_id=account_id,
                school_id=school_id,
                state=RUNNING,
                requested_at=now,
                posts_read=0,
                read_to_the_end=False,
                changed_at=now,
            )
            await connection.execute(insert(table).values({name: getattr(audit, name) for name in _FIELDS}))
        return audit

    async def pause(self, run_id: RunId) -> None:
        """Let an audit rest where it is; one that rests already is no error.

        Raises:
            InputRejected: there is no such audit, or it has read everything.
        """
        await self._want(run_id, PAUSED)

    async def resume(self, run_id: RunId) -> None:
        """Let an audit go on where it stopped; one that runs already is no error.

        Raises:
            InputRejected: there is no such audit, or it has read everything.
        """
        await self._want(run_id, RUNNING)

    async def audits(self, account_id: AccountId | None = None) -> tuple[Audit, ...]:
        """Return the audits of an account, or of all, newest first."""
        table = tables.audits
        return await self._select(*(() if account_id is None else (table.c.account_id == account_id,)))

    async def running(self) -> tuple[Audit, ...]:
        """Return the audits that ingest must go on with, newest first: neither paused nor read to the end."""
        return await self._select(tables.audits.c.state == RUNNING, _UNFINISHED)

    async def report(self, run_id: RunId, *, posts_read: int, read_to_the_end: bool) -> None:
        """Record how far ingest has read, in all so far; an audit that went with its account is no error."""
        table = tables.audits
        values = {"posts_read": posts_read, "read_to_the_end": read_to_the_end, "changed_at": self._clock.now()}
        async with self._database.transaction() as connection:
            await connection.execute(update(table).where(table.c.run_id == run_id).values(values))

    async def _want(self, run_id: RunId, state: str) -> None:
        table = tables.audits
        change = update(table).where(table.c.run_id == run_id, _UNFINISHED)
        async with self._database.transaction() as connection:
            found = await connection.execute(
                change.values(state=state, changed_at=self._clock.now()).returning(table.c.run_id)
            )
            if found.first() is None:
                raise InputRejected("there is no such audit, or it has read everything already")

    async def _select(self, *conditions: ColumnElement[bool]) -> tuple[Audit, ...]:
        table = tables.audits
        wanted = select(table).where(*conditions).order_by(table.c.requested_at.desc(), table.c.run_id)
        async with self._database.reading() as connection:
            return tuple(_audit(row) for row in await connection.execute(wanted))


def _audit(row: Any) -> Audit:
    return Audit(**{name: getattr(row, name) for name in _FIELDS})
