"""The command line as a person meets it, and a school to work on."""

import base64
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cli.main import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def schoolgate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command with a complete environment; gives exit status, output and errors."""
    monkeypatch.setenv("SCHOOLGATE_MASTER_KEY", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("SCHOOLGATE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SCHOOLGATE_KAFKA__BOOTSTRAP", "127.0.0.1:1")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["schoolgate", *arguments])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


@pytest.fixture
def school(schoolgate: Run) -> Run:
    """The same, with migrated databases and a school."""
    assert schoolgate("db", "upgrade")[0] == 0
    assert schoolgate("register", "school", "100001", "--name", "Larkhollow", "--profile", "sandbox")[0] == 0
    return schoolgate
