import json
from typing import Any

import pytest

from services.analyze.detectors.details.scan import scan_details, scan_photos
from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.school import DATA, load_school
from services.shared.errors import InputRejected

ROSTER, STAFF, SCHOOL = ((DATA / name).read_bytes() for name in ("pupils.csv", "staff.csv", "school.yaml"))
STRICT = b"name: Larkhollow\npolicy: {full_name_with_photo: block}\n"


def scan(text: str, image: str = "none", kind: str = "caption", school: bytes = SCHOOL) -> dict[str, Any]:
    line = json.dumps({"id": "c1", "kind": kind, "image": image, "text": text})
    (result,) = scan_details(ROSTER, STAFF, school, [line, "\n"])
    return result


def test_a_caption_becomes_a_verdict_and_spans() -> None:
    assert scan("Well done to Anwen Abara and Stan P. in RW!", "group") == {
        "id": "c1",
        "verdict": "block",
        "spans": [
            {"start": 13, "end": 24, "category": "NAME_FULL", "pupil": "2401"},
            {"start": 29, "end": 35, "category": "NAME_PARTIAL", "pupil": "2415"},
            {"start": 40, "end": 42, "category": "CLASS", "pupil": None},
        ],
    }


@pytest.mark.parametrize(
    ("text", "image", "verdict"),
    [
        ("Thank you Mrs Croxdale!", "single", "allow"),
        ("Call the office on 01632 960417.", "none", "allow"),
        ("Well done Blessing Coldwell!", "none", "allow"),
        ("Well done Blessing Coldwell!", "single", "review"),
        ("Well done Anwen Abara!", "none", "block"),
        ("We are at Northmere Castle right now!", "none", "review"),
        ("Ring 07700 900655", "none", "block"),
    ],
)
def test_the_verdict_is_the_policys(text: str, image: str, verdict: str) -> None:
    assert scan(text, image)["verdict"] == verdict


def test_the_schools_own_choice_counts() -> None:
    assert scan("Well done Blessing Coldwell!", "single", school=STRICT)["verdict"] == "block"


def test_an_alternative_text_is_examined_like_a_caption() -> None:
    (span,) = scan("Anwen Abara on stage", "single", kind="alt_text")["spans"]
    assert (span["start"], span["end"], span["pupil"]) == (0, 11, "2401")


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "1"}', '{"id": "1", "text": "x", "image": "many"}'])
def test_a_line_that_is_no_caption_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(InputRejected, match=r"^line 2 of the input is no caption"):
        list(scan_details(ROSTER, STAFF, SCHOOL, ['{"id": "1", "text": "x"}', line]))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ((b"a,b\n1,2\n", STAFF, SCHOOL), "the roster file"),
        ((ROSTER, b"a,b\n", SCHOOL), "the staff file"),
        ((ROSTER, STAFF, b"nme: x"), "the school's facts"),
    ],
)
def test_a_wrong_file_is_refused(files: tuple[bytes, bytes, bytes], message: str) -> None:
    with pytest.raises(InputRejected, match=message):
        list(scan_details(*files, []))


def test_photos_give_names_and_corners_in_pixels() -> None:
    catalogue = PictureCatalogue(load_school())
    files = [
        ("a.jpg", catalogue.jpeg("certificate-1")),
        ("b.jpg", catalogue.jpeg("certificate-blank")),
        ("c.jpg", b"no picture"),
    ]
    first, second, third = scan_photos(ROSTER, STAFF, files)
    (name,) = first.pop("names")
    assert first == {"image": "a.jpg", "status": "complete"}
    assert (name["text"], name["pupil"], name["score"]) == ("Anwen Abara", "2401", 1.0)
    assert all(300 < x < 1000 and 420 < y < 540 for x, y in name["quad"])
    assert second == {"image": "b.jpg", "status": "complete", "names": []}
    assert third == {"image": "c.jpg", "status": "unchecked", "names": []}


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(InputRejected, match="choose one of fast, deep"):
        list(scan_photos(ROSTER, STAFF, [], mode="slow"))
