"""How near a face must be to a template, given how many pupils are enrolled and from how many photos.

With more pupils, somebody is near to every stranger by chance, so the limits shrink; a template of one photo is rougher
than one of several. `thresholds.json` is fitted by models/training/faces and holds the figures it rests on.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.shared.errors import SettingsError

TABLE: Final = Path(__file__).with_name("thresholds.json")
CONFIRMED: Final = "confirmed"
POSSIBLE: Final = "possible"


@dataclass(frozen=True)
class Thresholds:
    """By band and number of photos: distance = `intercept + slope * ln(size of the gallery)`."""

    model_id: str
    lines: dict[str, dict[int, tuple[float, float]]]

    def limits(self, band: str, photos: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the largest distance of each template's band; `photos` has one entry for each pupil enrolled."""
        lines = self.lines[band]
        size = math.log(max(len(photos), 1))
        by_photos = {count: intercept + slope * size for count, (intercept, slope) in lines.items()}
        known = np.clip(photos, min(lines), max(lines))
        return np.array([by_photos[int(count)] for count in known], dtype=np.float32)


@cache
def shipped() -> Thresholds:
    """Return the thresholds that come with this release."""
    return parse(json.loads(TABLE.read_text(encoding="utf-8")))


def parse(table: dict[str, Any]) -> Thresholds:
    """Read a fitted table."""
    lines = {
        band: {int(count): (line["intercept"], line["slope"]) for count, line in by_photos.items()}
        for band, by_photos in table["limits"].items()
    }
    return Thresholds(table["model_id"], lines)


def shipped_for(model_id: str) -> Thresholds:
    """Return the shipped thresholds.

    Raises:
        SettingsError: they were fitted for another model and mean nothing for this one.
    """
    thresholds = shipped()
    if thresholds.model_id != model_id:
        raise SettingsError(
            f"the thresholds were fitted for the face model {thresholds.model_id}, but {model_id} is installed: "
            "install the pinned face-recognition-models, or fit them again with models.training.faces.fit"
        )
    return thresholds
