"""One case: everything a person needs to decide, and what they can do with it."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from schemas.ids import CaseId
from services.casebook import cases
from services.casebook.cases import OUTCOMES, CaseNotFound
from services.console.case_reader import read_case, read_picture
from services.console.context import Console, Here, Me, Person
from services.console.render import page
from services.console.security.forms import GenuineForm
from services.shared.errors import InputRejected

router = APIRouter(prefix="/cases/{case_id}")
LONGEST_NOTE: Final = 10_000
NOTICES: Final = {
    "acknowledged": "You have taken this case on. Others can see that.",
    "closed": "The case is closed.",
    "noted": "Your note is kept.",
}
PICTURE_POLICY: Final = {"Content-Security-Policy": "default-src 'none'; sandbox"}


@router.get("")
async def show(request: Request, console: Here, me: Me, case_id: CaseId, done: str = "") -> Response:
    """Show the case; that this person looked is written into the audit log."""
    return await _case_page(request, console, me, case_id, notice=NOTICES.get(done, ""))


@router.get("/pictures/{number}")
async def picture(console: Here, me: Me, case_id: CaseId, number: int) -> Response:
    """Send a picture of the case to who may read the case, as what it is and as nothing else."""
    found = await read_picture(console, me, case_id, number)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    data, shown = found
    return Response(data, media_type=shown.content_type, headers=PICTURE_POLICY)


@router.post("/acknowledge", dependencies=[GenuineForm])
async def acknowledge(request: Request, console: Here, me: Me, case_id: CaseId) -> Response:
    """Take the case on."""
    try:
        async with console.casebook.transaction() as connection:
            await cases.acknowledge(connection, me.viewer, case_id, console.clock.now())
    except CaseNotFound:
        raise
    except InputRejected as error:
        return await _refused(request, console, me, case_id, error)
    return _done(case_id, "acknowledged")


@router.post("/close", dependencies=[GenuineForm])
async def close(
    request: Request,
    console: Here,
    me: Me,
    case_id: CaseId,
    outcome: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Close the case, with its outcome and a note that says why."""
    keyring, now = console.store.keyring, console.clock.now()
    try:
        _check_note(note)
        async with console.casebook.transaction() as connection:
            await cases.close(connection, keyring, me.viewer, case_id, outcome=outcome, note=note, at=now)
    except CaseNotFound:
        raise
    except InputRejected as error:
        return await _refused(request, console, me, case_id, error, outcome=outcome, closing_note=note)
    return _done(case_id, "closed")


@router.post("/notes", dependencies=[GenuineForm])
async def add_note(
    request: Request, console: Here, me: Me, case_id: CaseId, note: Annotated[str, Form()] = ""
) -> Response:
    """Add a note to the case."""
    keyring, now = console.store.keyring, console.clock.now()
    try:
        _check_note(note)
        async with console.casebook.transaction() as connection:
            await cases.add_note(connection, keyring, me.viewer, case_id, text=note, at=now)
    except CaseNotFound:
        raise
    except InputRejected as error:
        return await _refused(request, console, me, case_id, error, note=note)
    return _done(case_id, "noted")


def _check_note(note: str) -> None:
    """Refuse a note that says nothing or too much.

    Raises:
        InputRejected: so it is.
    """
    if not note.strip():
        raise InputRejected("write a note first: whoever reads this case later must see why")
    if len(note) > LONGEST_NOTE:
        raise InputRejected(f"the note is too long: {LONGEST_NOTE} characters fit")


def _done(case_id: CaseId, what: str) -> Response:
    return RedirectResponse(f"/cases/{case_id}?done={what}", HTTPStatus.SEE_OTHER)


async def _refused(
    request: Request, console: Console, me: Person, case_id: CaseId, error: InputRejected, **typed: str
) -> Response:
    """Show the case again with the reason and with what was typed."""
    text = str(error)
    reason = f"{text[:1].upper()}{text[1:]}."
    return await _case_page(request, console, me, case_id, error=reason, **typed)


async def _case_page(
    request: Request,
    console: Console,
    me: Person,
    case_id: CaseId,
    *,
    notice: str = "",
    error: str = "",
    **typed: str,
) -> Response:
    view = await read_case(console, me, case_id)
    return page(
        request,
        "case.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        view=view,
        case=view.case,
        zone=view.profile.calendar.time_zone,
        outcomes=OUTCOMES,
        longest_note=LONGEST_NOTE,
        notice=notice,
        error=error,
        typed={"outcome": "", "closing_note": "", "note": ""} | typed,
    )
