"""Turns a face into a vector: near vectors are alike faces."""

from collections.abc import Sequence
from typing import Final

import dlib
import numpy as np
from numpy.typing import NDArray

from services.analyze.detectors.faces.quality import Chip
from services.analyze.detectors.faces.weights import Weights

DIMENSIONS: Final = 128
_JITTERS: Final = 5

Vectors = NDArray[np.float32]
"""One unit vector of 128 numbers a row."""


class FaceEncoder:
    """dlib's ResNet; each face is seen as it is and mirrored, which removes much of what depends on the pose."""

    def __init__(self, weights: Weights) -> None:
        self._network = dlib.face_recognition_model_v1(str(weights.encoder))
        self.model_id = weights.model_id

    def encode(self, chips: Sequence[Chip], *, jittered: bool = False) -> Vectors:
        """Return a unit vector for each chip (0 x 128 for none).

        `jittered` sees each chip ten times, slightly shifted, turned and zoomed: worth its time only where a person
        has a single photo.
        """
        jitters = _JITTERS if jittered else 0
        rows = [[self._vector(chip, jitters), self._vector(chip[:, ::-1], jitters)] for chip in chips]
        halves = unit(np.array(rows, dtype=np.float32).reshape(-1, 2, DIMENSIONS))
        return unit(halves.sum(axis=1))

    def _vector(self, chip: Chip, jitters: int) -> NDArray[np.float64]:
        return np.array(self._network.compute_face_descriptor(np.ascontiguousarray(chip), jitters))


def unit(vectors: Vectors) -> Vectors:
    """Scale the last axis to length one."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled
