"""Examines one picture: the names on it, the place in its file, and what helps to know it again."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.analysis import Box, MediaFact, Unchecked
from services.analyze.detectors.details.drafts import SINGLE, Found, consent_facts
from services.analyze.detectors.details.names.first import CATEGORY as FIRST
from services.analyze.detectors.details.pictures.ocr import WORKING_SIZE, Reader
from services.analyze.detectors.details.pictures.ocr_match import SURE, NameOnPicture, PictureNames
from services.analyze.detectors.details.pictures.perceptual import perceptual_hash
from services.analyze.detectors.details.pictures.windows import bounds
from services.analyze.detectors.details.recognisers.classes import ClassMention
from services.analyze.detectors.detector import FindingDraft
from services.analyze.image_guard import INCOMPLETE, Picture, open_picture
from services.shared.errors import InputRejected

FRAMES_READ: Final = 3
GPS: Final = "image_gps"


@dataclass(frozen=True)
class ExaminedPicture:
    """What one picture holds."""

    fact: MediaFact
    found: tuple[Found, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()


def examine_picture(
    key: str, data: bytes, reader: Reader, names: PictureNames, classes: Sequence[ClassMention]
) -> ExaminedPicture:
    """Examine the bytes of the attachment `key`; a picture that cannot be opened is unchecked and never clean."""
    part = f"image:{key}"
    try:
        picture = open_picture(data, working_size=WORKING_SIZE)
    except InputRejected as error:
        return ExaminedPicture(_fact(data), unchecked=(Unchecked(part=part, reason=str(error)),))
    found = [_found(part, name, classes) for name in read_names(picture, reader, names)]
    if picture.has_gps:
        found.append(Found(FindingDraft(GPS, 1.0, "image.gps", part, "gps", facts={"image": SINGLE})))
    unchecked = (Unchecked(part=part, reason=INCOMPLETE),) if INCOMPLETE in picture.flags else ()
    return ExaminedPicture(_fact(data, picture), tuple(found), unchecked)


def read_names(picture: Picture, reader: Reader, names: PictureNames) -> tuple[NameOnPicture, ...]:
    """Return the names on a picture; of a film the first, middle and last frame are read."""
    last = len(picture.frames) - 1
    chosen = sorted({0, last // 2, last})[:FRAMES_READ]
    best: dict[str, NameOnPicture] = {}
    for number in chosen:
        for name in names.find(reader.read(picture.frames[number])):
            if name.key not in best or name.score > best[name.key].score:
                best[name.key] = name
    return tuple(best.values())


def _found(part: str, name: NameOnPicture, classes: Sequence[ClassMention]) -> Found:
    fitting = tuple(pupil for pupil in name.pupils if any(each.fits(pupil) for each in classes))
    pupils = fitting if len(name.pupils) > 1 and fitting else name.pupils
    sure = name.score >= SURE and name.category != FIRST
    facts: Mapping[str, float | bool | str] = {
        **consent_facts(pupils),
        "image": SINGLE,
        "match": "ocr",
        "candidates": float(len(pupils)),
        "certainty": "high" if sure else "low",
    }
    draft = FindingDraft(
        category=name.category,
        confidence=round(name.score / 100, 3),
        band=None if sure else "possible",
        rule_id="name.ocr",
        part=part,
        match=name.key,
        subject_ref=pupils[0].ref if len(pupils) == 1 else None,
        boxes=tuple(_box(part, *bounds(quad)) for quad in name.quads),
        facts=facts,
    )
    return Found(draft, pupils)


def _box(part: str, left: float, top: float, right: float, bottom: float) -> Box:
    return Box(part=part, x0=left, y0=top, x1=right, y1=bottom)


def _fact(data: bytes, picture: Picture | None = None) -> MediaFact:
    return MediaFact(
        sha256=hashlib.sha256(data).hexdigest(),
        perceptual_hash=perceptual_hash(picture.frames[0]) if picture else None,
        has_gps=picture.has_gps if picture else None,
    )
