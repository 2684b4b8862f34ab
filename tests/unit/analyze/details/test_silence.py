"""Reading a picture tells nobody: ONNX Runtime keeps and sends usage data unless it is told not to."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from services.shared.paths import ROOT

LOAD_ALONE = "import onnxruntime; onnxruntime.InferenceSession({model!r}, providers=['CPUExecutionProvider'])"
LOAD_OURS = "from services.analyze.detectors.details.pictures.ocr import Reader; Reader()"


def written(folder: Path, code: str) -> list[str]:
    """Run Python with a home of its own and return what it left there."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / ".cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_the_reader_leaves_nothing_for_anybody_to_send(tmp_path: Path) -> None:
    assert written(tmp_path, LOAD_OURS) == []


@pytest.mark.skipif(sys.platform != "linux", reason="where ONNX Runtime keeps its data is known for Linux only")
def test_left_alone_it_would(tmp_path: Path) -> None:
    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    model = next((Path(spec.submodule_search_locations[0]) / "models").glob("*det*.onnx"))
    assert any("onnxruntime" in name for name in written(tmp_path, LOAD_ALONE.format(model=str(model))))
