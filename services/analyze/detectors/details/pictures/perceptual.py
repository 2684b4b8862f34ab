"""A hash of what a picture shows, which survives recompression and scaling."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE: Final = 32
KEPT: Final = 8


def _cosines() -> NDArray[np.float64]:
    rows, columns = np.ogrid[:KEPT, :SIZE]
    return np.asarray(np.cos(np.pi * rows * (2 * columns + 1) / (2 * SIZE)))


_COSINES: Final = _cosines()


def perceptual_hash(image: Image.Image) -> str:
    """Return 64 bits as 16 hexadecimal digits: the signs of a picture's coarsest waves against their median."""
    grey = np.asarray(image.convert("L").resize((SIZE, SIZE), Image.Resampling.LANCZOS), dtype=np.float64)
    waves = (_COSINES @ grey @ _COSINES.T).ravel()
    bits = waves > np.median(waves[1:])  # without the first, which is the brightness
    return np.packbits(bits).tobytes().hex()
