"""What keeps the code from becoming a heap. An allowance may only shrink; growing one needs an ADR."""

import ast
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.shared.paths import ROOT

CODE = ("schemas", "services")
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
MOST_MODULES = 14
ALLOWED_MODULES = {"services/shared": 20}  # plumbing is one package by design (docs/adr/0002)


def sources(*folders: str) -> list[Path]:
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            *(f"{folder}/*.py" for folder in folders),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in tracked if (ROOT / name).exists()]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.name, node.end_lineno - node.lineno + 1


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_too_long() -> None:
    long = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources(*CODE)}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{relative(path)}:{name}": lines
        for path in sources(*CODE, "models")
        if "migrations" not in path.parts
        for name, lines in functions(path)
        if lines > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_package_is_too_wide() -> None:
    packages: dict[str, int] = {}
    for path in sources(*CODE):
        if path.name != "__init__.py" and "versions" not in path.parts:
            folder = relative(path.parent)
            packages[folder] = packages.get(folder, 0) + 1
    wide = {name: count for name, count in packages.items() if count > ALLOWED_MODULES.get(name, MOST_MODULES)}
    assert wide == {}


def test_every_package_says_what_it_is() -> None:
    silent = [
        relative(path.parent)
        for path in [ROOT / "schemas" / "__init__.py", *(ROOT / "services").glob("*/__init__.py")]
        if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert silent == []


def test_tables_are_used_only_inside_their_package() -> None:
    strangers = []
    for path in sources("services"):
        package = path.relative_to(ROOT).parts[1]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and module.endswith(".tables") and module.split(".")[1] != package:
                strangers.append(f"{relative(path)} imports {module}")
    assert strangers == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "NotImplementedError"])
def test_nothing_is_left_over(word: str) -> None:
    found = []
    for path in sources(*CODE, "tests", "bench", "models"):
        if path == Path(__file__):
            continue
        with path.open("rb") as file:
            tokens = list(tokenize.tokenize(file.readline))
        found += [f"{relative(path)}:{token.start[0]}" for token in tokens if word in token.string.split()]
    assert found == []


def test_the_import_rules_hold() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
