"""Reads the writing on pictures, with the models that come inside the installed package and no others."""

import logging
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from services.analyze.detectors.details.pictures.windows import Line, Quad
from services.shared.errors import SettingsError

MODEL_VERSION: Final = "pp-ocrv6-small"
WORKING_SIZE: Final = 2000
DETECTION_SIZE: Final = 960
_MODELS: Final = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
_TEST_WORD: Final = "ready"


class Reader:
    """The optical character reader, on one thread.

    Lines are looked for at `detection_size` pixels (the longer side) and read at full size.

    Raises:
        SettingsError: a model is missing or does not read; none is ever fetched.
    """

    def __init__(self, folder: Path | None = None, detection_size: int = DETECTION_SIZE) -> None:
        paths = _model_paths(folder or _shipped())
        logging.getLogger("RapidOCR").propagate = False  # it would log a line for each picture without writing
        self._engine = _engine(paths, detection_size)
        if _TEST_WORD not in " ".join(line.text for line in self.read(_test_picture())).lower():
            raise SettingsError("the models for reading pictures do not work: reinstall schoolgate[details]")

    def read(self, image: Image.Image) -> tuple[Line, ...]:
        """Return the lines of writing on an RGB picture."""
        pixels: NDArray[np.uint8] = np.ascontiguousarray(np.asarray(image)[..., ::-1])  # the engine wants blue first
        # All three switches every time: the engine keeps those of the call before.
        result = self._engine(pixels, use_det=True, use_cls=True, use_rec=True)
        if result.txts is None or result.boxes is None:
            return ()
        return tuple(
            Line(text, float(score), _fractions(box, image.size))
            for text, score, box in zip(result.txts, result.scores, result.boxes, strict=True)
        )


def _shipped() -> Path:
    spec = find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError("detector details lacks rapidocr: install schoolgate[details]")
    return Path(spec.submodule_search_locations[0]) / "models"


def _model_paths(folder: Path) -> dict[str, str]:
    paths = {step: folder / name for step, name in _MODELS.items()}
    for path in paths.values():
        if not path.is_file():
            raise SettingsError(f"the model {path.name} for reading pictures is missing: reinstall schoolgate[details]")
    return {step: str(path) for step, path in paths.items()}


def _engine(paths: dict[str, str], detection_size: int) -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # or ONNX Runtime reports its use to its maker
    from rapidocr import RapidOCR  # noqa: PLC0415  # only after its models are known to be there: it would fetch them

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": WORKING_SIZE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": detection_size,
            **{f"{step}.model_path": path for step, path in paths.items()},
        }
    )


def _test_picture() -> Image.Image:
    picture = Image.new("RGB", (320, 120), "white")
    ImageDraw.Draw(picture).text((40, 30), _TEST_WORD, fill="black", font=ImageFont.load_default(48))
    return picture


def _fractions(box: NDArray[np.float32], size: tuple[int, int]) -> Quad:
    return tuple((_fraction(x, size[0]), _fraction(y, size[1])) for x, y in box)


def _fraction(place: float, length: int) -> float:
    return round(min(1.0, max(0.0, float(place) / length)), 4)
