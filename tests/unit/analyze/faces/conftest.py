"""Two pupils whose portraits come inside installed libraries, and the models, loaded once."""

import io
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from schemas.content import Content
from schemas.ids import PupilRef, pupil_ref
from schemas.post import RegisterVersions
from services.analyze.detectors.detector import Material, RegisterSnapshot
from services.analyze.detectors.faces.detector import FacesDetector
from services.analyze.detectors.faces.enrol import make_template
from services.analyze.detectors.faces.matching import pack
from services.analyze.detectors.faces.recognise import Recogniser
from services.register.models import Template
from services.sandbox.pictures.portraits import portrait
from tests.support.events import SCHOOL, make_post

ASTRONAUT = pupil_ref(SCHOOL, "2470")
OFFICER = pupil_ref(SCHOOL, "2494")
ADMISSION = {ASTRONAUT: "2470", OFFICER: "2494"}


def file(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def face_of(who: PupilRef, width: int = 240) -> Image.Image:
    """A small picture with the pupil's face, quick to search."""
    picture = portrait(ADMISSION[who])
    head = picture.crop((120, 0, 330, 260) if who == ASTRONAUT else (110, 60, 430, 460))
    return head.resize((width, round(width * head.height / head.width)), Image.Resampling.LANCZOS)


def material(**pictures: bytes) -> Material:
    return Material(make_post(required=("faces",)), Content(), pictures)


@dataclass(frozen=True)
class Enrolled:
    """Both pupils' templates as the register gives them."""

    templates: tuple[Template, ...]

    def of(self, *who: PupilRef) -> RegisterSnapshot:
        chosen = tuple(template for template in self.templates if template.ref in who)
        return RegisterSnapshot(SCHOOL, RegisterVersions(), templates=chosen)


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture(scope="session")
def detector() -> FacesDetector:
    return FacesDetector()


@pytest.fixture(scope="session")
def enrolled(recogniser: Recogniser) -> Enrolled:
    templates = []
    for who, admission_no in ADMISSION.items():
        candidate = make_template(recogniser, [file(portrait(admission_no), "PNG")])
        assert candidate.vector is not None, candidate.photos
        templates.append(Template(who, recogniser.encoder.model_id, pack(candidate.vector), candidate.used))
    return Enrolled(tuple(templates))
