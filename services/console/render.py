"""Makes pages of templates; every page can hold a form, so every page carries the proof for it."""

import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.console import moments
from services.console.context import Console, Person, console_of
from services.console.security.forms import FIELD, new_visit, proof
from services.console.words import account_reason, listed, words

HERE: Final = Path(__file__).parent
STYLE: Final = (HERE / "static" / "console.css").read_bytes()
STYLE_PATH: Final = f"/static/console-{hashlib.sha256(STYLE).hexdigest()[:12]}.css"
"""Changes with the style, so that a browser may keep it for ever."""

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals |= {
    "style_path": STYLE_PATH,
    "form_field": FIELD,
    "words": words,
    "listed": listed,
    "account_reason": account_reason,
    "full": moments.full,
    "short": moments.short,
    "distance": moments.distance,
}


def page(request: Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **context: Any) -> Response:
    """Return a page made of a template; `person`, `now` and the proof for its forms are always there."""
    console: Console = console_of(request)
    person: Person | None = getattr(request.state, "person", None)
    visit = "" if person else console.cookies.visit(request) or new_visit()
    known = {
        "person": person,
        "now": console.clock.now(),
        "path": request.url.path,
        "form_proof": proof(person.token if person else visit),
    }
    response = HTMLResponse(_environment.get_template(template).render(known | context), status)
    if visit and visit != console.cookies.visit(request):
        console.cookies.keep_visit(response, visit)
    return response
