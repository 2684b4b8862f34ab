"""JSON Schema of every wire model, and the gate that refuses a stale file or a change that would break a reader.

`python -m schemas.export` writes `schemas/json/`; `tests/contract` compares it with `schemas/released/`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from schemas.alert import Alert
from schemas.analysis import Analysis
from schemas.base import Model
from schemas.content import Content
from schemas.post import Post
from schemas.status import AccountStatus, RegisterChange

FOLDER: Final = Path(__file__).parent / "json"
RELEASED: Final = Path(__file__).parent / "released"
MODELS: Final[Mapping[str, type[Model]]] = {
    "post": Post,
    "analysis": Analysis,
    "alert": Alert,
    "account_status": AccountStatus,
    "register_change": RegisterChange,
    "content": Content,
}
ON_TOPICS: Final = ("post", "analysis", "alert", "account_status", "register_change")
Schema = Mapping[str, Any]


def rendered() -> dict[str, str]:
    """Return each model's JSON Schema as text, by file name."""
    return {
        f"{name}.json": json.dumps(model.model_json_schema(mode="validation"), indent=1, sort_keys=True) + "\n"
        for name, model in MODELS.items()
    }


def stale() -> list[str]:
    """Return the generated files that are not what the models say now."""
    return [
        name
        for name, text in rendered().items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]


def resolve(schema: Schema, root: Schema) -> Schema:
    """Follow a reference inside the document."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Return what would break: readers of old events on the new schema, and readers of the old schema on new events."""
    return sorted(_compare(old, new, old, new, "$", frozenset()))


def _compare(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str, seen: frozenset[str]
) -> Iterator[str]:
    reference = old.get("$ref", "")
    if reference and reference in seen:
        return
    seen |= {reference}
    old, new = resolve(old, old_root), resolve(new, new_root)
    for word in ("type", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "enum", "const"):
        if old.get(word) != new.get(word):
            yield f"{at}: {word} changed"
    if len(old.get("anyOf", [])) != len(new.get("anyOf", [])):
        yield f"{at}: alternatives changed"
    for number, (before, after) in enumerate(zip(old.get("anyOf", []), new.get("anyOf", []), strict=False)):
        yield from _compare(before, after, old_root, new_root, f"{at}|{number}", seen)
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
            yield from _compare(old[word], new[word], old_root, new_root, f"{at}[]", seen)
    yield from _compare_maps(old, new, old_root, new_root, at, seen)
    yield from _compare_fields(old, new, old_root, new_root, at, seen)


def _compare_maps(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str, seen: frozenset[str]
) -> Iterator[str]:
    before_values, after_values = old.get("patternProperties", {}), new.get("patternProperties", {})
    if before_values.keys() != after_values.keys():
        yield f"{at}: keys changed"
    for pattern in before_values.keys() & after_values.keys():
        yield from _compare(before_values[pattern], after_values[pattern], old_root, new_root, f"{at}{{}}", seen)


def _compare_fields(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str, seen: frozenset[str]
) -> Iterator[str]:
    before_fields, after_fields = old.get("properties", {}), new.get("properties", {})
    for name in before_fields:
        if name not in after_fields:
            yield f"{at}.{name}: removed"
        else:
            yield from _compare(before_fields[name], after_fields[name], old_root, new_root, f"{at}.{name}", seen)
    for name in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{at}.{name}: now required"
    for name in set(old.get("required", [])) - set(new.get("required", [])):
        yield f"{at}.{name}: no longer always there"


def write() -> None:
    """Write the generated files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in rendered().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
