import io
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from services.analyze.detectors.details.pictures.ocr import Reader
from services.analyze.detectors.details.pictures.ocr_match import PictureNames
from services.analyze.detectors.details.pictures.perceptual import perceptual_hash
from services.analyze.detectors.details.pictures.windows import Line
from services.sandbox.pictures.drawing import certificate, garden, library
from services.shared.errors import SettingsError
from services.shared.fingerprint import differing_bits
from tests.unit.analyze.details.examples import secondary


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def names() -> PictureNames:
    return PictureNames(secondary())


def line(text: str, top: float = 0.1, left: float = 0.1) -> Line:
    quad = ((left, top), (left + 0.3, top), (left + 0.3, top + 0.1), (left, top + 0.1))
    return Line(text, 0.99, quad)


@pytest.mark.parametrize(
    ("read", "category", "number"),
    [
        ("Amelia Hartwell", "name_on_image", "9001"),
        ("AMELIA HARTWELL", "name_on_image", "9001"),
        ("AmeliaHartwell", "name_on_image", "9001"),
        ("Arnelia Hartwe11", "name_on_image", "9001"),
        ("Amel1a Hartweil", "name_on_image", "9001"),
        ("awarded to Amelia Hartwell for kindness", "name_on_image", "9001"),
        ("Millie Hartwell", "name_on_image", "9001"),
        ("Amelia H", "name_partial", "9001"),
        ("Amelia", "name_first", "9001"),
        ("Zoe O'Rourke", "name_on_image", "9006"),
        ("ALEKSANDRA ZIELINSKA", "name_on_image", "9009"),
    ],
)
def test_a_name_is_matched_in_spite_of_wrong_letters(
    names: PictureNames, read: str, category: str, number: str
) -> None:
    (found,) = names.find([line(read)])
    assert (found.category, [pupil.admission_no for pupil in found.pupils]) == (category, [number])


@pytest.mark.parametrize(
    "read",
    [
        "Learning question", "Amelia Frost", "Mr Jack Penhaligon", "Grace", "Summer Fair", "Amelia said hello to us",
        "Mo Kane", "Jack Hartley-Jones", "Will", "x", "",
    ],
)  # fmt: skip
def test_other_writing_is_no_name(names: PictureNames, read: str) -> None:
    assert names.find([line(read)]) == ()


def test_a_name_on_two_lines_is_one_name(names: PictureNames) -> None:
    (found,) = names.find([line("Amelia", 0.1), line("Hartwell", 0.22)])
    assert (found.text, len(found.quads)) == ("Amelia Hartwell", 2)
    assert names.find([line("Amelia", 0.1), line("Hartwell", 0.8, 0.6)])[0].category == "name_first"


def test_no_word_belongs_to_two_names(names: PictureNames) -> None:
    found = names.find([line("Amelia Hartwell Jack Hartwell")])
    assert sorted(each.text for each in found) == ["Amelia Hartwell", "Jack Hartwell"]


def test_the_corners_are_those_of_the_name_and_not_of_its_line(names: PictureNames) -> None:
    (found,) = names.find([line("awarded to Amelia Hartwell")])
    left, right = found.quads[0][0][0], found.quads[0][1][0]
    assert 0.2 < left < 0.25
    assert right == pytest.approx(0.4)


def test_a_certificate_is_read(reader: Reader) -> None:
    lines = reader.read(certificate("Fenwater High School", "Amelia Hartwell", "for kindness"))
    (told,) = [each for each in lines if "Hartwell" in each.text]
    assert told.text == "Amelia Hartwell"
    across = [x for x, _ in told.quad]
    assert min(across) < 0.5 < max(across)


def test_a_picture_without_writing_gives_no_lines(reader: Reader) -> None:
    assert reader.read(garden(1)) == ()


def test_a_missing_model_is_refused_and_never_fetched(tmp_path: Path) -> None:
    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.submodule_search_locations
    shipped = Path(spec.submodule_search_locations[0]) / "models"
    for model in list(shipped.glob("*.onnx"))[1:]:
        shutil.copy(model, tmp_path)
    with pytest.raises(SettingsError, match="missing: reinstall"):
        Reader(tmp_path)


@pytest.mark.parametrize("change", ["jpeg", "smaller", "brighter", "blurred"])
def test_the_perceptual_hash_survives_what_platforms_do(change: str) -> None:
    original = library()
    changed = {
        "jpeg": lambda: _as_jpeg(original),
        "smaller": lambda: original.resize((640, 480)),
        "brighter": lambda: ImageEnhance.Brightness(original).enhance(1.15),
        "blurred": lambda: original.filter(ImageFilter.GaussianBlur(2)),
    }[change]()
    assert differing_bits(perceptual_hash(original), perceptual_hash(changed)) <= 6
    assert differing_bits(perceptual_hash(original), perceptual_hash(garden(1))) >= 16


def _as_jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=40)
    return Image.open(file)
