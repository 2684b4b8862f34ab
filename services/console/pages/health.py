"""Whether everything behind the pages answers: for who looks after the running system."""

from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response

from services.console.context import Console, Here, Me, Person
from services.console.pages.watched import accounts_of
from services.console.render import page
from services.console.watch import answers
from services.shared.errors import ContentGone, DependencyUnavailable

router = APIRouter()


@dataclass(frozen=True)
class Part:
    """Something the console needs."""

    name: str
    works: bool


@router.get("/health")
async def health(request: Request, console: Here, me: Me) -> Response:
    """Show how this school's part of the system stands."""
    if not me.is_operations:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    parts = [
        Part("Register (people, accounts)", await _works(console.register.schools())),
        Part("Casebook (checks, cases)", await _works(answers(console.casebook))),
        Part("Content store (texts, pictures)", await _works(_ask_store(console, me))),
    ]
    profile = await console.profile(me.school.school_id)
    return page(
        request,
        "health.html",
        parts_of_system=parts,
        accounts=await accounts_of(console, me),
        zone=profile.calendar.time_zone,
    )


async def _ask_store(console: Console, person: Person) -> None:
    try:
        await console.store.get(f"{person.school.school_id}/content/none")
    except ContentGone:
        return


async def _works(asked: Awaitable[object]) -> bool:
    try:
        await asked
    except DependencyUnavailable:
        return False
    return True
