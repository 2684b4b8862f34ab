"""What makes a form trustworthy: it was made for this session, and it leads to a page of this console."""

import hashlib
import hmac
import re
import secrets
from typing import Annotated, Final

from fastapi import Depends, Form, Request

from services.console.context import Console, Here

FIELD: Final = "form_proof"
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
LONGEST_PATH: Final = 500


class ForgedForm(Exception):
    """The form was not made for this session: another site sent it, or the page is older than the sign-in."""


def proof(token: str) -> str:
    """Return what a form of this session (or visit) must carry: nobody can make it who does not hold the token."""
    return hmac.new(token.encode(), FIELD.encode(), hashlib.sha256).hexdigest()


def new_visit() -> str:
    """Return the token of a new visit."""
    return secrets.token_urlsafe(32)


async def genuine_form(request: Request, console: Here, form_proof: Annotated[str, Form()] = "") -> None:
    """Refuse a form that was not made for this session or, before signing in, for this visit.

    Raises:
        ForgedForm: so it is.
    """
    must_be_genuine(request, console, form_proof)


def must_be_genuine(request: Request, console: Console, form_proof: str) -> None:
    """Do the same for a form that a page reads by itself.

    Raises:
        ForgedForm: it was made for another session or visit.
    """
    tokens = (console.cookies.session(request), console.cookies.visit(request))
    if not any(token and hmac.compare_digest(form_proof.encode(), proof(token).encode()) for token in tokens):
        raise ForgedForm


GenuineForm = Depends(genuine_form)


def local_path(path: str) -> str:
    """Return the path if it leads to a page of this console, else that of the first page."""
    return path if len(path) <= LONGEST_PATH and _LOCAL.fullmatch(path) else "/"
