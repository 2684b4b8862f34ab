"""Opens pictures of strangers: what cannot be shown honestly is refused or flagged; nothing is decoded unmeasured."""

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from PIL import Image, ImageFile, ImageOps

from services.shared.errors import InputRejected

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")
MOST_PIXELS: Final = 64_000_000
LONGEST_SIDE: Final = 20_000
SHORTEST_SIDE: Final = 32
FRAMES_SAMPLED: Final = 8
MOST_ANIMATED_PIXELS: Final = 500_000_000

INCOMPLETE: Final = "incomplete"
ANIMATED: Final = "animated"
DEPTH_RESCALED: Final = "depth_rescaled"
METADATA_UNREADABLE: Final = "metadata_unreadable"

_GPS_IFD: Final = 0x8825
_GPS_PLACE: Final = frozenset({2, 4})  # latitude, longitude
_DEEP_MODES: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
_BEHIND_TRANSPARENCY: Final = (127, 127, 127, 255)  # black writing and white writing both show on it

T = TypeVar("T")


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    `frames` are RGB, upright, in order (one unless animated), none longer than the working size. `size` is the width
    and height in pixels that the file has, upright. `flags` say what happened to it: `incomplete` (part of it is
    missing or was not looked at), `animated` (frames were sampled), `depth_rescaled`, `metadata_unreadable`.
    `exif` is the original's. `has_gps` is None when the metadata cannot be read.
    """

    frames: tuple[Image.Image, ...]
    size: tuple[int, int]
    flags: frozenset[str]
    exif: Image.Exif
    has_gps: bool | None


def open_picture(data: bytes, *, working_size: int) -> Picture:
    """Decode a picture so that its longer side is at most `working_size` pixels.

    Raises:
        InputRejected: the message is a code: `empty`, `format_not_supported`, `too_many_pixels`, `too_small`,
            `cannot_decode`.
    """
    if not data:
        raise InputRejected("empty")
    with _truncated_files(allowed=False):
        image = _open(data)
        _measure(image)
        size = image.size
        flags: set[str] = set()
        numbers = _frame_numbers(image, flags)
        if image.format in ("JPEG", "MPO"):
            image.draft("RGB", (working_size, working_size))
        try:
            frames = _decode(image, numbers, working_size, flags)
        except InputRejected:
            # What is there of a truncated file can still show a face or a name.
            with _truncated_files(allowed=True):
                image = _open(data)
                frames = _decode(image, numbers[:1], working_size, flags)
            flags.add(INCOMPLETE)
        exif, has_gps = _metadata(image, flags)
    return Picture(frames, _upright(size, frames[0]), frozenset(flags), exif, has_gps)


@contextmanager
def _truncated_files(*, allowed: bool) -> Iterator[None]:
    """Set Pillow's process-wide switch for a while; face_recognition turns it on when it is imported."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = allowed
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _guarded(action: Callable[[], T], code: str) -> T:
    """Turn whatever a decoder raises on hostile bytes into one refusal; running out of memory stays what it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd files; what matters of it is refused or flagged here
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return action()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputRejected("too_many_pixels") from None
    except MemoryError:
        raise
    except Exception as error:  # the decoders raise nearly every kind
        raise InputRejected(code) from error


def _open(data: bytes) -> ImageFile.ImageFile:
    return _guarded(lambda: Image.open(io.BytesIO(data), formats=FORMATS), "format_not_supported")


def _measure(image: Image.Image) -> None:
    """Refuse by the header, before anything is decoded."""
    if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
        raise InputRejected("too_many_pixels")
    if min(image.size) < SHORTEST_SIDE:
        raise InputRejected("too_small")


def _metadata(image: Image.Image, flags: set[str]) -> tuple[Image.Exif, bool | None]:
    def read() -> tuple[Image.Exif, bool]:
        exif = image.getexif()
        xmp = image.info.get("xmp", b"")
        in_xmp = (b"GPSLatitude" in xmp) if isinstance(xmp, bytes) else ("GPSLatitude" in xmp)
        return exif, in_xmp or bool(_GPS_PLACE & set(exif.get_ifd(_GPS_IFD)))

    try:
        return _guarded(read, METADATA_UNREADABLE)
    except InputRejected:
        flags.add(METADATA_UNREADABLE)
        return Image.Exif(), None


def _frame_numbers(image: Image.Image, flags: set[str]) -> Sequence[int]:
    """Choose the frames to look at: spread over the film, and no more of it than can be decoded in seconds."""
    if image.format == "MPO":
        return (0,)  # the others are views for 3D screens and gain maps, which no platform shows
    count = _guarded(lambda: int(getattr(image, "n_frames", 1)), "cannot_decode")
    if count == 1:
        return (0,)
    flags.add(ANIMATED)
    last = min(count, max(1, MOST_ANIMATED_PIXELS // (image.width * image.height))) - 1
    if last < count - 1:
        flags.add(INCOMPLETE)
    steps = min(last + 1, FRAMES_SAMPLED)
    return sorted({round(step * last / max(1, steps - 1)) for step in range(steps)})


def _decode(
    image: ImageFile.ImageFile, numbers: Sequence[int], working_size: int, flags: set[str]
) -> tuple[Image.Image, ...]:
    def decode() -> tuple[Image.Image, ...]:
        frames = []
        for number in numbers:
            if number:
                image.seek(number)
            image.load()
            frames.append(_prepared(image, working_size, flags))
        return tuple(frames)

    return _guarded(decode, "cannot_decode")


def _prepared(image: Image.Image, working_size: int, flags: set[str]) -> Image.Image:
    try:
        frame: Image.Image = _guarded(lambda: ImageOps.exif_transpose(image), METADATA_UNREADABLE)
    except InputRejected:
        frame = image.copy()
    if frame.mode in _DEEP_MODES:
        frame = _rescaled(frame)
        flags.add(DEPTH_RESCALED)
    if frame.has_transparency_data:
        frame = frame.convert("RGBA")
        frame = Image.alpha_composite(Image.new("RGBA", frame.size, _BEHIND_TRANSPARENCY), frame)
    frame = frame.convert("RGB")
    frame.thumbnail((working_size, working_size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return frame


def _rescaled(frame: Image.Image) -> Image.Image:
    """Bring more than 8 bits a pixel down to 8 without clipping: Pillow's own conversion makes such pictures white."""
    values = np.nan_to_num(np.asarray(frame).astype(np.float32))
    low, high = np.percentile(values, (0.5, 99.5))
    scaled = np.clip((values - low) / max(float(high - low), 1e-6) * 255, 0, 255).astype(np.uint8)
    return Image.fromarray(scaled)


def _upright(size: tuple[int, int], frame: Image.Image) -> tuple[int, int]:
    """Swap width and height where the decoded frame lies the other way than the header says."""
    width, height = size
    return (height, width) if (width > height) != (frame.width > frame.height) else size
