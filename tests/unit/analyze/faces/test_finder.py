"""Where faces are found, however the picture lies."""

from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from services.analyze.detectors.faces import weights
from services.analyze.detectors.faces.finder import Box
from services.analyze.detectors.faces.recognise import Recogniser, resolvable
from services.sandbox.pictures import drawing
from services.shared.errors import SettingsError
from tests.unit.analyze.faces.conftest import ASTRONAUT, OFFICER, face_of


def beside(*pictures: Image.Image) -> Image.Image:
    joined = Image.new("RGB", (sum(picture.width for picture in pictures), max(p.height for p in pictures)), "gray")
    left = 0
    for picture in pictures:
        joined.paste(picture, (left, 0))
        left += picture.width
    return joined


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    shared = [min(one[2 + side], other[2 + side]) - max(one[side], other[side]) for side in (0, 1)]
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    common = max(shared[0], 0) * max(shared[1], 0)
    return common / (sum(areas) - common)


def test_every_face_is_found_once(recogniser: Recogniser) -> None:
    faces = recogniser.finder.find(beside(face_of(OFFICER), face_of(ASTRONAUT)), "fast")
    middles = sorted((face.box[0] + face.box[2]) / 2 for face in faces if face.score >= 0)
    assert len(middles) == 2
    assert middles[0] < 0.5 < middles[1]
    assert all(face.chip.shape == (150, 150, 3) for face in faces)
    assert all(resolvable(face) for face in faces)


@pytest.mark.parametrize(
    "way", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270], ids=str
)
def test_a_picture_on_its_side_is_turned_and_its_boxes_are_turned_back(
    recogniser: Recogniser, way: Image.Transpose
) -> None:
    upright = beside(face_of(OFFICER), Image.new("RGB", (150, 300), "gray"))
    (expected,) = recogniser.finder.find(upright, "fast")
    turned = upright.transpose(way)
    (found,) = recogniser.finder.find(turned, "fast")
    # The same patch of the picture, seen where the turned picture has it:
    painted = Image.new("L", upright.size)
    x0, y0, x1, y1 = (round(edge * side) for edge, side in zip(expected.box, upright.size * 2, strict=True))
    painted.paste(255, (x0, y0, x1, y1))
    left, top, right, bottom = painted.transpose(way).getbbox() or (0, 0, 0, 0)
    where = (left / turned.width, top / turned.height, right / turned.width, bottom / turned.height)
    assert overlap(found.box, where) > 0.8
    assert np.abs(found.chip.astype(int) - expected.chip.astype(int)).mean() < 8


def test_drawings_without_people_have_no_faces(recogniser: Recogniser) -> None:
    for scene in (drawing.garden(1), drawing.library(), Image.new("RGB", (200, 120), "black")):
        assert recogniser.finder.find(scene.resize((320, 240)), "fast") == ()


def test_safe_mode_finds_smaller_faces(recogniser: Recogniser) -> None:
    face = face_of(OFFICER, 36)
    scene = Image.new("RGB", (320, 240), "lightgray")
    scene.paste(face, (140, 90))
    assert recogniser.finder.find(scene, "fast") == ()
    (found,) = recogniser.finder.find(scene, "safe")
    assert found.size < 30


@pytest.mark.parametrize(("radius", "clear"), [(0, True), (1, True), (4, False)])
def test_a_blurred_face_cannot_be_resolved(recogniser: Recogniser, radius: int, *, clear: bool) -> None:
    picture = face_of(OFFICER, 160).filter(ImageFilter.GaussianBlur(radius))
    (face,) = recogniser.finder.find(picture, "fast")
    assert resolvable(face) is clear


def test_a_tiny_face_cannot_be_resolved(recogniser: Recogniser) -> None:
    (face,) = recogniser.finder.find(face_of(OFFICER, 36), "safe")
    assert face.size < 28
    assert not resolvable(face)


def test_a_face_at_the_edge_has_a_box_inside_the_picture(recogniser: Recogniser) -> None:
    cut = face_of(OFFICER).crop((40, 0, 200, 250))
    for face in recogniser.finder.find(cut, "safe"):
        assert all(0 <= edge <= 1 for edge in face.box)


@pytest.mark.parametrize("missing", [None, ModuleSpec("face_recognition_models", None, is_package=True)])
def test_missing_models_are_one_clear_line(monkeypatch: pytest.MonkeyPatch, missing: ModuleSpec | None) -> None:
    monkeypatch.setattr(weights, "find_spec", lambda _name: missing)
    with pytest.raises(SettingsError, match=r"install schoolgate\[faces\]"):
        weights.find_weights()


def test_other_weights_are_another_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for name in (weights._LANDMARKS, weights._ENCODER):
        (models / name).write_bytes(b"other weights")
    spec = ModuleSpec("face_recognition_models", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    installed = weights.find_weights()
    monkeypatch.setattr(weights, "find_spec", lambda _name: spec)
    other = weights.find_weights()
    assert other.model_id != installed.model_id
    assert other.model_id.startswith("dlib-resnet-")
