"""Reading a picture tells nobody: ONNX Runtime keeps and sends usage data unless it is told not to."""

import os
import subprocess
import sys
from pathlib import Path

from services.shared.paths import ROOT

LOAD_OURS = "from services.analyze.detectors.details.pictures.ocr import Reader; Reader()"


def written(folder: Path, code: str) -> list[str]:
    """Run Python with a home of its own and return what it left there."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / ".cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_the_reader_leaves_nothing_for_anybody_to_send(tmp_path: Path) -> None:
    assert written(tmp_path, LOAD_OURS) == []
