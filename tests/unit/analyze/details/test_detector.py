import io
from typing import Any

import pytest
from PIL import Image

from schemas.analysis import Unchecked
from schemas.categories import CATEGORY_OWNER
from schemas.content import AttachmentText, Content
from schemas.post import Attachment, RegisterVersions
from services.analyze.detectors.catalog import detector_type
from services.analyze.detectors.detector import Detection, Detector, FindingDraft, Material, RegisterSnapshot
from services.sandbox.pictures.drawing import certificate, garden
from tests.support.events import SCHOOL, make_post
from tests.unit.analyze.details.examples import PUPILS, SECONDARY

AMELIA, JACK, GRACE = PUPILS[:3]
MO, MOHAMMED = PUPILS[6], PUPILS[7]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return detector_type("details")()


@pytest.fixture(scope="module")
def index(detector: Detector) -> Any:
    return detector.index(RegisterSnapshot(SCHOOL, RegisterVersions(roster=1), SECONDARY))


def jpeg(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90, **options)
    return file.getvalue()


def examine(detector: Detector, index: Any, content: Content, **pictures: bytes) -> Detection:
    attachments = tuple(Attachment(key=key, kind="photo") for key in {**content.attachments, **pictures})
    return detector.detect(Material(make_post(attachments=attachments), content, pictures), index)


def one(detection: Detection, category: str) -> FindingDraft:
    (draft,) = [each for each in detection.findings if each.category == category]
    return draft


def test_a_name_carries_whom_it_means_and_what_they_agreed_to(detector: Detector, index: Any) -> None:
    detection = examine(detector, index, Content(text="Well done Jack Hartwell!"))
    draft = one(detection, "name_full")
    assert draft.subject_ref == JACK.ref
    assert draft.facts == {
        "name_consent": "no", "photo_consent": "yes", "image": "none", "match": "exact", "candidates": 1.0
    }  # fmt: skip
    assert [(span.part, span.start, span.end) for span in draft.spans] == [("text", 10, 23)]
    assert detection.subjects == (JACK.ref,)


def test_a_name_that_means_two_says_where_they_differ(detector: Detector, index: Any) -> None:
    draft = one(examine(detector, index, Content(text="Well done Mo Khan!")), "name_full")
    assert draft.subject_ref is None
    assert (draft.facts["name_consent"], draft.facts["photo_consent"], draft.facts["candidates"]) == ("some", "yes", 2)


@pytest.mark.parametrize(("pictures", "image"), [(0, "none"), (1, "single"), (2, "group")])
def test_it_says_what_is_shown_beside_a_name(detector: Detector, index: Any, pictures: int, image: str) -> None:
    shown = {f"p{number}": jpeg(garden(number)) for number in range(pictures)}
    detection = examine(detector, index, Content(text="Amelia Hartwell"), **shown)
    assert one(detection, "name_full").facts["image"] == image


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (Content(attachments={"p1": AttachmentText(alt_text="Amelia Hartwell on stage")}), "alt_text:p1"),
        (Content(attachments={"p1": AttachmentText(file_name="amelia_hartwell-2.JPG")}), "file_name:p1"),
        (Content(attachments={"p1": AttachmentText(file_name="AmeliaHartwell.png")}), "file_name:p1"),
        (Content(text="#AmeliaHartwell"), "text"),
    ],
)
def test_every_part_is_examined(detector: Detector, index: Any, content: Content, part: str) -> None:
    detection = examine(detector, index, content)
    assert {(draft.part, draft.subject_ref) for draft in detection.findings} == {(part, AMELIA.ref)}
    assert {span.part for draft in detection.findings for span in draft.spans} == {part}


def test_the_place_of_a_post_is_examined_for_addresses(detector: Detector, index: Any) -> None:
    detection = examine(detector, index, Content(text="Hello", place="51.50740, -0.12780"))
    assert one(detection, "coords").part == "place"


def test_what_is_said_twice_is_one_finding(detector: Detector, index: Any) -> None:
    draft = one(examine(detector, index, Content(text="Amelia Hartwell! Amelia Hartwell!")), "name_full")
    assert [span.start for span in draft.spans] == [0, 17]


def test_a_certificate_names_a_pupil(detector: Detector, index: Any) -> None:
    picture = jpeg(certificate("Fenwater High School", "Grace Walker", "for kindness"))
    detection = examine(detector, index, Content(text="Proud!"), p1=picture)
    draft = one(detection, "name_on_image")
    assert (draft.part, draft.subject_ref, draft.band) == ("image:p1", GRACE.ref, None)
    (box,) = draft.boxes
    assert (box.x0 < 0.5 < box.x1, box.y0 < 0.5 <= box.y1 < 0.6) == (True, True)
    assert detection.subjects == (GRACE.ref,)


def test_the_class_in_the_text_says_who_is_on_the_picture(detector: Detector, index: Any) -> None:
    picture = jpeg(certificate("Fenwater High School", "Mohammed Khan", "for kindness"))
    detection = examine(detector, index, Content(text="Well done, Year 7"), p1=picture)
    assert one(detection, "name_on_image").subject_ref == MOHAMMED.ref


def test_a_picture_is_known_again_and_its_place_is_reported(detector: Detector, index: Any) -> None:
    tags = Image.Exif()
    tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.0), 3: "W", 4: (1.0, 2.0, 3.0)})
    detection = examine(detector, index, Content(), p1=jpeg(garden(1), exif=tags))
    assert one(detection, "image_gps").part == "image:p1"
    (fact,) = detection.media_facts
    assert (fact.has_gps, len(fact.perceptual_hash or ""), len(fact.sha256)) == (True, 16, 64)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"no picture", "format_not_supported"), (jpeg(garden(1))[:20_000], "incomplete")]
)
def test_a_picture_that_cannot_be_read_is_unchecked(detector: Detector, index: Any, data: bytes, reason: str) -> None:
    detection = examine(detector, index, Content(text="Hello"), p1=data)
    assert detection.unchecked == (Unchecked(part="image:p1", reason=reason),)


def test_a_school_without_a_roster_still_finds_what_needs_none(detector: Detector) -> None:
    empty = detector.index(RegisterSnapshot(SCHOOL, RegisterVersions()))
    detection = examine(detector, empty, Content(text="Ring 07700 900655 about Amelia Hartwell"))
    assert [draft.category for draft in detection.findings] == ["phone"]


def test_it_reports_only_categories_it_owns(detector: Detector, index: Any) -> None:
    text = "Amelia H in 9KT is 12 today. Ring 07700 900655 or write to a@b.example. Password: hunter22"
    found = {draft.category for draft in examine(detector, index, Content(text=text)).findings}
    assert {CATEGORY_OWNER[category] for category in found} == {"details"}
    assert found == {"name_partial", "class", "age", "phone", "email", "credential"}
