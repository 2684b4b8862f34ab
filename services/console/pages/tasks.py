"""What people must take down on the platforms, because a consent was withdrawn or an image must not be shown."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from schemas.ids import Digest
from services.casebook import audit_log
from services.casebook.tasks import DONE, OPEN, TaskNotFound, complete, list_tasks
from services.console.case_reader import names_of
from services.console.context import Console, Here, Me, Person
from services.console.render import page
from services.console.security.forms import GenuineForm
from services.console.takedowns.tasks import task_views
from services.shared.errors import InputRejected

router = APIRouter(prefix="/tasks")
SHOWN: Final = 200
VIEW: Final = "view_tasks"


@router.get("")
async def show(request: Request, console: Here, me: Me, state: str = OPEN) -> Response:
    """Show the tasks that this person may see; they name pupils, so that somebody looked is in the audit log."""
    return await _page(request, console, me, DONE if state == DONE else OPEN)


@router.post("/{task_id}/done", dependencies=[GenuineForm])
async def done(request: Request, console: Here, me: Me, task_id: Digest) -> Response:
    """Say that the post was taken down."""
    try:
        async with console.casebook.transaction() as connection:
            await complete(connection, me.viewer, task_id, console.clock.now())
    except TaskNotFound:
        raise
    except InputRejected as error:
        text = str(error)
        return await _page(request, console, me, OPEN, error=f"{text[:1].upper()}{text[1:]}.")
    return RedirectResponse("/tasks", HTTPStatus.SEE_OTHER)


async def _page(request: Request, console: Console, me: Person, state: str, error: str = "") -> Response:
    async with console.casebook.transaction() as connection:
        tasks = await list_tasks(connection, me.viewer, states=(state,), limit=SHOWN)
        if tasks:
            act = audit_log.Act(me.user.user_id, VIEW, me.school.school_id, state)
            await audit_log.append(connection, me.school.school_id, act, console.clock.now())
    profile = await console.profile(me.school.school_id)
    return page(
        request,
        "tasks.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        tasks=await task_views(console, tasks),
        names=await names_of(console, me.school.school_id),
        state=state,
        shown=SHOWN,
        error=error,
        zone=profile.calendar.time_zone,
    )
