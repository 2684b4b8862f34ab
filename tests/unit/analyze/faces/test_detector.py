"""What the detector says of a post's pictures."""

import io
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from schemas.analysis import Unchecked
from schemas.ids import PupilRef
from services.analyze.detectors.detector import Detection, RegisterSnapshot
from services.analyze.detectors.faces.detector import TIME_FOR_A_POST, FacesDetector
from services.analyze.detectors.faces.encoder import FaceEncoder, Vectors
from services.analyze.detectors.faces.quality import Chip
from services.sandbox.pictures import drawing
from services.sandbox.pictures.portraits import head
from tests.unit.analyze.faces.conftest import ADMISSION, ASTRONAUT, OFFICER, Enrolled, face_of, file, material

ROTATED_90_CW = 6
ORIENTATION = 0x0112


def detect(detector: FacesDetector, register: RegisterSnapshot, **pictures: bytes) -> Detection:
    return detector.detect(material(**pictures), detector.index(register))


def wall(who: PupilRef) -> Image.Image:
    return drawing.display_wall(head(ADMISSION[who], 352), "Star of the week")


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many faces each call encoded."""
    counts: list[int] = []
    encode = FaceEncoder.encode

    def counting(self: FaceEncoder, chips: Sequence[Chip], *, jittered: bool = False) -> Vectors:
        counts.append(len(chips))
        return encode(self, chips, jittered=jittered)

    monkeypatch.setattr(FaceEncoder, "encode", counting)
    return counts


@pytest.mark.parametrize("who", [ASTRONAUT, OFFICER])
def test_an_enrolled_pupil_is_found_on_a_picture(detector: FacesDetector, enrolled: Enrolled, who: PupilRef) -> None:
    picture = wall(who)
    detection = detect(detector, enrolled.of(ASTRONAUT, OFFICER), a1=file(picture, quality=90))
    (finding,) = detection.findings
    assert (finding.category, finding.subject_ref, finding.part) == ("image_no_publish", who, "image:a1")
    assert finding.band == "confirmed"
    assert finding.confidence >= 0.9
    facts = {name: float(value) for name, value in finding.facts.items()}
    assert facts["distance"] < facts["threshold"]
    assert facts["face_px"] > 100
    assert facts["faces"] == 1
    (box,) = finding.boxes
    assert 0.35 < box.x0 < 0.5 < box.x1 < 0.65
    assert 0.1 < box.y0 < 0.3 < box.y1 < 0.5
    assert detection.subjects == (who,)
    assert detection.unchecked == ()
    assert [fact.face_count for fact in detection.media_facts] == [1]


def test_a_stranger_leaves_nothing_but_a_count(detector: FacesDetector, enrolled: Enrolled) -> None:
    detection = detect(detector, enrolled.of(OFFICER), a1=file(face_of(ASTRONAUT)))
    assert (detection.findings, detection.subjects, detection.unchecked) == ((), (), ())
    assert [fact.face_count for fact in detection.media_facts] == [1]


def test_without_a_gallery_no_face_is_encoded(detector: FacesDetector, encoded: list[int]) -> None:
    detection = detect(detector, Enrolled(()).of(), a1=file(face_of(OFFICER)))
    assert sum(encoded) == 0
    assert detection.findings == ()
    assert [fact.face_count for fact in detection.media_facts] == [1]


def test_without_a_face_none_is_encoded(detector: FacesDetector, enrolled: Enrolled, encoded: list[int]) -> None:
    detection = detect(detector, enrolled.of(OFFICER), a1=file(drawing.garden(1).resize((320, 240))))
    assert sum(encoded) == 0
    assert [fact.face_count for fact in detection.media_facts] == [0]
    assert detection.unchecked == ()


def test_one_pupil_twice_on_a_picture_is_one_finding(detector: FacesDetector, enrolled: Enrolled) -> None:
    twice = Image.new("RGB", (620, 300), "gray")
    twice.paste(face_of(OFFICER), (0, 0))
    twice.paste(face_of(OFFICER, 220), (360, 10))
    (finding,) = detect(detector, enrolled.of(OFFICER), a1=file(twice)).findings
    assert finding.subject_ref == OFFICER
    assert finding.facts["faces"] == 2


def test_several_pupils_and_several_pictures_are_findings_of_their_own(
    detector: FacesDetector, enrolled: Enrolled
) -> None:
    both = Image.new("RGB", (520, 320), "gray")
    both.paste(face_of(OFFICER), (0, 0))
    both.paste(face_of(ASTRONAUT), (260, 0))
    detection = detect(detector, enrolled.of(OFFICER, ASTRONAUT), a1=file(both, quality=95), a2=file(face_of(OFFICER)))
    assert {(finding.part, finding.subject_ref) for finding in detection.findings} == {
        ("image:a1", OFFICER),
        ("image:a1", ASTRONAUT),
        ("image:a2", OFFICER),
    }
    assert detection.subjects == tuple(sorted((OFFICER, ASTRONAUT)))


def in_16_bit(picture: Image.Image) -> bytes:
    return file(Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 200), "PNG")


def with_exif(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED_90_CW
    return file(picture.transpose(Image.Transpose.ROTATE_90), exif=exif)


def animated(picture: Image.Image) -> bytes:
    """The face is on the second frame only."""
    blank = Image.new("RGB", picture.size, "gray")
    return file(blank, "GIF", save_all=True, append_images=[picture])


@pytest.mark.parametrize("spoil", [in_16_bit, with_exif, animated], ids=lambda spoil: spoil.__name__)
def test_pictures_in_which_the_library_alone_sees_no_face(
    detector: FacesDetector, enrolled: Enrolled, spoil: Callable[[Image.Image], bytes]
) -> None:
    detection = detect(detector, enrolled.of(OFFICER), a1=spoil(face_of(OFFICER)))
    assert [finding.subject_ref for finding in detection.findings] == [OFFICER]


def test_a_picture_on_its_side_without_any_note_of_it(detector: FacesDetector, enrolled: Enrolled) -> None:
    on_its_side = face_of(OFFICER).transpose(Image.Transpose.ROTATE_90)
    (finding,) = detect(detector, enrolled.of(OFFICER), a1=file(on_its_side)).findings
    assert finding.subject_ref == OFFICER


def test_a_truncated_picture_is_examined_as_far_as_it_goes_and_said_to_be_incomplete(
    detector: FacesDetector, enrolled: Enrolled
) -> None:
    scene = Image.new("RGB", (300, 700), "gray")
    scene.paste(face_of(OFFICER), (20, 0))
    whole = file(scene, quality=95)
    detection = detect(detector, enrolled.of(OFFICER), a1=whole[: int(len(whole) * 0.9)])
    assert [finding.subject_ref for finding in detection.findings] == [OFFICER]
    assert detection.unchecked == (Unchecked(part="image:a1", reason="incomplete"),)


def bomb() -> bytes:
    return file(Image.new("L", (19_000, 4_000)), "PNG")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"no picture at all", "format_not_supported"),
        (bomb(), "too_many_pixels"),
        (file(Image.new("RGB", (1, 1))), "too_small"),
    ],
    ids=["empty", "text", "bomb", "tiny"],
)
def test_what_cannot_be_opened_is_unchecked_and_spoils_no_other_picture(
    detector: FacesDetector, enrolled: Enrolled, data: bytes, reason: str
) -> None:
    detection = detect(detector, enrolled.of(OFFICER), a1=data, a2=file(face_of(OFFICER)))
    assert detection.unchecked == (Unchecked(part="image:a1", reason=reason),)
    assert [finding.part for finding in detection.findings] == ["image:a2"]
    assert len(detection.media_facts) == 1


def test_a_template_of_another_model_is_said_to_be_unchecked(detector: FacesDetector, enrolled: Enrolled) -> None:
    old = tuple(replace(template, model_id="dlib-resnet-000000000000-p0") for template in enrolled.templates)
    detection = detect(
        detector, Enrolled(old).of(OFFICER), a1=file(face_of(OFFICER)), a2=file(drawing.library().resize((320, 240)))
    )
    assert detection.findings == ()
    assert detection.unchecked == (Unchecked(part="image:a1", reason="gallery_of_another_model"),)


@pytest.mark.parametrize(("canvas", "reasons"), [((120, 90), ["faces_unresolvable"]), ((900, 700), [])])
def test_a_tiny_face_matters_only_where_it_fills_the_picture(
    detector: FacesDetector, enrolled: Enrolled, canvas: tuple[int, int], reasons: list[str]
) -> None:
    scene = Image.new("RGB", canvas, "lightgray")
    scene.paste(face_of(OFFICER, 36), (40, 20))
    detection = detect(detector, enrolled.of(OFFICER), a1=file(scene, "PNG"))
    assert detection.findings == ()
    assert [gap.reason for gap in detection.unchecked] == reasons
    assert [fact.face_count for fact in detection.media_facts] == [1]


def test_an_unresolvable_face_is_no_gap_where_nobody_is_enrolled(detector: FacesDetector) -> None:
    blurred = face_of(OFFICER, 160).filter(ImageFilter.GaussianBlur(4))
    detection = detect(detector, Enrolled(()).of(), a1=file(blurred))
    assert detection.unchecked == ()


def test_pictures_for_which_no_time_is_left_are_unchecked(enrolled: Enrolled) -> None:
    moments = iter([0.0, 1.0, TIME_FOR_A_POST + 1])
    detector = FacesDetector(clock=lambda: next(moments))
    detection = detect(detector, enrolled.of(OFFICER), a1=file(face_of(OFFICER)), a2=file(face_of(OFFICER)))
    assert [finding.part for finding in detection.findings] == ["image:a1"]
    assert detection.unchecked == (Unchecked(part="image:a2", reason="out_of_time"),)


def test_no_vector_is_shown_anywhere(
    detector: FacesDetector, enrolled: Enrolled, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    register = enrolled.of(OFFICER, ASTRONAUT)
    detection = detect(detector, register, a1=file(face_of(OFFICER)), a2=b"no picture")
    shown = f"{detection!r}{register!r}{caplog.text}{capsys.readouterr()}"
    for template in enrolled.templates:
        for number in np.frombuffer(template.vector, "<f4")[:20]:
            assert f"{number:.4f}".lstrip("-") not in shown
        assert repr(template.vector)[2:20] not in shown
    (finding,) = detection.findings
    assert set(finding.facts) == {"distance", "threshold", "face_px", "sharpness", "faces"}
    assert all(len(json.dumps(value)) < 10 for value in finding.facts.values())


def test_a_broken_template_is_refused_without_showing_it(detector: FacesDetector, enrolled: Enrolled) -> None:
    cut = tuple(replace(template, vector=template.vector[:-4]) for template in enrolled.templates)
    with pytest.raises(ValueError, match=r"^a face template has 128 numbers, not 127$"):
        detector.index(Enrolled(cut).of(OFFICER))


def test_the_detector_says_what_it_needs(detector: FacesDetector) -> None:
    info = detector.info
    assert (info.name, info.needs_gallery, info.needs_pictures, info.needs_roster) == ("faces", True, True, False)
    assert info.model_version is not None
    assert info.model_version.startswith("dlib-resnet-")


def test_pillow_still_refuses_truncated_files(detector: FacesDetector) -> None:
    whole = file(face_of(OFFICER))
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(whole[:2000])).load()
    assert detector.info.name == "faces"
