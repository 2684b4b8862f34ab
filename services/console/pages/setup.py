"""Setting a password with a link that works once."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.console.context import Here
from services.console.render import page
from services.console.security.forms import GenuineForm
from services.register.users import LONGEST_PASSWORD, SHORTEST_PASSWORD
from services.shared.errors import InputRejected

router = APIRouter()


@router.get("/setup/{token}")
async def setup_form(request: Request, token: str) -> Response:
    """Ask for a password; only setting it shows whether the link still works."""
    return _form(request, token)


@router.post("/setup/{token}", dependencies=[GenuineForm])
async def set_password(
    request: Request,
    console: Here,
    token: str,
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Set the password and lead to signing in."""
    if password != again:
        return _form(request, token, "The two passwords differ: type the same one twice.")
    try:
        await console.users.set_password(token, password)
    except InputRejected as error:
        return _form(request, token, f"{str(error).capitalize()}.")
    return RedirectResponse("/sign-in?notice=password-set", HTTPStatus.SEE_OTHER)


def _form(request: Request, token: str, error: str = "") -> Response:
    status = HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK
    return page(
        request,
        "setup.html",
        status=status,
        token=token,
        error=error,
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
    )
