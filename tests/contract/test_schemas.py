"""The wire: no free text on a topic, nothing stale, nothing that breaks a reader, examples that fit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas import events
from schemas.export import FOLDER, MODELS, ON_TOPICS, RELEASED, breaking_changes, rendered, resolve, stale

EXAMPLES = Path(events.__file__).parent / "examples"


def strings(schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place in a schema where a string can stand, keys of maps included."""
    schema = dict(resolve(schema, root))
    if schema.get("type") == "string":
        yield at, schema
    for part in schema.get("anyOf", []):
        yield from strings(part, root, at)
    for name, part in schema.get("properties", {}).items():
        yield from strings(part, root, f"{at}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from strings(schema["items"], root, f"{at}[]")
    if schema.get("type") == "object" and "properties" not in schema:
        patterns = schema.get("patternProperties", {})
        assert patterns, f"{at}: a map with free keys"
        for pattern, part in patterns.items():
            yield f"{at}<key>", {"pattern": pattern}
            yield from strings(part, root, f"{at}{{}}")


@pytest.mark.parametrize("name", ON_TOPICS)
def test_no_field_reachable_from_a_topic_is_free_text(name: str) -> None:
    root = MODELS[name].model_json_schema()
    found = list(strings(root, root, name))
    assert len(found) > 5
    for at, schema in found:
        bounded = schema.get("pattern", "").startswith("^") and schema["pattern"].endswith("$")
        assert bounded or schema.get("format") == "date-time" or "enum" in schema, f"{at} is free text"
        assert " " not in schema.get("pattern", ""), f"{at} could hold a sentence"


def test_the_check_above_sees_free_text() -> None:
    root = MODELS["content"].model_json_schema()
    assert any("pattern" not in schema for _, schema in strings(root["properties"]["text"], root, "content.text"))


def test_the_generated_schemas_are_current() -> None:
    assert stale() == [], "run `python -m schemas.export`"
    assert {path.name for path in FOLDER.iterdir()} == set(rendered())


@pytest.mark.parametrize("path", sorted(RELEASED.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_breaks_a_released_schema(path: Path) -> None:
    old, new = (json.loads(text) for text in (path.read_text(encoding="utf-8"), rendered()[path.name]))
    assert breaking_changes(old, new) == []


@pytest.mark.parametrize(
    "path", sorted(RELEASED.glob("*/examples/*.json")), ids=lambda path: f"{path.parts[-3]}/{path.stem}"
)
def test_what_a_release_wrote_can_be_read_and_a_release_can_read_what_is_written(path: Path) -> None:
    name = path.stem.split("-")[0]
    MODELS[name].model_validate_json(path.read_bytes())
    released = Draft202012Validator(json.loads((path.parents[1] / f"{name}.json").read_text(encoding="utf-8")))
    for written in (path, *EXAMPLES.glob(f"{name}-*.json")):
        released.validate(json.loads(written.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda s: s["properties"].pop("kind"), "$.kind: removed"),
        (lambda s: s["required"].append("parent_id"), "$.parent_id: now required"),
        (lambda s: s["required"].remove("kind"), "$.kind: no longer always there"),
        (lambda s: s["properties"]["kind"].update(pattern="^x$"), "$.kind: pattern changed"),
        (lambda s: s["$defs"]["Attachment"]["properties"].pop("key"), "$.attachments[].key: removed"),
        (lambda s: s["properties"]["revision_no"].update(type="string"), "$.revision_no: type changed"),
        (lambda s: s["$defs"]["RegisterVersions"]["properties"].pop("gallery"), "$.versions{}.gallery: removed"),
        (lambda s: s["properties"]["versions"].update(patternProperties={"^x$": {}}), "$.versions: keys changed"),
    ],
)
def test_the_gate_sees_a_breaking_change(change: Any, complaint: str) -> None:
    new = json.loads(rendered()["post.json"])
    change(new)
    assert complaint in breaking_changes(json.loads(rendered()["post.json"]), new)


def test_the_gate_lets_an_addition_pass() -> None:
    new = json.loads(rendered()["post.json"])
    new["properties"]["language"] = {"type": "string", "pattern": "^[a-z]{2}$"}
    assert breaking_changes(json.loads(rendered()["post.json"]), new) == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_fits_its_schema_and_survives_the_wire(path: Path) -> None:
    name = path.stem.split("-")[0]
    data = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator(json.loads(rendered()[f"{name}.json"])).validate(data)
    model = MODELS[name].model_validate(data)
    if isinstance(model, events.Event):
        record = events.encode(model)
        assert events.decode(record.key, record.value, record.headers.items()) == model


def test_every_model_has_an_example() -> None:
    assert {path.stem.split("-")[0] for path in EXAMPLES.glob("*.json")} == set(MODELS)


def test_a_reader_ignores_fields_it_does_not_know() -> None:
    data = json.loads((EXAMPLES / "post-comment.json").read_text(encoding="utf-8"))
    assert MODELS["post"].model_validate(data | {"added_later": 1}) == MODELS["post"].model_validate(data)
