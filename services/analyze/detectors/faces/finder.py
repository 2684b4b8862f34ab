"""Finds the faces on a picture and cuts each out upright, ready to be compared."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import dlib
import numpy as np
from PIL import Image

from services.analyze.detectors.faces.quality import Chip, sharpness, turn
from services.analyze.detectors.faces.weights import Weights

WORKING_SIZE: Final = 2000
"""Pixels of the longer side: larger pictures take longer and gain nothing at the sizes that can be matched."""
UPSAMPLE: Final = {"fast": 1, "safe": 2}
"""How often the picture is doubled before the search, by mode: finds faces from about 35 and 18 pixels on."""
CHIP: Final = 150
_PADDING: Final = 0.25
_THRESHOLD: Final = -0.2
"""Below the library's 0: wins back what searching the gray picture (a quarter cheaper) would miss."""
_COARSE_SIZE: Final = 1000
_COARSE_THRESHOLD: Final = 0.0
_QUARTER_TURNS: Final = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180)

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 as fractions of the picture's width and height."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face on a picture; `size` is the side of its square in pixels of the working picture.

    `score` says how much it looks like a face: mistakes of the search have mostly less than 0.
    """

    box: Box
    size: int
    score: float
    sharpness: float
    turn: float
    chip: Chip = field(repr=False)


class FaceFinder:
    """The HOG detector and the five-point landmarks of dlib."""

    def __init__(self, weights: Weights) -> None:
        self._detector = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(str(weights.landmarks))

    def find(self, picture: Image.Image, mode: str) -> tuple[Face, ...]:
        """Return the faces on an RGB picture not longer than WORKING_SIZE; `mode` is a key of UPSAMPLE.

        Where none is found, the picture may lie on its side: a quick look at the other three ways decides whether to
        search once more. The boxes are those of the picture as it was given.
        """
        faces = self._search(picture, UPSAMPLE[mode])
        if faces:
            return faces
        way = self._other_way_up(picture)
        if way is None:
            return ()
        turned = self._search(picture.transpose(way), UPSAMPLE[mode])
        return tuple(replace(face, box=_turned_back(face.box, way)) for face in turned)

    def _search(self, picture: Image.Image, upsample: int) -> tuple[Face, ...]:
        rectangles, scores, _ = self._detector.run(np.asarray(picture.convert("L")), upsample, _THRESHOLD)
        pixels = np.asarray(picture)
        return tuple(self._face(pixels, *found) for found in zip(rectangles, scores, strict=True))

    def _face(self, pixels: Chip, rectangle: Any, score: float) -> Face:
        height, width = pixels.shape[:2]
        shape = self._landmarks(pixels, rectangle)
        chip = dlib.get_face_chip(pixels, shape, CHIP, _PADDING)
        edges = (
            rectangle.left() / width,
            rectangle.top() / height,
            (rectangle.right() + 1) / width,
            (rectangle.bottom() + 1) / height,
        )
        x0, y0, x1, y1 = (min(max(edge, 0.0), 1.0) for edge in edges)  # a face at the edge may reach over it
        points = np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)
        return Face((x0, y0, x1, y1), rectangle.width(), score, sharpness(chip), turn(points), chip)

    def _other_way_up(self, picture: Image.Image) -> Image.Transpose | None:
        small = picture.convert("L")
        small.thumbnail((_COARSE_SIZE, _COARSE_SIZE))
        best = {
            way: max(self._detector.run(np.asarray(small.transpose(way)), 1, _COARSE_THRESHOLD)[1], default=None)
            for way in _QUARTER_TURNS
        }
        scores = {way: score for way, score in best.items() if score is not None}
        return max(scores, key=lambda way: scores[way], default=None)


def _turned_back(box: Box, way: Image.Transpose) -> Box:
    x0, y0, x1, y1 = box
    if way == Image.Transpose.ROTATE_90:
        return (1 - y1, x0, 1 - y0, x1)
    if way == Image.Transpose.ROTATE_270:
        return (y0, 1 - x1, y1, 1 - x0)
    return (1 - x1, 1 - y1, 1 - x0, 1 - y0)
