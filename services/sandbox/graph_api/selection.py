"""The language of the parameter `fields`: `id,comments.limit(0).summary(true){message,from{name}}`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.sandbox.graph_api.errors import GraphProblem, no_field

_TOKEN: Final = re.compile(r"\s*(?:(?P<name>\w+)|\.(?P<modifier>\w+)\((?P<value>[^(){}]*)\)|(?P<mark>[{},]))")


@dataclass(slots=True)
class Selection:
    """One field that was asked for: its modifiers, and the fields wanted inside it; no `inner` means the default."""

    modifiers: dict[str, str] = field(default_factory=dict)
    inner: dict[str, "Selection"] = field(default_factory=dict)


Fields = Mapping[str, Selection]
Writers = dict[str, Callable[[Selection], Any]]
"""How each field of an object is written."""


def parse_fields(text: str) -> Fields:
    """Read `fields`; GraphProblem 2500 for what is no such list."""
    top: dict[str, Selection] = {}
    levels, last, at = [top], Selection(), 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(at)
        at = found.end()
        if found["name"]:
            last = levels[-1].setdefault(found["name"], Selection())
        elif found["modifier"]:
            last.modifiers[found["modifier"]] = found["value"]
        elif found["mark"] == "{":
            levels.append(last.inner)
        elif found["mark"] == "}":
            levels.pop()
            if not levels:
                raise _unreadable(at)
    if len(levels) != 1:
        raise _unreadable(at)
    return top


def pick(value: Any, wanted: Fields) -> Any:
    """Keep of a JSON value what was asked for inside it; lists under `data` are looked through."""
    if not wanted:
        return value
    if isinstance(value, list):
        return [pick(item, wanted) for item in value]
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        return value | {"data": pick(value["data"], wanted)}
    if isinstance(value, dict):
        return {name: pick(value[name], chosen.inner) for name, chosen in wanted.items() if name in value}
    return value


def fixed(value: Any) -> Callable[[Selection], Any]:
    """Return a field whose value is known; what is inside it is chosen by the selection."""
    return lambda selection: pick(value, selection.inner)


def chosen_fields(fields: Fields, every: Writers, node_type: str) -> dict[str, Any]:
    """Return an object with its id and the fields that were asked for and have a value.

    Raises:
        GraphProblem: 100 for a field that it does not have.
    """
    found = {}
    for name, selection in fields.items():
        if name not in every:
            raise no_field(name, node_type)
        found[name] = every[name](selection)
    found.setdefault("id", every["id"](Selection()))
    return {name: value for name, value in found.items() if value is not None}


def _unreadable(at: int) -> GraphProblem:
    return GraphProblem(2500, f"Syntax error: unexpected character at {at} of the field list")
