"""Which photos make a template, and whose."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore
from PIL import Image, ImageFilter
from pydantic import SecretStr

from schemas.ids import PupilRef, SchoolId
from services.analyze.detectors.faces.enrol import PROBLEMS, enrol_pupil, make_template
from services.analyze.detectors.faces.finder import Face, FaceFinder
from services.analyze.detectors.faces.matching import unpack
from services.analyze.detectors.faces.recognise import Recogniser
from services.register.consent import REASONS
from services.register.gallery import Gallery
from services.register.models import EnrolmentConsent, FaceMatching, Pupil
from services.register.reads import RegisterReader
from services.register.writes import RegisterWriter
from services.shared.content_store import StoredKeys
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.errors import InputRejected
from services.shared.migrations import upgrade
from tests.unit.analyze.faces.conftest import ASTRONAUT, OFFICER, face_of, file

DOCUMENTS = FaceMatching("DPIA 4", "opinion of 3 March", date(2026, 3, 1))
CONSENT = EnrolmentConsent("2494", date(2026, 9, 1), "mother", date(2026, 9, 8), False, False)  # noqa: FBT003 - columns


def photos_of_officer() -> list[bytes]:
    return [file(face_of(OFFICER, width), quality=95) for width in (240, 280, 320)]


def two_people() -> bytes:
    both = Image.new("RGB", (520, 320), "gray")
    both.paste(face_of(OFFICER), (0, 0))
    both.paste(face_of(ASTRONAUT), (260, 0))
    return file(both, quality=95)


def problems(recogniser: Recogniser, *photos: bytes) -> list[str | None]:
    return [photo.problem for photo in make_template(recogniser, photos).photos]


@pytest.mark.parametrize(
    ("photo", "problem"),
    [
        (file(Image.new("RGB", (300, 300), "gray")), "no_face"),
        (two_people(), "several_faces"),
        (file(face_of(OFFICER, 100)), "face_too_small"),
        (file(face_of(OFFICER).filter(ImageFilter.GaussianBlur(5))), "not_sharp"),
        (file(face_of(OFFICER), quality=95)[:-3000], "incomplete"),
        (b"no picture", "format_not_supported"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_photo_that_is_no_use_is_left_out_and_says_why(recogniser: Recogniser, photo: bytes, problem: str) -> None:
    candidate = make_template(recogniser, [photo])
    assert [each.problem for each in candidate.photos] == [problem]
    assert candidate.vector is None
    good = photos_of_officer()
    kept = make_template(recogniser, [good[0], photo, good[1]])
    assert [each.problem for each in kept.photos] == [None, problem, None]
    assert kept.used == 2
    assert kept.vector is not None


@pytest.mark.parametrize(("turned", "problem"), [(0.29, None), (0.31, "not_frontal")])
def test_a_face_that_is_turned_away_is_left_out(
    recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch, turned: float, problem: str | None
) -> None:
    find = FaceFinder.find

    def turning(self: FaceFinder, picture: Image.Image, mode: str) -> tuple[Face, ...]:
        return tuple(replace(face, turn=turned) for face in find(self, picture, mode))

    monkeypatch.setattr(FaceFinder, "find", turning)
    assert problems(recogniser, photos_of_officer()[0]) == [problem]


def test_a_photo_of_somebody_else_refuses_them_all(recogniser: Recogniser) -> None:
    good, stranger = photos_of_officer(), file(face_of(ASTRONAUT, 260), quality=95)
    candidate = make_template(recogniser, [good[0], stranger, good[1]])
    assert [each.problem for each in candidate.photos] == [None, "photos_disagree", None]
    assert candidate.vector is None
    assert problems(recogniser, good[0], stranger) == ["photos_disagree", "photos_disagree"]


def test_every_problem_has_words(recogniser: Recogniser) -> None:
    assert make_template(recogniser, []).vector is None
    assert all(PROBLEMS.values())


@dataclass
class School:
    """A register with one pupil who may be enrolled."""

    gallery: Gallery
    reader: RegisterReader
    writer: RegisterWriter
    school_id: SchoolId
    ref: PupilRef

    async def documents(self, documents: FaceMatching) -> None:
        await self.writer.add_school("999001", "Larkhollow", profile="sandbox", face_matching=documents)


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    database = Database("register", f"sqlite+aiosqlite:///{tmp_path / 'register.db'}")
    await upgrade(database)
    keyring = Keyring(SecretStr(base64.b64encode(b"k" * 32).decode()), StoredKeys(MemoryStore()))
    writer, reader = RegisterWriter(database, keyring), RegisterReader(database, keyring, Noon())
    added = await writer.add_school("999001", "Larkhollow", profile="sandbox", face_matching=DOCUMENTS)
    unset = dict.fromkeys(("ref", "upn", "year", "form", "dob", "address", "postcode"), "")
    named = {"legal_forename": "Wren", "preferred_forename": "Wren", "surname": "Abara"}
    pupil = Pupil(admission_no="2494", photo_consent="no", name_consent="no", **unset, **named)
    await writer.import_people(added.school_id, pupils=[pupil])
    (known,) = (await reader.roster(added.school_id)).pupils
    gallery = Gallery(database, keyring, Noon())
    await gallery.record_consents(added.school_id, [CONSENT])
    yield School(gallery, reader, writer, added.school_id, known.ref)
    await database.close()


async def test_an_enrolled_pupil_is_in_the_register_as_one_unit_vector(school: School, recogniser: Recogniser) -> None:
    report = await enrol_pupil(school.gallery, school.school_id, school.ref, photos_of_officer(), recogniser)
    assert report.entry is not None
    assert (report.entry.ref, report.entry.photos, report.advice) == (school.ref, 3, None)
    assert report.entry.model_id == recogniser.encoder.model_id
    (template,) = await school.reader.templates(school.school_id)
    vector = unpack(template.vector)
    assert float((vector * vector).sum()) == pytest.approx(1, abs=1e-5)


async def test_few_photos_are_enough_and_more_are_advised(school: School, recogniser: Recogniser) -> None:
    report = await enrol_pupil(school.gallery, school.school_id, school.ref, photos_of_officer()[:1], recogniser)
    assert report.entry is not None
    assert (report.entry.photos, report.advice) == (1, "few_photos")


async def test_photos_without_use_enrol_nobody(school: School, recogniser: Recogniser) -> None:
    report = await enrol_pupil(school.gallery, school.school_id, school.ref, [two_people()], recogniser)
    assert report.entry is None
    assert await school.gallery.entries(school.school_id) == ()


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ({"parents_notified_on": None}, "parents_not_notified"),
        ({"written_consent_by": ""}, "no_written_consent"),
        ({"written_consent_on": date(2026, 8, 31)}, "consent_before_notice"),
        ({"parent_objection": True}, "parent_objected"),
        ({"child_objection": True}, "child_objected"),
    ],
)
async def test_without_its_legal_basis_no_photo_is_even_opened(
    school: School, recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch, lacking: dict[str, Any], code: str
) -> None:
    await school.gallery.record_consents(school.school_id, [replace(CONSENT, **lacking)])
    monkeypatch.setattr(FaceFinder, "find", lambda *_: pytest.fail("a photo was looked at"))
    with pytest.raises(InputRejected) as refused:
        await enrol_pupil(school.gallery, school.school_id, school.ref, photos_of_officer(), recogniser)
    assert str(refused.value) == f"this pupil may not be enrolled: {REASONS[code]}"


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ({"dpia_reference": None}, "no_impact_assessment"),
        ({"dpo_opinion": None}, "no_dpo_opinion"),
        ({"consulted_on": None}, "no_consultation"),
    ],
)
async def test_without_the_schools_documents_nobody_is_enrolled(
    school: School, recogniser: Recogniser, lacking: dict[str, Any], code: str
) -> None:
    await school.documents(replace(DOCUMENTS, **lacking))
    with pytest.raises(InputRejected, match=REASONS[code]):
        await enrol_pupil(school.gallery, school.school_id, school.ref, photos_of_officer(), recogniser)
    assert await school.gallery.entries(school.school_id) == ()
