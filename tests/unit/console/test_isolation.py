"""Nobody learns or changes anything of another school, whichever page they ask for, in whichever role.

The pages are found by walking the application: one that is new is asked for like the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from services.console.app import create_app
from tests.support.console import OTHER, ROLES, Browser, ConsoleWorld
from tests.support.draft_checks import FakeDetectors
from tests.support.events import SCHOOL
from tests.support.neighbours import Known, everything_of, fill

TYPED = {
    "email": "nobody@larkhollow.example",
    "password": "not anybody's password",
    "again": "not anybody's password",
    "wanted": "/",
    "outcome": "referred",
    "note": "A reason",
    "reason": "A reason",
}
"""What forms hold besides ids."""
READ_BY_THE_PAGE = {"/publish": {"account": "account_id", "caption": "note"}}
"""The fields of forms that the framework does not know of, and what is put into them."""
IN_ADDRESSES = {"state", "done", "next", "notice"}
"""What may stand behind a question mark: none of it names anything of a school."""
ANYBODYS = {"/sign-in", "/sign-out", "/setup/{token}"}
"""Pages on which no school has anything."""


@dataclass
class Page:
    """A route, one of its methods, and the fields of its form with what is put into each."""

    path: str
    method: str
    form: dict[str, str] = field(default_factory=dict)

    async def ask(self, browser: Browser, known: Known) -> httpx.Response:
        values = known.ids | {"token": known.ids["draft_id"]}
        address = self.path.format(**values)
        if self.method == "GET":
            return await browser.get(address)
        fields = {name: (TYPED | values)[value] for name, value in self.form.items()}
        proof = await browser.proof("/tasks")
        return await browser.client.post(address, data={"form_proof": proof, **fields}, files={"picture-1": ("", b"")})

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def parts_of(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from parts_of(part)


def pages(world: ConsoleWorld) -> Iterator[Page]:
    application = create_app(world.console()).app
    assert isinstance(application, FastAPI)
    for context in iter_route_contexts(application.routes):
        route = context.original_route
        assert isinstance(route, APIRoute)
        assert context.path == route.path
        parts = list(parts_of(route.dependant))
        assert {parameter.name for part in parts for parameter in part.query_params} <= IN_ADDRESSES, route.path
        declared = {parameter.name for part in parts for parameter in part.body_params}
        form = {name: name for name in declared - {"form_proof"}} | READ_BY_THE_PAGE.get(route.path, {})
        assert route.methods
        assert form or declared or "POST" not in route.methods, f"nobody knows the form of {route.path}"
        yield from (Page(route.path, method, form) for method in route.methods)


def seen(answer: httpx.Response, known: Known) -> tuple[int, str, str]:
    """Return status, address and body of an answer, without the ids that were asked for."""
    texts = [answer.headers.get("location", ""), answer.text]
    for name, value in sorted(known.ids.items(), key=lambda each: -len(each[1])):
        if len(value) > 1:
            texts = [text.replace(value, f"<{name}>") for text in texts]
    return answer.status_code, texts[0], texts[1]


async def neighbour(world: ConsoleWorld, kind: str) -> str:
    if kind == "school":
        return OTHER
    return await world.add_school("trust", "The Trust", "Trust", kind="trust", checked_against=(SCHOOL, OTHER))


@pytest.mark.parametrize(("role", "kind"), [*((role, "school") for role in ROLES), ("headteacher", "trust")])
async def test_another_schools_things_are_like_things_that_never_were(
    world: ConsoleWorld, role: str, kind: str
) -> None:
    world.drafts = FakeDetectors().checks(world)
    other = await neighbour(world, kind)
    nothing = (await fill(world, SCHOOL)).never()
    browser = await world.signed_in(role)
    asked = [page for page in pages(world) if page.path not in ANYBODYS]
    alone = {str(page): seen(await page.ask(browser, nothing), nothing) for page in asked}
    known = await fill(world, other, posts=3)
    there = await everything_of(world, other)
    for page in asked:
        found = seen(await page.ask(browser, known), known)
        never = known.never()
        assert found == seen(await page.ask(browser, never), never) == alone[str(page)], str(page)
    assert await everything_of(world, other) == there


async def test_the_same_addresses_lead_somewhere_for_the_school_itself(world: ConsoleWorld) -> None:
    """Without this, the test above could ask for what nobody has."""
    world.drafts = FakeDetectors().checks(world)
    known = await fill(world, OTHER, posts=3)
    browsers = [await world.signed_in(role, school=OTHER) for role in ("headteacher", "operations")]
    for page in pages(world):
        if page.method == "GET" and page.path not in ANYBODYS:
            assert 200 in {(await page.ask(browser, known)).status_code for browser in browsers}, str(page)
    lead = browsers[0]
    for page in pages(world):
        if page.method == "POST" and page.path not in ANYBODYS:
            assert (await page.ask(lead, known)).status_code in {303, 422}, str(page)


@pytest.mark.parametrize("path", ["/", "/tasks", "/audits", "/watched", "/publish", "/health"])
async def test_nothing_of_another_school_stands_on_a_page(world: ConsoleWorld, path: str) -> None:
    await fill(world, SCHOOL)
    known = await fill(world, OTHER, posts=3)
    for role in ROLES:
        text = (await (await world.signed_in(role)).get(path)).text
        assert not [value for value in known.ids.values() if len(value) > 1 and value in text], role
        assert "Ferndale" not in text
