"""Where face_recognition's model files lie, and the name of the model that they make.

They are read with dlib directly and not through `import face_recognition`, because that import loads a 100 MB landmark
model which nothing here uses (152 MB and 1.3 s instead of 51 MB and 0.4 s), switches Pillow to accept truncated files
in the whole process, and without its models ends the process with exit status 0, as if all work were done.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from services.shared.errors import SettingsError

PREPROCESSING: Final = 1
"""Raised with every change to how a face is cut out or its vector is made: older templates then count as foreign."""
_PACKAGE: Final = "face_recognition_models"
_LANDMARKS: Final = "shape_predictor_5_face_landmarks.dat"
_ENCODER: Final = "dlib_face_recognition_resnet_model_v1.dat"


@dataclass(frozen=True)
class Weights:
    """The files of one face model; `model_id` changes with their bytes and with the preprocessing."""

    landmarks: Path
    encoder: Path
    model_id: str


def find_weights() -> Weights:
    """Find the installed model files.

    Raises:
        SettingsError: they are not installed.
    """
    spec = find_spec(_PACKAGE)
    folder = Path(next(iter((spec.submodule_search_locations if spec else None) or ()), "")) / "models"
    landmarks, encoder = folder / _LANDMARKS, folder / _ENCODER
    if not (landmarks.is_file() and encoder.is_file()):
        raise SettingsError(f"the face models of the package {_PACKAGE} are missing: install schoolgate[faces]")
    digest = hashlib.sha256(landmarks.read_bytes() + encoder.read_bytes()).hexdigest()
    return Weights(landmarks, encoder, f"dlib-resnet-{digest[:12]}-p{PREPROCESSING}")
