"""The rows of `schoolgate scan faces`."""

import json
from pathlib import Path

import pytest
from PIL import Image

from services.analyze.detectors.faces.scan import scan_faces
from services.shared.errors import InputRejected
from tests.unit.analyze.faces.conftest import ASTRONAUT, OFFICER, face_of, file

KEYS = {"box", "band", "person", "distance"}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    gallery, pictures = tmp_path / "gallery", tmp_path / "pictures"
    (gallery / "Officer").mkdir(parents=True)
    (gallery / "Nobody").mkdir()
    pictures.mkdir()
    (gallery / "Officer" / "1.jpg").write_bytes(file(face_of(OFFICER)))
    (gallery / "Officer" / "2.jpg").write_bytes(file(face_of(OFFICER, 200)))
    (gallery / "Nobody" / "1.jpg").write_bytes(file(Image.new("RGB", (99, 99))))
    (gallery / "Nobody" / "notes.txt").write_text("no picture")
    return gallery, pictures


def test_each_picture_is_one_row_in_the_order_of_names(folders: tuple[Path, Path]) -> None:
    gallery, pictures = folders
    exif = Image.Exif()
    exif[0x0112] = 6
    scene = Image.new("RGB", (400, 500), "gray")
    scene.paste(face_of(OFFICER), (20, 180))
    (pictures / "b.jpg").write_bytes(file(scene.transpose(Image.Transpose.ROTATE_90), exif=exif, quality=95))
    (pictures / "a.jpg").write_bytes(file(face_of(ASTRONAUT)))
    (pictures / "c.jpg").write_bytes(b"no picture")
    rows = list(scan_faces(gallery, sorted(pictures.iterdir()), "fast"))
    assert json.loads(json.dumps(rows)) == rows
    assert [row["image"] for row in rows] == ["a.jpg", "b.jpg", "c.jpg"]
    stranger, officer, broken = rows
    assert [(face["band"], face["person"]) for face in stranger["faces"]] == [("none", None)]
    assert broken == {"image": "c.jpg", "status": "unchecked", "faces": []}
    (face,) = officer["faces"]
    assert set(face) == KEYS
    assert (officer["status"], face["band"], face["person"]) == ("complete", "confirmed", "Officer")
    assert 0 <= face["distance"] < 0.3
    left, top, right, bottom = face["box"]
    assert 20 < left < right < 260
    assert 180 < top < bottom < 480


def test_boxes_of_a_large_picture_are_in_its_own_pixels(folders: tuple[Path, Path]) -> None:
    gallery, pictures = folders
    large = Image.new("RGB", (2600, 900), "gray")
    large.paste(face_of(OFFICER, 640), (1500, 60))
    (pictures / "large.png").write_bytes(file(large, "PNG"))
    ((face,),) = [row["faces"] for row in scan_faces(gallery, sorted(pictures.iterdir()), "fast")]
    left, top, right, bottom = face["box"]
    assert 1500 < left < right < 2140
    assert 60 < top < bottom < 860
    assert face["person"] == "Officer"


def test_a_face_too_small_to_compare_has_no_person(folders: tuple[Path, Path]) -> None:
    gallery, pictures = folders
    (pictures / "tiny.png").write_bytes(file(face_of(OFFICER, 36), "PNG"))
    (row,) = scan_faces(gallery, sorted(pictures.iterdir()), "safe")
    (face,) = row["faces"]
    assert row["status"] == "unchecked"
    assert (face["band"], face["person"], face["distance"]) == ("unresolvable", None, None)


@pytest.mark.parametrize(
    ("gallery", "mode", "message"),
    [
        ("gallery", "deep", "no mode 'deep': choose one of fast, safe"),
        ("missing", "safe", "missing is no folder"),
        ("pictures", "fast", "no photo in the folders of .* shows a usable face"),
    ],
)
def test_bad_input_is_one_clear_line(folders: tuple[Path, Path], gallery: str, mode: str, message: str) -> None:
    parent = folders[0].parent
    with pytest.raises(InputRejected, match=message):
        list(scan_faces(parent / gallery, [], mode))
