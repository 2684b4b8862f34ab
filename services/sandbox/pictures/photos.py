"""The picture catalogue: every picture that a post may carry, by name, and what ought to be found in it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from PIL import Image

from services.sandbox.pictures import drawing
from services.sandbox.pictures.portraits import PORTRAITS, head
from services.sandbox.posts import Label
from services.sandbox.school import School
from services.shared.errors import InputRejected

CERTIFICATES: Final = 4
HEAD_WIDTH: Final = 352  # pixels; the faces in it are wider than 120
JPEG_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class Picture:
    """How to draw one picture, and its labels."""

    draw: Callable[[], Image.Image]
    labels: tuple[Label, ...] = ()


class PictureCatalogue:
    """Draws on demand and keeps each JPEG; the same name always gives the same bytes."""

    def __init__(self, school: School) -> None:
        self._pictures = _plain() | _certificates(school) | _display_walls()
        self._jpegs: dict[str, bytes] = {}

    def names(self) -> list[str]:
        """Return the names of all pictures."""
        return list(self._pictures)

    def labels(self, name: str) -> tuple[Label, ...]:
        """Return what ought to be found in a picture."""
        return self._picture(name).labels

    def size(self, name: str) -> tuple[int, int]:
        """Return width and height in pixels."""
        self._picture(name)
        return drawing.SIZE

    def jpeg(self, name: str) -> bytes:
        """Return the picture as a JPEG; InputRejected for an unknown name."""
        picture = self._picture(name)
        if name not in self._jpegs:
            file = io.BytesIO()
            picture.draw().save(file, "JPEG", quality=JPEG_QUALITY)
            self._jpegs[name] = file.getvalue()
        return self._jpegs[name]

    def _picture(self, name: str) -> Picture:
        try:
            return self._pictures[name]
        except KeyError:
            raise InputRejected(f"no picture {name!r}: choose one of {', '.join(self._pictures)}") from None


def _plain() -> dict[str, Picture]:
    boards = {
        "whiteboard-fractions": ("Learning question:", "What is one half of a quarter?", "1/2 of 1/4 = 1/8"),
        "whiteboard-poem": ("Our class poem", "The river keeps the moon", "in a pocket of reeds"),
    }
    return (
        {f"garden-{season}": Picture(partial(drawing.garden, season)) for season in range(1, 5)}
        | {"playing-field": Picture(drawing.playing_field), "library": Picture(drawing.library)}
        | {name: Picture(partial(drawing.whiteboard, lines)) for name, lines in boards.items()}
    )


def _certificates(school: School) -> dict[str, Picture]:
    unnamed = [pupil for pupil in school.pupils if pupil.name_consent == "no" and pupil.admission_no not in PORTRAITS]
    reasons = ("for kindness on the playground", "for a splendid story", "for times tables", "for never giving up")
    named = {
        f"certificate-{number}": Picture(
            partial(drawing.certificate, school.name, pupil.full_name, reason),
            (Label("name_on_image", pupil.admission_no),),
        )
        for number, (pupil, reason) in enumerate(zip(unnamed[:CERTIFICATES], reasons, strict=True), start=1)
    }
    blank = Picture(partial(drawing.certificate, school.name, "", "for everybody in the choir"))
    return named | {"certificate-blank": blank}


def _display_walls() -> dict[str, Picture]:
    captions = ("Star of the week", "Our class reporter")
    return {
        f"display-wall-{number}": Picture(
            partial(_display_wall, who, caption),
            (Label("image_no_publish", who),),
        )
        for number, (who, caption) in enumerate(zip(PORTRAITS, captions, strict=True), start=1)
    }


def _display_wall(admission_no: str, caption: str) -> Image.Image:
    return drawing.display_wall(head(admission_no, HEAD_WIDTH), caption)
