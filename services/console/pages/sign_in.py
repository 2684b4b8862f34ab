"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.console.context import Here, Me
from services.console.render import page
from services.console.security.forms import GenuineForm, local_path

router = APIRouter()
log = structlog.get_logger()
NOTICES: Final = {
    "password-set": "Your password is set. Sign in with it.",
    "signed-out": "You are signed out.",
}
REFUSED: Final = (
    "This address and password do not go together. After five wrong attempts an account waits for a minute."
)


@router.get("/sign-in")
async def sign_in_form(request: Request, next: str = "/", notice: str = "") -> Response:  # noqa: A002  # its name in the address
    """Ask for address and password."""
    return page(request, "sign_in.html", wanted=local_path(next), notice=NOTICES.get(notice, ""), error="", email="")


@router.post("/sign-in", dependencies=[GenuineForm])
async def sign_in(
    request: Request,
    console: Here,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    wanted: Annotated[str, Form()] = "/",
) -> Response:
    """Open a session and lead to the page that was wanted."""
    user = await console.users.verify(email, password)
    if user is None:
        log.warning("sign_in_refused")
        return page(
            request,
            "sign_in.html",
            status=HTTPStatus.FORBIDDEN,
            wanted=local_path(wanted),
            notice="",
            error=REFUSED,
            email=email,
        )
    log.info("signed_in", user_id=user.user_id)
    response = RedirectResponse(local_path(wanted), HTTPStatus.SEE_OTHER)
    console.cookies.open_session(response, await console.users.open_session(user.user_id))
    return response


@router.post("/sign-out", dependencies=[GenuineForm])
async def sign_out(console: Here, me: Me) -> Response:
    """End the session."""
    await console.users.close_session(me.token)
    response = RedirectResponse("/sign-in?notice=signed-out", HTTPStatus.SEE_OTHER)
    console.cookies.close_session(response)
    return response
