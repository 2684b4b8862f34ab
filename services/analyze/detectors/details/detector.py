"""The details detector: everything in a post that tells a stranger who or where a child is."""

from dataclasses import dataclass
from typing import Final

from schemas.categories import DETAILS
from schemas.post import Post
from services.analyze.detectors.details.drafts import GROUP, NONE, SINGLE, merged
from services.analyze.detectors.details.index import DetailsIndex, build_index
from services.analyze.detectors.details.pictures.examine import examine_picture
from services.analyze.detectors.details.pictures.ocr import MODEL_VERSION, Reader
from services.analyze.detectors.details.pictures.ocr_match import PictureNames
from services.analyze.detectors.details.texts import examine_texts
from services.analyze.detectors.detector import Detection, DetectorInfo, Material, RegisterSnapshot
from services.register.models import Facts, Roster

VERSION: Final = "1.0.0"
_NOBODY: Final = Roster((), (), Facts())


@dataclass(frozen=True)
class PreparedRoster:
    """A school's roster, for texts and for pictures."""

    texts: DetailsIndex
    pictures: PictureNames


class DetailsDetector:
    """Reads the texts of a post, the writing on its pictures and their metadata."""

    def __init__(self) -> None:
        self._reader = Reader()
        self.info = DetectorInfo(DETAILS, VERSION, MODEL_VERSION, needs_roster=True, needs_pictures=True)

    def index(self, register: RegisterSnapshot) -> PreparedRoster:
        """Prepare a roster."""
        texts = build_index(register.roster or _NOBODY)
        return PreparedRoster(texts, PictureNames(texts))

    def detect(self, material: Material, index: PreparedRoster) -> Detection:
        """Examine all parts of a post."""
        texts = examine_texts(index.texts, material.content, image_of(material.post))
        pictures = [
            examine_picture(key, data, self._reader, index.pictures, texts.classes)
            for key, data in sorted(material.pictures.items())
        ]
        found = [*texts.found, *(each for picture in pictures for each in picture.found)]
        return Detection(
            findings=merged(each.draft for each in found),
            unchecked=tuple(gap for picture in pictures for gap in picture.unchecked),
            subjects=tuple(sorted({pupil.ref for each in found for pupil in each.pupils})),
            media_facts=tuple(picture.fact for picture in pictures),
        )


def image_of(post: Post) -> str:
    """Say what a post shows beside its words: `none`, a `single` picture, or a `group` of them."""
    pictures = sum(attachment.kind != "link" for attachment in post.attachments)
    if not pictures:
        return NONE
    return SINGLE if pictures == 1 else GROUP
