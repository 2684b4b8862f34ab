"""topics.yaml is the truth: each built service subscribes and publishes exactly what it declares there."""

import ast
from collections.abc import Iterator

from schemas import events
from services.shared.paths import ROOT
from services.shared.topics import declaration

DETECTORS = {"faces", "details", "abuse"}


def named(service: str, *methods: str) -> set[str]:
    """The topics that stand, as a literal or a constant of the module, in the arguments of calls of these methods."""
    declared = {topic.name for topic in declaration().topics}
    return {
        str(value)
        for path in (ROOT / "services" / service).rglob("*.py")
        for value in arguments(ast.parse(path.read_text(encoding="utf-8")), methods)
        if value in declared
    }


def called(function: ast.expr) -> str | None:
    return getattr(function, "attr", getattr(function, "id", None))


def arguments(module: ast.Module, methods: tuple[str, ...]) -> Iterator[object]:
    constants = {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and called(node.func) in methods:
            for leaf in (leaf for argument in node.args for leaf in ast.walk(argument)):
                if isinstance(leaf, ast.Constant):
                    yield leaf.value
                elif isinstance(leaf, ast.Name):
                    yield constants.get(leaf.id)


def services_of(name: str) -> set[str]:
    return DETECTORS if name == "analyze" else {name}


def test_every_subscription_is_declared_and_every_declaration_is_subscribed() -> None:
    built = {topic: set[str]() for topic in (topic.name for topic in declaration().topics)}
    for service in ("ingest", "analyze", "notify", "console", "observe", "register"):
        for topic in named(service, "subscribe"):
            built[topic] |= services_of(service)
    assert built == {topic.name: set(topic.consumers) for topic in declaration().topics}


def test_every_publication_is_declared_and_every_declaration_is_published() -> None:
    built = {topic: set[str]() for topic in (topic.name for topic in declaration().topics)}
    for service in ("ingest", "analyze", "notify", "console", "observe", "register"):
        for topic in named(service, "publish", "add"):
            built[topic] |= services_of(service)
    assert built == {topic.name: set(topic.producers) for topic in declaration().topics}


def test_every_topic_carries_a_model_of_the_wire() -> None:
    assert {topic.model for topic in declaration().topics} == {model.__name__ for model in events.TYPES.values()}
