"""How well a face can be seen: sharp or blurred, towards the camera or turned away."""

import numpy as np
from numpy.typing import NDArray

Chip = NDArray[np.uint8]
"""A face cut out upright with both eyes in fixed places: 150 x 150 x 3, RGB."""


def sharpness(chip: Chip) -> float:
    """Return the strength of fine detail relative to the contrast, so that the light does not matter."""
    gray = chip.astype(np.float32).mean(axis=2)
    halved = gray.reshape(75, 2, 75, 2).mean(axis=(1, 3))
    inner = halved[1:-1, 1:-1]
    detail = halved[:-2, 1:-1] + halved[2:, 1:-1] + halved[1:-1, :-2] + halved[1:-1, 2:] - 4 * inner
    return float(detail.std() / max(float(inner.std()), 1.0))


def turn(landmarks: NDArray[np.float64]) -> float:
    """Return how far the nose lies off the middle between the eyes, in eye distances; 0 is a frontal face.

    `landmarks` (5 x 2) are both corners of one eye, both of the other, and the base of the nose.
    """
    one, other, nose = landmarks[:2].mean(axis=0), landmarks[2:4].mean(axis=0), landmarks[4]
    axis = other - one
    return float(abs((nose - (one + other) / 2) @ axis) / max(float(axis @ axis), 1.0))
