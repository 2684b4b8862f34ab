import contextlib
import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFile

from services.analyze.image_guard import open_picture
from services.shared.errors import InputRejected


def drawing(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """A white picture with a black block in the left upper corner."""
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="black")
    return image.convert(mode)


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def exif(orientation: int = 1, *, gps: bool = False) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    if gps:
        tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.0), 3: "W", 4: (1.0, 2.0, 3.0)})
    return tags


def dark_corner(image: Image.Image) -> str:
    pixels = np.asarray(image.convert("L"))
    corners = {"left_top": (5, 5), "right_top": (5, -6), "left_bottom": (-6, 5), "right_bottom": (-6, -6)}
    return min(corners, key=lambda corner: int(pixels[corners[corner]]))


def png_of_claimed_size(width: int, height: int) -> bytes:
    """A few bytes that claim to be a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"This is no picture.", "format_not_supported"),
        (b"%PDF-1.7 and more", "format_not_supported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format_not_supported"),
        (saved(drawing(), "PPM"), "format_not_supported"),
        (png_of_claimed_size(12_000, 12_000), "too_many_pixels"),
        (png_of_claimed_size(30_000, 30_000), "too_many_pixels"),
        (png_of_claimed_size(65_000, 900), "too_many_pixels"),
        (saved(drawing(31, 500)), "too_small"),
        (saved(drawing(), "JPEG")[:400], "format_not_supported"),
        (saved(drawing(), "WEBP")[:60], "format_not_supported"),
        (saved(drawing(), "AVIF")[:-20], "cannot_decode"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(InputRejected, match=f"^{code}$"):
        open_picture(data, working_size=960)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"])
def test_the_usual_formats_open(form: str) -> None:
    picture = open_picture(saved(drawing(), form), working_size=960)
    (frame,) = picture.frames
    assert (frame.mode, frame.size, picture.size, picture.flags) == ("RGB", (400, 300), (400, 300), frozenset())
    assert dark_corner(frame) == "left_top"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    (frame,) = open_picture(saved(drawing().convert("L").convert(mode)), working_size=960).frames
    assert (frame.mode, dark_corner(frame)) == ("RGB", "left_top")


def test_a_large_picture_is_reduced_and_keeps_its_shape() -> None:
    picture = open_picture(saved(drawing(3000, 1500), "JPEG"), working_size=960)
    assert (picture.frames[0].size, picture.size) == ((960, 480), (3000, 1500))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "corner", "size"),
    [(3, "right_bottom", (400, 300)), (6, "right_top", (300, 400)), (8, "left_bottom", (300, 400))],
)
def test_a_picture_that_lies_on_its_side_is_turned(
    form: str, orientation: int, corner: str, size: tuple[int, int]
) -> None:
    picture = open_picture(saved(drawing(), form, exif=exif(orientation)), working_size=960)
    assert (dark_corner(picture.frames[0]), picture.size) == (corner, size)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("gps", [True, False])
def test_a_place_in_the_metadata_is_seen(form: str, gps: bool) -> None:  # noqa: FBT001  # a case of the table
    assert open_picture(saved(drawing(), form, exif=exif(gps=gps)), working_size=960).has_gps is gps


def test_a_place_in_the_xmp_is_seen() -> None:
    packet = b"<x:xmpmeta><rdf:Description exif:GPSLatitude='52,30.1N'/></x:xmpmeta>"
    assert open_picture(saved(drawing(), "WEBP", xmp=packet), working_size=960).has_gps


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_truncated_picture_is_shown_as_far_as_it_goes_and_flagged(form: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8))
    data = saved(noise, form)
    picture = open_picture(data[: len(data) * 2 // 3], working_size=960)
    assert (picture.frames[0].size, picture.flags) == ((400, 300), frozenset({"incomplete"}))


def test_a_truncated_picture_is_flagged_although_another_library_lets_them_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    data = saved(Image.effect_noise((300, 300), 90), "JPEG")
    assert "incomplete" in open_picture(data[: len(data) // 2], working_size=960).flags
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_sixteen_bits_are_rescaled_and_not_clipped() -> None:
    ramp = np.linspace(20_000, 60_000, 400 * 300, dtype=np.uint16).reshape(300, 400)
    picture = open_picture(saved(Image.fromarray(ramp)), working_size=960)
    grey = np.asarray(picture.frames[0].convert("L"))
    assert (int(grey.min()), int(grey.max()), picture.flags) == (0, 255, frozenset({"depth_rescaled"}))
    assert 120 < float(grey.mean()) < 135


def test_dark_writing_on_nothing_stays_visible() -> None:
    image = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 50, 50), fill="black")
    (frame,) = open_picture(saved(image), working_size=960).frames
    assert (frame.getpixel((10, 10)), frame.getpixel((150, 80))) == ((0, 0, 0), (127, 127, 127))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_frames_of_a_film_are_sampled_from_first_to_last(form: str) -> None:
    shades = [Image.new("RGB", (64, 64), (20 * number, 0, 0)) for number in range(12)]
    data = saved(shades[0], form, save_all=True, append_images=shades[1:])
    picture = open_picture(data, working_size=960)
    reds = [np.asarray(frame)[..., 0].mean() for frame in picture.frames]
    assert picture.flags == {"animated"}
    assert len(reds) == 8
    assert (reds[0] < 10, reds[-1] > 210, reds == sorted(reds)) == (True, True, True)


def test_a_film_too_long_to_decode_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.analyze.image_guard.MOST_ANIMATED_PIXELS", 64 * 64 * 5)
    shades = [Image.new("RGB", (64, 64), (20 * number, 0, 0)) for number in range(12)]
    picture = open_picture(saved(shades[0], "GIF", save_all=True, append_images=shades[1:]), working_size=960)
    assert (len(picture.frames), picture.flags) == (5, frozenset({"animated", "incomplete"}))


def test_metadata_that_cannot_be_read_leave_the_place_unknown() -> None:
    data = bytearray(saved(drawing(), "JPEG", exif=exif(gps=True)))
    at = data.index(b"Exif\0\0") + 6
    data[at : at + 4] = b"II*\0" if data[at : at + 2] == b"MM" else b"MM\0*"
    picture = open_picture(bytes(data), working_size=960)
    assert (picture.has_gps, dark_corner(picture.frames[0])) in ((None, "left_top"), (False, "left_top"))


@pytest.mark.parametrize("damage", range(20))
@pytest.mark.parametrize(
    "make", [lambda: saved(drawing(), "JPEG", exif=exif(6, gps=True)), lambda: saved(drawing(), "GIF")]
)
def test_a_damaged_file_is_opened_or_refused_and_nothing_else(make: Callable[[], bytes], damage: int) -> None:
    data = bytearray(make())
    rng = np.random.default_rng(damage)
    for place in rng.integers(0, min(len(data), 600), 12):
        data[place] = rng.integers(0, 256)
    with contextlib.suppress(InputRejected):
        assert open_picture(bytes(data), working_size=960).frames
