"""`schoolgate scan faces`: the same comparison over folders, without a register or a broker."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog

from services.analyze.detectors.faces.encoder import Vectors, unit
from services.analyze.detectors.faces.finder import UPSAMPLE, WORKING_SIZE
from services.analyze.detectors.faces.matching import GalleryIndex
from services.analyze.detectors.faces.recognise import Recognised, Recogniser, resolvable
from services.analyze.detectors.faces.thresholds import shipped_for
from services.analyze.image_guard import open_picture
from services.shared.errors import InputRejected

MODES: Final = tuple(UPSAMPLE)
log = structlog.get_logger()


def scan_faces(gallery_dir: Path, pictures: Iterable[Path], mode: str = "safe") -> Iterator[dict[str, Any]]:
    """Yield one JSON-ready answer for each of the files.

    `gallery_dir` has a folder of photos for each person. `box` is in pixels of the picture as it is shown, that is
    after its EXIF rotation.

    Raises:
        InputRejected: a folder is missing, the mode is unknown, or no photo of the gallery shows a usable face.
    """
    if mode not in MODES:
        raise InputRejected(f"there is no mode {mode!r}: choose one of {', '.join(MODES)}")
    if not gallery_dir.is_dir():
        raise InputRejected(f"{gallery_dir} is no folder")
    recogniser = Recogniser()
    gallery = _gallery(recogniser, gallery_dir)
    for path in pictures:
        yield {"image": path.name} | _row(recogniser, path.read_bytes(), gallery, mode)


def _row(recogniser: Recogniser, data: bytes, gallery: GalleryIndex, mode: str) -> dict[str, Any]:
    try:
        seen = recogniser.recognise(data, gallery, mode)
    except InputRejected:
        return {"status": "unchecked", "faces": []}
    return {"status": "unchecked" if seen.gaps else "complete", "faces": _faces(seen)}


def _faces(seen: Recognised) -> list[dict[str, Any]]:
    scale = (*seen.size, *seen.size)
    return [
        {
            "box": [round(edge * side) for edge, side in zip(face.box, scale, strict=True)],
            "band": face.match.band,
            "person": face.match.who,
            "distance": None if face.match.distance is None else round(face.match.distance, 4),
        }
        for face in seen.faces
    ]


def _gallery(recogniser: Recogniser, folder: Path) -> GalleryIndex:
    who, vectors, photos = [], [], []
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = _person(recogniser, person)
        if not len(found):
            log.warning("person_without_usable_photo", photos=sum(1 for _ in person.iterdir()))
            continue
        who.append(person.name)
        vectors.append(unit(found.mean(axis=0)))
        photos.append(len(found))
    if not who:
        raise InputRejected(f"no photo in the folders of {folder} shows a usable face: add one folder for each person")
    thresholds = shipped_for(recogniser.encoder.model_id)
    return GalleryIndex(who, np.stack(vectors), np.array(photos, dtype=np.int64), thresholds)


def _person(recogniser: Recogniser, folder: Path) -> Vectors:
    """Encode the largest face of each photo: these were chosen by hand, so bystanders do no harm as in enrolment."""
    chips = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            picture = open_picture(path.read_bytes(), working_size=WORKING_SIZE).frames[0]
        except InputRejected as refusal:
            log.warning("photo_refused", reason=str(refusal))
            continue
        usable = [face for face in recogniser.finder.find(picture, "fast") if resolvable(face)]
        if usable:
            chips.append(max(usable, key=lambda face: face.size).chip)
    return recogniser.encoder.encode(chips, jittered=len(chips) == 1)
