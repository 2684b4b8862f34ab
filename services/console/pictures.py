"""Pure: what a stored attachment is, and the few coarse patches of colour that stand for it until it is opened."""

import base64
import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

CONTENT_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
"""What is shown; anything else is never sent to a browser."""
MOST_PIXELS: Final = 40_000_000
_PATCHES: Final = 8
_SHOWN: Final = 160


@dataclass(frozen=True)
class Picture:
    """A picture that a browser can show; width and height in pixels as it is seen, after EXIF rotation."""

    content_type: str
    width: int
    height: int


def look_at(data: bytes) -> Picture | None:
    """Tell by its own bytes what a picture is; None for anything that is not shown here."""
    try:
        with _opened(data) as image:
            width, height = ImageOps.exif_transpose(_header(image)).size
            return Picture(CONTENT_TYPES[image.format or ""], width, height)
    except _UNREADABLE:
        return None


def patches(data: bytes) -> str:
    """Return an address (data:) of eight by eight blurred patches of the picture; empty when it cannot be read.

    Nobody can be recognised in them, and the picture itself has not left the store.
    """
    try:
        with _opened(data) as image:
            image.draft("RGB", (_SHOWN, _SHOWN))
            coarse = ImageOps.exif_transpose(image).convert("RGB").resize((_PATCHES, _PATCHES))
    except _UNREADABLE:
        return ""
    smooth = coarse.resize((_SHOWN, _SHOWN), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(8))
    buffer = io.BytesIO()
    smooth.save(buffer, "JPEG", quality=60)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


_UNREADABLE: Final = (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, Image.DecompressionBombError)


def _opened(data: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is lower
        image = Image.open(io.BytesIO(data), formats=tuple(CONTENT_TYPES))
    if image.width * image.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    return image


def _header(image: Image.Image) -> Image.Image:
    """Return an empty picture of the same size and rotation, so that nothing needs to be decoded."""
    empty = Image.new("1", image.size)
    empty.getexif()[_ORIENTATION] = image.getexif().get(_ORIENTATION, 1)
    return empty


_ORIENTATION: Final = 0x0112
