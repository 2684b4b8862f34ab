"""Nobody learns anything of another school's casework, whichever function they reach it through.

The functions are found by inspection: one that is new and takes a Viewer is called like the others.
"""

import inspect
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import services.casebook
from services.casebook.viewer import Viewer
from services.policy.load import load_profile
from services.shared.errors import InputRejected
from tests.support.console import OTHER, ROLES, ConsoleWorld, console_world
from tests.support.events import NOW, SCHOOL
from tests.support.neighbours import Known, everything_of, fill

Function = Callable[..., Awaitable[Any]]
SAID: dict[str, Any] = {
    "at": NOW,
    "outcome": "referred",
    "note": "A reason",
    "text": "A note",
    "reason": "A reason",
    "content_hash": "0" * 64,
    "profile": load_profile("sandbox"),
}
"""What a function is told besides ids."""


class Undone(Exception):
    """Takes back what a call wrote."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ConsoleWorld]:
    async with console_world(tmp_path) as world:
        yield world


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(services.casebook.__path__, "services.casebook.")
    return [import_module(each.name) for each in found if ".migrations" not in each.name]


def viewing(value: object) -> bool:
    return callable(value) and any(
        parameter.annotation is Viewer for parameter in inspect.signature(value).parameters.values()
    )


def functions() -> dict[str, Function]:
    return {
        f"{module.__name__}.{name}": function
        for module in modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and viewing(function)
    }


def test_whoever_reads_reads_through_a_function() -> None:
    methods = [
        method
        for module in modules()
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and viewing(method)
    ]
    assert methods == []
    assert len(functions()) > 10


async def outcome(world: ConsoleWorld, function: Function, viewer: Viewer, known: Known) -> str:
    """Call a function as this person with these ids, take back what it wrote, and tell what came of it, as text."""
    given: dict[str, Any] = {"viewer": viewer, "keyring": world.store.keyring, **SAID, **known.ids}
    given["case_ids"] = [given["case_id"]]
    told: list[str] = []
    try:
        async with world.casebook.transaction() as connection:
            wanted = [
                parameter.name
                for parameter in inspect.signature(function).parameters.values()
                if parameter.default is parameter.empty
            ]
            arguments = {name: connection if name == "connection" else given[name] for name in wanted}
            told.append(repr(await function(**arguments)))
            raise Undone  # noqa: TRY301  # the way out of a transaction without writing
    except Undone:
        pass
    except InputRejected as refused:
        told.append(f"{type(refused).__name__}: {refused}")
    return told[0]


@pytest.mark.parametrize("neighbour", ["another school", "a trust that checks against this school"])
async def test_another_schools_things_are_like_things_that_never_were(world: ConsoleWorld, neighbour: str) -> None:
    other = OTHER
    if neighbour != "another school":
        other = await world.add_school("trust", "The Trust", "Trust", kind="trust", checked_against=(SCHOOL, OTHER))
    stranger, own = Viewer("user-a", (SCHOOL,), ROLES), Viewer("user-b", (other,), ROLES)
    nothing = (await fill(world, SCHOOL)).never()
    alone = {name: await outcome(world, function, stranger, nothing) for name, function in functions().items()}
    known = await fill(world, other, posts=3)
    there = await everything_of(world, other)
    for name, function in functions().items():
        found = await outcome(world, function, stranger, known)
        assert found == await outcome(world, function, stranger, known.never()) == alone[name], name
        assert found != await outcome(world, function, own, known), f"{name}: this case tells nothing"
    assert await everything_of(world, other) == there
