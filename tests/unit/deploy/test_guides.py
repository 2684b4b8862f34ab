"""What the guides tell people to type is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from services.cli.main import app
from services.shared.paths import ROOT

GUIDES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TYPED = re.compile(r"(?:^|`|-- )schoolgate ([a-z][^`#\n]*)", re.MULTILINE)
OPTION = re.compile(r"--[a-z-]+")


def typed(page: Path) -> Iterator[str]:
    """Commands of `schoolgate` in a page, without what only looks like one (`-n schoolgate ...`)."""
    yield from TYPED.findall(page.read_text(encoding="utf-8"))


def unknown(line: str) -> list[str]:
    """Return the words and options of a command that schoolgate does not have."""
    command = typer.main.get_command(app)
    words = line.split()
    while words and hasattr(command, "commands"):
        names = words.pop(0).split("|")
        if names == ["..."] or names[0].startswith("-"):
            return []
        if missing := sorted(set(names) - command.commands.keys()):
            return missing
        command = command.commands[names[0]]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return sorted(set(OPTION.findall(line)) - options - {"--help"})


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_a_guide_exists(page: Path) -> None:
    assert {line: unknown(line) for line in typed(page) if unknown(line)} == {}


def test_commands_are_found_and_wrong_ones_seen() -> None:
    assert sum(len(list(typed(page))) for page in GUIDES) > 20
    assert unknown("audit start acc-1") == []
    assert unknown("register account 1 --platform x --token secret") == ["--token"]
    assert unknown("audit begin acc-1") == ["begin"]
