"""Compares faces with a gallery: one matrix product, then bands. Knows vectors only, no pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.ids import PupilRef
from services.analyze.detectors.faces.encoder import DIMENSIONS, Vectors
from services.analyze.detectors.faces.thresholds import CONFIRMED, POSSIBLE, Thresholds
from services.register.models import Template

NONE: Final = "none"
UNRESOLVABLE: Final = "unresolvable"


@dataclass(frozen=True, slots=True)
class Match:
    """How a face compares: `who` is the nearest where `band` is confirmed or possible.

    `distance` and `threshold` are Euclidean, between unit vectors; `threshold` is the limit of the band (of `possible`
    where nobody is near enough). An unresolvable face was not compared and has neither.
    """

    band: str
    who: PupilRef | None = None
    distance: float | None = None
    threshold: float | None = None
    confidence: float = 0.0


class GalleryIndex:
    """One school's templates as a matrix, with each pupil's limits."""

    def __init__(
        self, who: Sequence[str], vectors: Vectors, photos: NDArray[np.int64], thresholds: Thresholds, foreign: int = 0
    ) -> None:
        self._who = tuple(who)
        self._columns = np.ascontiguousarray(vectors.T)
        self._limits = {band: thresholds.limits(band, photos) for band in (CONFIRMED, POSSIBLE)}
        self.foreign = foreign
        """How many pupils are enrolled by another model only, and cannot be looked for."""

    def __len__(self) -> int:
        return len(self._who)

    def match(self, vectors: Vectors) -> tuple[Match, ...]:
        """Return the best match of each face (a unit vector a row) among at least one pupil."""
        distances = np.sqrt(np.clip(2 - 2 * (vectors @ self._columns), 0, None))
        return tuple(self._best(row) for row in distances)

    def _best(self, distances: NDArray[np.float32]) -> Match:
        possible, confirmed = self._limits[POSSIBLE], self._limits[CONFIRMED]
        nearest = int(np.argmin(distances - possible))
        distance = float(distances[nearest])
        if distance > possible[nearest]:
            return Match(NONE, None, distance, float(possible[nearest]))
        # Two pupils this near to one face, as siblings may be: a person must tell them apart.
        alone = np.count_nonzero(distances <= confirmed) == 1
        band = CONFIRMED if alone and distance <= confirmed[nearest] else POSSIBLE
        limit = float(self._limits[band][nearest])
        confidence = _confidence(distance, float(confirmed[nearest]), float(possible[nearest]))
        return Match(band, self._who[nearest], distance, limit, confidence)


def index_templates(templates: Sequence[Template], thresholds: Thresholds) -> GalleryIndex:
    """Build the index of a school's templates; those of another model are counted, never compared."""
    own = [template for template in templates if template.model_id == thresholds.model_id]
    foreign = {template.ref for template in templates} - {template.ref for template in own}
    vectors = np.array([unpack(template.vector) for template in own], dtype=np.float32).reshape(-1, DIMENSIONS)
    photos = np.array([template.photos for template in own], dtype=np.int64)
    return GalleryIndex([template.ref for template in own], vectors, photos, thresholds, len(foreign))


def pack(vector: NDArray[np.float32]) -> bytes:
    """Pack a template for the register: 128 little-endian 32-bit floats."""
    return vector.astype("<f4").tobytes()


def unpack(packed: bytes) -> NDArray[np.float32]:
    """Undo `pack`.

    Raises:
        ValueError: these are not 128 floats.
    """
    vector = np.frombuffer(packed, "<f4")
    if len(vector) != DIMENSIONS:
        raise ValueError(f"a face template has {DIMENSIONS} numbers, not {len(vector)}")
    return vector


def _confidence(distance: float, confirmed: float, possible: float) -> float:
    """Rank a match: 0.5 at the limit of `possible`, 0.9 at that of `confirmed`, at most 0.99. It is no probability."""
    nearness = (possible - distance) / max(possible - confirmed, 1e-6)
    return round(min(0.5 + 0.4 * nearness, 0.99), 3)
