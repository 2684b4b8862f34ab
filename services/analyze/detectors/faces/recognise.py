"""From the bytes of a picture to its faces and whom they may show."""

from dataclasses import dataclass
from typing import Final

from services.analyze.detectors.faces.encoder import FaceEncoder
from services.analyze.detectors.faces.finder import WORKING_SIZE, Box, Face, FaceFinder
from services.analyze.detectors.faces.matching import NONE, UNRESOLVABLE, GalleryIndex, Match
from services.analyze.detectors.faces.weights import find_weights
from services.analyze.image_guard import INCOMPLETE, open_picture

SMALLEST: Final = 28
"""Pixels: below this half of the genuine matches are missed."""
BLURRED: Final = 0.08
"""Sharpness: a blur of 4 % of the face's width, with which nine of ten genuine matches are missed, gives 0.04 to 0.11,
one of 2 % gives 0.10 to 0.25, a clean photo of any size from 28 pixels on 0.14 to 0.6."""
PROMINENT: Final = 0.06
"""Of the picture's shorter side: an unresolvable face as large as this could still be recognised by people."""
FAST: Final = "fast"


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A face as it was seen (as in finder.Face), without what would recognise it, and how it compared."""

    box: Box
    size: int
    sharpness: float
    match: Match


@dataclass(frozen=True)
class Recognised:
    """Everything seen on one picture, frame by frame if it moves; `size` is its width and height in pixels, upright.

    `gaps` are the codes of what could not be examined.
    """

    faces: tuple[SeenFace, ...]
    face_count: int
    size: tuple[int, int]
    gaps: tuple[str, ...]


class Recogniser:
    """The loaded models: finds, encodes and compares."""

    def __init__(self) -> None:
        weights = find_weights()
        self.finder = FaceFinder(weights)
        self.encoder = FaceEncoder(weights)

    def recognise(self, data: bytes, gallery: GalleryIndex, mode: str) -> Recognised:
        """Examine one picture; the vectors of its faces are gone when this returns.

        Raises:
            InputRejected: the picture cannot be opened; the message is the reason's code.
        """
        picture = open_picture(data, working_size=WORKING_SIZE)
        # A film is searched fast, or its frames would take minutes; and where nobody is enrolled, nothing rests on it.
        enrolled = len(gallery) + gallery.foreign
        mode = FAST if len(picture.frames) > 1 or not enrolled else mode
        frames = [self.finder.find(frame, mode) for frame in picture.frames]
        found = [face for faces in frames for face in faces]
        seen = self._compare(found, gallery)
        shorter = min(picture.frames[0].size)
        return Recognised(
            faces=seen,
            face_count=max(len(faces) for faces in frames),
            size=picture.size,
            gaps=_gaps(seen, shorter, gallery, incomplete=INCOMPLETE in picture.flags),
        )

    def _compare(self, faces: list[Face], gallery: GalleryIndex) -> tuple[SeenFace, ...]:
        clear = [face.chip for face in faces if resolvable(face)]
        # Without anybody to look for, no vector may be made of anybody.
        matches = iter(gallery.match(self.encoder.encode(clear)) if len(gallery) else (Match(NONE),) * len(clear))
        return tuple(
            SeenFace(face.box, face.size, face.sharpness, next(matches) if resolvable(face) else Match(UNRESOLVABLE))
            for face in faces
        )


def resolvable(face: Face) -> bool:
    """Tell whether a face is large and sharp enough to be compared."""
    return face.size >= SMALLEST and face.sharpness >= BLURRED


def _gaps(seen: tuple[SeenFace, ...], shorter: int, gallery: GalleryIndex, *, incomplete: bool) -> tuple[str, ...]:
    hidden = any(face.match.band == UNRESOLVABLE and face.size >= PROMINENT * shorter for face in seen)
    return tuple(
        code
        for code, holds in (
            ("incomplete", incomplete),
            ("faces_unresolvable", hidden and len(gallery) > 0),
            ("gallery_of_another_model", bool(seen) and gallery.foreign > 0),
        )
        if holds
    )
