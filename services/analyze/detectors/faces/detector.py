"""Faces as a detector: which pictures may show a pupil whose image must not be published."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from schemas.analysis import Box, MediaFact, Unchecked
from schemas.categories import FACES
from schemas.ids import PupilRef
from services.analyze.detectors.detector import Detection, DetectorInfo, FindingDraft, Material, RegisterSnapshot
from services.analyze.detectors.faces.matching import GalleryIndex, index_templates
from services.analyze.detectors.faces.recognise import Recognised, Recogniser, SeenFace
from services.analyze.detectors.faces.thresholds import shipped_for
from services.shared.errors import InputRejected

VERSION: Final = "1.0.0"
MODE: Final = "safe"
TIME_FOR_A_POST: Final = 40.0
"""Seconds after which no further picture is begun: under the engine's limit, which would cost every answer."""


class FacesDetector:
    """Compares every face on a post's pictures with the school's gallery."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._recogniser = Recogniser()
        model_id = self._recogniser.encoder.model_id
        self._thresholds = shipped_for(model_id)
        self._clock = clock
        self.info = DetectorInfo(FACES, VERSION, model_id, needs_gallery=True, needs_pictures=True)

    def index(self, register: RegisterSnapshot) -> GalleryIndex:
        """Arrange a school's templates for comparison."""
        return index_templates(register.templates, self._thresholds)

    def detect(self, material: Material, index: GalleryIndex) -> Detection:
        """Examine the pictures one after the other; one that cannot be opened or comes too late is left unchecked."""
        findings: list[FindingDraft] = []
        unchecked: list[Unchecked] = []
        media_facts: list[MediaFact] = []
        end = self._clock() + TIME_FOR_A_POST
        for attachment, data in material.pictures.items():
            part = f"image:{attachment}"
            if self._clock() > end:
                unchecked.append(Unchecked(part=part, reason="out_of_time"))
                continue
            try:
                seen = self._recogniser.recognise(data, index, MODE)
            except InputRejected as refusal:
                unchecked.append(Unchecked(part=part, reason=str(refusal)))
                continue
            findings += _findings(part, seen)
            unchecked += [Unchecked(part=part, reason=gap) for gap in seen.gaps]
            media_facts.append(MediaFact(sha256=hashlib.sha256(data).hexdigest(), face_count=seen.face_count))
        return Detection(
            findings=tuple(findings),
            unchecked=tuple(unchecked),
            subjects=tuple(sorted({draft.subject_ref for draft in findings if draft.subject_ref})),
            media_facts=tuple(media_facts),
        )


def _findings(part: str, seen: Recognised) -> Iterator[FindingDraft]:
    for who, face in _nearest_of_each(seen).items():
        x0, y0, x1, y1 = face.box
        match = face.match
        yield FindingDraft(
            category="image_no_publish",
            confidence=match.confidence,
            rule_id="faces.gallery_match",
            part=part,
            match=FACES,  # one finding per picture and pupil, wherever on it the face is
            band=match.band,
            subject_ref=who,
            boxes=(Box(part=part, x0=x0, y0=y0, x1=x1, y1=y1),),
            facts={
                "distance": round(match.distance or 0.0, 4),
                "threshold": round(match.threshold or 0.0, 4),
                "face_px": float(face.size),
                "sharpness": round(face.sharpness, 3),
                "faces": float(seen.face_count),
            },
        )


def _nearest_of_each(seen: Recognised) -> Mapping[PupilRef, SeenFace]:
    """Keep each pupil's surest face, as on the frames of an animation or in a mirror."""
    best: dict[PupilRef, SeenFace] = {}
    for face in seen.faces:
        who = face.match.who
        if who is not None and (who not in best or face.match.confidence > best[who].match.confidence):
            best[who] = face
    return best
