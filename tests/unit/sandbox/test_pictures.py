import io

import numpy as np
import pytest
from PIL import Image

from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.pictures.portraits import PORTRAITS, portrait
from services.sandbox.school import load_school
from services.shared.errors import InputRejected


@pytest.fixture(scope="module")
def pictures() -> PictureCatalogue:
    return PictureCatalogue(load_school())


def test_every_picture_is_the_same_jpeg_each_time(pictures: PictureCatalogue) -> None:
    again = PictureCatalogue(load_school())
    for name in pictures.names():
        jpeg = pictures.jpeg(name)
        assert jpeg == again.jpeg(name)
        with Image.open(io.BytesIO(jpeg)) as image:
            assert (image.format, image.size) == ("JPEG", pictures.size(name))


@pytest.mark.filterwarnings("ignore:pkg_resources is deprecated")
@pytest.mark.parametrize(
    ("name", "faces"),
    [("display-wall-1", 1), ("display-wall-2", 1), ("garden-1", 0), ("certificate-1", 0), ("whiteboard-poem", 0)],
)
def test_faces_are_where_the_labels_say_and_large_enough(pictures: PictureCatalogue, name: str, faces: int) -> None:
    face_recognition = pytest.importorskip("face_recognition")
    with Image.open(io.BytesIO(pictures.jpeg(name))) as image:
        boxes = face_recognition.face_locations(np.asarray(image))
    assert [right - left >= 120 for _, right, _, left in boxes] == [True] * faces
    assert len([label for label in pictures.labels(name) if label.category == "image_no_publish"]) == faces


def test_portraits_can_be_enrolled() -> None:
    assert {portrait(admission_no).mode for admission_no in PORTRAITS} == {"RGB"}


def test_an_unknown_name_lists_the_choices(pictures: PictureCatalogue) -> None:
    with pytest.raises(InputRejected, match="no picture 'sunset': choose one of garden-1"):
        pictures.jpeg("sunset")
