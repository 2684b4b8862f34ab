"""`schoolgate audit`: examine everything that an account still shows, and list what should come down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.shared.errors import InputRejected
from services.shared.settings import StoreSettings, load

if TYPE_CHECKING:
    from services.casebook.audits import Progress
    from services.casebook.viewer import Viewer
    from services.register.audits import Audits
    from services.register.models import Account, Audit
    from services.register.reads import RegisterReader
    from services.shared.content_store import ContentStore
    from services.shared.database import Database

app = typer.Typer(help="Examine everything that an account still shows.", no_args_is_help=True)
AccountId = Annotated[str, typer.Argument(help="The account's id; `schoolgate audit list` shows it.")]
OPERATOR: Final = "operator"
"""Who acts at the terminal, in the audit log: the machine knows no names."""


@dataclass(frozen=True)
class Office:
    """What the commands work with, open."""

    register: "RegisterReader"
    audits: "Audits"
    casebook: "Database"
    store: "ContentStore"

    async def account(self, account_id: str) -> "Account":
        """Return an account.

        Raises:
            InputRejected: there is no such account.
        """
        for account in await self.register.accounts():
            if account.account_id == account_id:
                return account
        raise InputRejected("there is no such account in the register: `schoolgate audit list` shows them all")

    async def newest(self, account_id: str) -> "Audit":
        """Return the account's newest audit.

        Raises:
            InputRejected: there is no such account, or no audit of it.
        """
        await self.account(account_id)
        found = await self.audits.audits(account_id)
        if not found:
            raise InputRejected(f"this account was never audited: `schoolgate audit start {account_id}` begins")
        return found[0]

    @asynccontextmanager
    async def logged(self, school: str, action: str) -> "AsyncIterator[Callable[[str], None]]":
        """Do something, then say of which audit: it stands in the school's audit log, and is not done if it cannot."""
        from services.casebook import audit_log
        from services.shared.clock import SystemClock

        done: list[str] = []
        async with self.casebook.transaction() as connection:
            yield done.append
            for run_id in done:
                await audit_log.append(connection, school, audit_log.Act(OPERATOR, action, run_id), SystemClock().now())


@asynccontextmanager
async def _open() -> AsyncIterator[Office]:
    from services.register.audits import Audits
    from services.register.reads import RegisterReader
    from services.shared.clock import SystemClock
    from services.shared.content_store import open_content_store
    from services.shared.database import Database
    from services.shared.migrations import must_be_current

    settings = load(StoreSettings)
    store = open_content_store(settings)
    registered = Database("register", settings.database_for("register"))
    casebook = Database("casebook", settings.database_for("casebook"))
    try:
        for database in (registered, casebook):
            await must_be_current(database)
        yield Office(RegisterReader(registered, store.keyring), Audits(registered, SystemClock()), casebook, store)
    finally:
        await registered.close()
        await casebook.close()


@app.command("list")
def list_() -> None:
    """List the accounts, each with its newest audit."""

    async def show() -> None:
        async with _open() as office:
            schools = {school.school_id: school.name for school in await office.register.schools()}
            newest = {audit.account_id: audit for audit in reversed(await office.audits.audits())}
            for account in await office.register.accounts():
                where = f"{account.platform} {account.handle}, {schools.get(account.school_id, account.school_id)}"
                audit = newest.get(account.account_id)
                typer.echo(f"{account.account_id}  {where}: {_said(audit) if audit else 'never audited'}")

    asyncio.run(show())


@app.command()
def start(account_id: AccountId) -> None:
    """Begin an audit of an account. It goes on in the background, behind whatever is live."""

    async def begin() -> None:
        async with _open() as office:
            account = await office.account(account_id)
            async with office.logged(account.school_id, "start_audit") as log:
                audit = await office.audits.start(account_id)
                log(audit.run_id)
        typer.echo(f"audit {audit.run_id} begins: `schoolgate audit status {account_id}` shows how far it is")

    asyncio.run(begin())


@app.command()
def status(account_id: AccountId) -> None:
    """Show how far the newest audit of an account is."""

    async def show() -> None:
        from services.casebook.audits import progress

        async with _open() as office:
            audit = await office.newest(account_id)
            viewer = await _viewer(office, audit)
            async with office.casebook.reading() as connection:
                checks = await progress(connection, viewer, audit.run_id)
        typer.echo(f"audit {audit.run_id} since {audit.requested_at:%Y-%m-%d %H:%M} UTC: {_said(audit)}")
        typer.echo(_counted(checks))

    asyncio.run(show())


@app.command()
def pause(account_id: AccountId) -> None:
    """Let the audit of an account rest where it is."""
    _change(account_id, "pause_audit", "rests", lambda office: office.audits.pause)


@app.command()
def resume(account_id: AccountId) -> None:
    """Let the audit of an account go on where it stopped."""
    _change(account_id, "resume_audit", "goes on", lambda office: office.audits.resume)


@app.command()
def takedowns(
    account_id: AccountId,
    output: Annotated[Path | None, typer.Option(dir_okay=False, help="Where to write the list.")] = None,
) -> None:
    """List what the newest audit found should come down, the worst first, as CSV; cases for every role are in it."""
    from services.console.takedowns.table import BYTE_ORDER_MARK, to_csv

    async def listed() -> str:
        from services.casebook.audits import takedowns as found_by

        async with _open() as office:
            audit = await office.newest(account_id)
            viewer, school = await _viewer(office, audit), await office.register.school(audit.school_id)
            async with office.casebook.reading() as connection:
                found = await found_by(connection, viewer, audit.run_id)
            text = await to_csv(found, school, await office.register.accounts(), office.store)
            async with office.logged(audit.school_id, "download_takedowns") as log:
                log(audit.run_id)
            return text

    table = asyncio.run(listed())
    if output is None:
        typer.echo(table.removeprefix(BYTE_ORDER_MARK), nl=False)
        return
    try:
        output.write_text(table, encoding="utf-8", newline="")
    except OSError as error:
        raise InputRejected(f"{output} cannot be written ({error.strerror}): choose another place") from None


def _change(
    account_id: str, action: str, said: str, method: Callable[[Office], Callable[[str], Awaitable[None]]]
) -> None:
    async def change() -> None:
        async with _open() as office:
            audit = await office.newest(account_id)
            async with office.logged(audit.school_id, action) as log:
                await method(office)(audit.run_id)
                log(audit.run_id)
        typer.echo(f"audit {audit.run_id} {said}")

    asyncio.run(change())


async def _viewer(office: Office, audit: "Audit") -> "Viewer":
    """Whoever holds the keys reads everything of the school; the audit log says that it was read at the terminal."""
    from services.casebook.viewer import Viewer
    from services.policy.load import load_profile

    school = await office.register.school(audit.school_id)
    return Viewer(OPERATOR, (audit.school_id,), tuple(load_profile(school.profile).roles))


def _said(audit: "Audit") -> str:
    reading = "all of the account is read" if audit.read_to_the_end else f"{audit.state}, not at the end yet"
    return f"{reading}, {audit.posts_read} posts so far"


def _counted(checks: "Progress") -> str:
    ended = f"{checks.checked} without a case, {checks.alerted} with one, {checks.withdrawn} withdrawn"
    return f"{checks.checks} checks: {ended}, {checks.overdue} not answered in time, {checks.open} still open"
