"""Audits: everything that an account still shows is examined again, and what should come down is listed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import RunId
from services.casebook import audit_log
from services.casebook.audits import Progress, progress
from services.console.context import Console, Here, Me, Person
from services.console.render import page
from services.console.security.forms import GenuineForm
from services.console.takedowns.listing import to_csv
from services.register.models import Account, Audit
from services.shared.errors import InputRejected

router = APIRouter(prefix="/audits")
MAY_START: Final = frozenset({"online_safety_lead", "headteacher", "dpo"})
"""The roles that start, pause and resume audits; everybody of the school sees how far they are."""


@dataclass(frozen=True)
class Row:
    """An audit with what became of its checks so far."""

    audit: Audit
    progress: Progress

    @property
    def state(self) -> str:
        """Say where it stands: running, paused, reading is over (`examining`), or no check is waiting either (`read`).

        That all is over nobody here can say: what ingest has sent may not have arrived yet.
        """
        if not self.audit.read_to_the_end:
            return self.audit.state
        return "examining" if self.progress.open else "read"


@dataclass(frozen=True)
class Audited:
    """An account with its audits, newest first."""

    account: Account
    rows: tuple[Row, ...]

    @property
    def busy(self) -> bool:
        """Tell whether an audit of it has not read everything yet, so that no other may start."""
        return any(not row.audit.read_to_the_end for row in self.rows)


@router.get("")
async def show(request: Request, console: Here, me: Me) -> Response:
    """Show the audits of the school's accounts."""
    return await _page(request, console, me)


@router.post("", dependencies=[GenuineForm])
async def start(request: Request, console: Here, me: Me, account_id: Annotated[str, Form()] = "") -> Response:
    """Start an audit of an account of the school."""
    _must_be_allowed(me)
    if account_id not in {account.account_id for account in await _accounts(console, me)}:
        raise HTTPException(HTTPStatus.NOT_FOUND)

    async def begin() -> RunId:
        return (await console.audits.start(account_id)).run_id

    return await _do(request, console, me, "start_audit", begin)


@router.post("/{run_id}/pause", dependencies=[GenuineForm])
async def pause(request: Request, console: Here, me: Me, run_id: RunId) -> Response:
    """Let an audit rest."""
    return await _change(request, console, me, "pause_audit", run_id, console.audits.pause)


@router.post("/{run_id}/resume", dependencies=[GenuineForm])
async def resume(request: Request, console: Here, me: Me, run_id: RunId) -> Response:
    """Let an audit go on."""
    return await _change(request, console, me, "resume_audit", run_id, console.audits.resume)


@router.get("/{run_id}/takedowns.csv")
async def takedown_list(console: Here, me: Me, run_id: RunId) -> Response:
    """Send what should come down, as far as this person may read the cases; the audit log says that it was sent."""
    audit = await _own(console, me, run_id)
    text = await to_csv(console, me, audit)
    async with console.casebook.transaction() as connection:
        await _append(connection, console, me, "download_takedowns", run_id)
    headers = {"Content-Disposition": f'attachment; filename="takedowns-{run_id}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


async def _change(
    request: Request,
    console: Console,
    me: Person,
    action: str,
    run_id: RunId,
    change: Callable[[RunId], Awaitable[None]],
) -> Response:
    _must_be_allowed(me)
    await _own(console, me, run_id)

    async def changed() -> RunId:
        await change(run_id)
        return run_id

    return await _do(request, console, me, action, changed)


async def _do(
    request: Request, console: Console, me: Person, action: str, step: Callable[[], Awaitable[RunId]]
) -> Response:
    try:
        async with console.casebook.transaction() as connection:  # begun first: what cannot be logged is not done
            await _append(connection, console, me, action, await step())
    except InputRejected as error:
        text = str(error)
        return await _page(request, console, me, error=f"{text[:1].upper()}{text[1:]}.")
    return RedirectResponse("/audits", HTTPStatus.SEE_OTHER)


async def _page(request: Request, console: Console, me: Person, error: str = "") -> Response:
    audits = await console.audits.audits()
    found = []
    async with console.casebook.reading() as connection:
        for account in await _accounts(console, me):
            of_account = [audit for audit in audits if audit.account_id == account.account_id]
            rows = [Row(audit, await progress(connection, me.viewer, audit.run_id)) for audit in of_account]
            found.append(Audited(account, tuple(rows)))
    profile = await console.profile(me.school.school_id)
    return page(
        request,
        "audits.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        accounts=found,
        may_start=_is_allowed(me),
        error=error,
        zone=profile.calendar.time_zone,
    )


async def _accounts(console: Console, me: Person) -> list[Account]:
    return [one for one in await console.register.accounts() if one.school_id == me.school.school_id]


async def _own(console: Console, me: Person, run_id: RunId) -> Audit:
    for audit in await console.audits.audits():
        if (audit.run_id, audit.school_id) == (run_id, me.school.school_id):
            return audit
    raise HTTPException(HTTPStatus.NOT_FOUND)


async def _append(connection: AsyncConnection, console: Console, me: Person, action: str, run_id: RunId) -> None:
    act = audit_log.Act(me.user.user_id, action, run_id)
    await audit_log.append(connection, me.school.school_id, act, console.clock.now())


def _is_allowed(me: Person) -> bool:
    return bool(MAY_START & set(me.user.roles))


def _must_be_allowed(me: Person) -> None:
    if not _is_allowed(me):
        raise HTTPException(HTTPStatus.FORBIDDEN)
