"""The web application: its pages, and what it answers when something is not as it should be."""

from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from services.casebook.cases import CaseNotFound
from services.casebook.drafts import DraftNotFound
from services.casebook.tasks import TaskNotFound
from services.console.context import Console, NotSignedIn
from services.console.drafts.upload import LONGEST_UPLOAD
from services.console.pages import audits, case, health, publish, queue, setup, sign_in, tasks, watched
from services.console.render import STYLE, STYLE_PATH, page
from services.console.security.forms import ForgedForm
from services.console.security.headers import SafeAnswers
from services.shared.errors import SchoolgateError

KEEP_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
log = structlog.get_logger()


def create_app(console: Console) -> SafeAnswers:
    """Return the application over these collaborators."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.console = console
    for group in (sign_in, setup, queue, case, tasks, publish, audits, watched, health):
        app.include_router(group.router)
    app.add_api_route(STYLE_PATH, style)
    app.add_exception_handler(NotSignedIn, to_sign_in)
    app.add_exception_handler(ForgedForm, forged)
    app.add_exception_handler(CaseNotFound, not_found)
    app.add_exception_handler(DraftNotFound, not_found)
    app.add_exception_handler(TaskNotFound, not_found)
    app.add_exception_handler(RequestValidationError, not_found)
    app.add_exception_handler(SchoolgateError, unavailable)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, failed)
    return SafeAnswers(app, secure=console.cookies.secure, longest={publish.PATH: LONGEST_UPLOAD})


async def style() -> Response:
    """Return the style sheet."""
    return Response(STYLE, media_type="text/css", headers=KEEP_FOR_EVER)


async def to_sign_in(request: Request, _: Exception) -> Response:
    """Send somebody who is not signed in to where that is done, and remember the page they wanted."""
    wanted = request.url.path if request.method == "GET" else "/"
    address = "/sign-in" if wanted == "/" else f"/sign-in?{urlencode({'next': wanted})}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def not_found(request: Request, _: Exception) -> Response:
    """Say that there is no such page; the same for what there is not and for what somebody may not know of."""
    return page(
        request,
        "message.html",
        status=HTTPStatus.NOT_FOUND,
        title="There is no such page for you",
        text="It may have been moved, or it is not yours to read. Nothing else can be said about it here.",
    )


async def forged(request: Request, _: Exception) -> Response:
    """Refuse a form."""
    return page(
        request,
        "message.html",
        status=HTTPStatus.FORBIDDEN,
        title="This form is no longer valid",
        text="It is older than your sign-in, or it came from elsewhere. Nothing was changed. Go back, reload the page"
        " and send it again.",
    )


async def refused(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses, and what a page refuses by its status."""
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    if status == HTTPStatus.FORBIDDEN:
        title, text = "This page is not for you", "Your role does not include it. Ask whoever looks after Schoolgate."
        return page(request, "message.html", status=status, title=title, text=text)
    if status == HTTPStatus.NOT_FOUND:
        return await not_found(request, error)
    return page(request, "message.html", status=status, title="This does not work", text=status.phrase)


async def unavailable(request: Request, error: Exception) -> Response:
    """Say that something the console needs does not answer."""
    log.warning("page_unavailable", exc_info=error)
    return page(
        request,
        "message.html",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        title="Something does not answer",
        text="A part of Schoolgate does not answer at the moment. Nothing was changed. Try again in a minute.",
    )


async def failed(request: Request, _: Exception) -> Response:
    """Say that the console made a mistake; it is in the log."""
    return page(
        request,
        "message.html",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        title="Something went wrong",
        text="This is our mistake, and it was logged. Nothing was changed. Try again, and tell operations if it stays.",
    )
