"""Enrolment: from photos of one pupil to a template, through gates that say what is wrong with which photo."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.ids import PupilRef, SchoolId
from services.analyze.detectors.faces.encoder import Vectors, unit
from services.analyze.detectors.faces.finder import WORKING_SIZE, Face
from services.analyze.detectors.faces.matching import pack
from services.analyze.detectors.faces.recognise import Recogniser
from services.analyze.image_guard import INCOMPLETE, open_picture
from services.register.consent import REASONS
from services.register.gallery import Gallery
from services.register.models import TemplateEntry
from services.shared.errors import InputRejected

SMALLEST_TO_ENROL: Final = 80
"""Pixels of the face's side, brow to chin; with 50 as many pupils are found as with 150."""
CERTAIN: Final = 0.0
"""The least score of a face: a doubtful one must not make a portrait look like a group."""
LEAST_SHARP: Final = 0.14
"""Under this are blurs from 2 % of the face's width on, and one of a hundred clean photos."""
MOST_TURNED: Final = 0.3
"""Eye distances: 2 % of press photos are turned more."""
FARTHEST_APART: Final = 0.42
"""Distance: 99 % of two photos of one adult are nearer, 99 % of two people's are farther."""
ENOUGH_PHOTOS: Final = 3
PROBLEMS: Final = {
    "no_face": "no face can be seen",
    "several_faces": "more than one face can be seen: cut the photo to the pupil",
    "face_too_small": f"the face is smaller than {SMALLEST_TO_ENROL} pixels",
    "not_sharp": "the face is blurred",
    "not_frontal": "the face is turned away",
    "photos_disagree": "this photo seems to show somebody else than the others",
    "incomplete": "a part of the file is missing",
}
"""What may be wrong with a photo, in words; a file that cannot be opened has a code of image_guard.open_picture."""


@dataclass(frozen=True)
class PhotoReport:
    """One photo, in the order given: its `problem`'s code, or None where it was used."""

    problem: str | None
    face_px: int | None = None


@dataclass(frozen=True)
class EnrolmentReport:
    """What came of an enrolment; `entry` is None when no template was made.

    `advice` is `few_photos` where more photos would find the pupil more reliably.
    """

    photos: tuple[PhotoReport, ...]
    entry: TemplateEntry | None = None
    advice: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A template that may be stored, or None, and what each photo gave to it."""

    vector: NDArray[np.float32] | None = field(repr=False)
    photos: tuple[PhotoReport, ...]

    @property
    def used(self) -> int:
        """How many photos the template was made of."""
        return sum(photo.problem is None for photo in self.photos)


async def enrol_pupil(
    gallery: Gallery, school_id: SchoolId, ref: PupilRef, photos: Sequence[bytes], recogniser: Recogniser
) -> EnrolmentReport:
    """Enrol a pupil from photos; those with a problem are left out, and photos that disagree refuse them all.

    No photo is looked at before the law's conditions are met.

    Raises:
        InputRejected: they are not met; the message says which.
        DependencyUnavailable: the register does not answer.
    """
    reasons = await gallery.reasons_against(school_id, ref)
    if reasons:
        raise InputRejected(f"this pupil may not be enrolled: {'; '.join(REASONS[code] for code in reasons)}")
    candidate = await asyncio.to_thread(make_template, recogniser, photos)
    if candidate.vector is None:
        return EnrolmentReport(candidate.photos)
    entry = await gallery.add_template(
        school_id, ref, model_id=recogniser.encoder.model_id, vector=pack(candidate.vector), photos=candidate.used
    )
    return EnrolmentReport(candidate.photos, entry, "few_photos" if candidate.used < ENOUGH_PHOTOS else None)


def make_template(recogniser: Recogniser, photos: Sequence[bytes]) -> Candidate:
    """Pass the photos through the gates and average what is left of them."""
    judged = [_judge(recogniser, photo) for photo in photos]
    reports = [report for report, _ in judged]
    usable = [number for number, report in enumerate(reports) if report.problem is None]
    chips = [face.chip for _, face in judged if face is not None]
    vectors = recogniser.encoder.encode(chips, jittered=len(chips) == 1)
    for number in _strangers(vectors):
        reports[usable[number]] = replace(reports[usable[number]], problem="photos_disagree")
    if not usable or any(report.problem == "photos_disagree" for report in reports):
        return Candidate(None, tuple(reports))
    return Candidate(unit(vectors.mean(axis=0)), tuple(reports))


def _judge(recogniser: Recogniser, photo: bytes) -> tuple[PhotoReport, Face | None]:
    try:
        picture = open_picture(photo, working_size=WORKING_SIZE)
    except InputRejected as refusal:
        return PhotoReport(str(refusal)), None
    if INCOMPLETE in picture.flags:
        return PhotoReport("incomplete"), None
    faces = [face for face in recogniser.finder.find(picture.frames[0], "safe") if face.score >= CERTAIN]
    if len(faces) != 1:
        return PhotoReport("several_faces" if faces else "no_face"), None
    (face,) = faces
    problem = _problem(face)
    return PhotoReport(problem, face.size), None if problem else face


def _problem(face: Face) -> str | None:
    if face.size < SMALLEST_TO_ENROL:
        return "face_too_small"
    if face.sharpness < LEAST_SHARP:
        return "not_sharp"
    return "not_frontal" if face.turn > MOST_TURNED else None


def _strangers(vectors: Vectors) -> list[int]:
    """Return the photos that are far from more than half of the others; of two that disagree, both."""
    if len(vectors) < 2:  # noqa: PLR2004 - one photo agrees with itself
        return []
    distances = np.sqrt(np.clip(2 - 2 * (vectors @ vectors.T), 0, None))
    others = [np.sort(np.delete(row, number)) for number, row in enumerate(distances)]
    return [number for number, row in enumerate(others) if row[(len(row) - 1) // 2] > FARTHEST_APART]
