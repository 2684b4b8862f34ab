import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from schemas.analysis import Span
from services.console.marks import segments
from services.console.moments import distance, full, short
from services.console.pictures import look_at, patches
from tests.support.console import picture

ORIENTATION = 0x0112
NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


def marked(text: str, *spans: tuple[int, int]) -> str:
    cut = segments(text, [Span(part="text", start=start, end=end) for start, end in spans])
    return "".join(f"[{each.text}]" if each.marked else each.text for each in cut)


@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        ((), "a😀bcd"),
        (((1, 2),), "a[😀]bcd"),
        (((0, 5),), "[a😀bcd]"),
        (((2, 3), (1, 2)), "a[😀b]cd"),
        (((1, 4), (2, 3)), "a[😀bc]d"),
        (((0, 2), (1, 3)), "[a😀b]cd"),
        (((4, 99),), "a😀bc[d]"),
        (((99, 100),), "a😀bcd"),
        (((2, 2),), "a😀bcd"),
        (((3, 1),), "a😀bcd"),
    ],
)
def test_spans_are_marked(spans: tuple[tuple[int, int], ...], shown: str) -> None:
    assert marked("a😀bcd", *spans) == shown


@given(st.text(), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_nothing_is_lost_and_every_code_point_in_a_span_is_marked(text: str, spans: list[tuple[int, int]]) -> None:
    cut = segments(text, [Span(part="text", start=start, end=end) for start, end in spans])
    assert "".join(each.text for each in cut) == text
    flags = [each.marked for each in cut for _ in each.text]
    assert flags == [any(start <= at < end for start, end in spans) for at in range(len(text))]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"), (29, "now"), (-1, "just now"), (60, "in 1 minute"), (480, "in 8 minutes"), (3600, "in 60 minutes"),
        (7200, "in 2 hours"), (-7200, "2 hours ago"), (47 * 3600, "in 47 hours"), (48 * 3600, "in 2 days"),
    ],
)  # fmt: skip
def test_distances(seconds: int, words: str) -> None:
    assert distance(NOW + timedelta(seconds=seconds), NOW) == words


def test_times_are_the_schools_and_say_their_zone() -> None:
    assert full(NOW, "Europe/London") == "Wed 1 Jul 2026, 10:30 BST"
    assert full(NOW, "UTC") == "Wed 1 Jul 2026, 09:30 UTC"
    assert short(NOW, NOW, "Europe/London") == "10:30"
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert short(late, NOW, "Europe/London") == "Thu 2 Jul, 00:30"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_is_told_by_its_bytes_and_stands_in_coarse_patches(kind: str) -> None:
    seen = look_at(picture(40, 20, kind))
    assert seen is not None
    assert (seen.content_type, seen.width, seen.height) == (f"image/{kind.lower()}", 40, 20)
    assert patches(picture(40, 20, kind)).startswith("data:image/jpeg;base64,")


def test_a_picture_that_a_camera_turned_has_the_size_that_is_seen() -> None:
    turned = Image.new("RGB", (40, 20))
    exif = turned.getexif()
    exif[ORIENTATION] = 6
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", exif=exif)
    seen = look_at(buffer.getvalue())
    assert seen is not None
    assert (seen.width, seen.height) == (20, 40)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", picture(9, 9, "BMP"), picture(9, 9, "TIFF")])
def test_anything_else_is_no_picture(data: bytes) -> None:
    assert look_at(data) is None
    assert patches(data) == ""


def test_a_picture_that_is_too_large_is_not_opened() -> None:
    assert look_at(picture(7000, 7000, "PNG")) is None
    assert patches(picture(7000, 7000, "PNG")) == ""
