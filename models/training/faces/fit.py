"""Fit the bands' limits and write services/analyze/detectors/faces/thresholds.json.

Usage: python -m models.training.faces.fit vectors.npz
A limit is the distance under which a stranger's face falls with the band's rate (FPIR), measured for galleries of
several sizes and drawn as a line over the logarithm of the size, so that it also holds in between and beyond.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from models.training.faces.trials import Faces, Trial, read_faces, trials
from services.analyze.detectors.faces.encoder import Vectors
from services.analyze.detectors.faces.thresholds import CONFIRMED, POSSIBLE, TABLE

TARGETS = {CONFIRMED: 0.002, POSSIBLE: 0.02}
FITTED = {CONFIRMED: 0.0012, POSSIBLE: 0.018}
"""A little under the targets, because strangers that were not fitted on come out higher."""
SIZES = (5, 10, 20, 50, 100, 200)
PHOTOS = (1, 2, 3, 4, 5)
JUDGED = ((10, 3), (50, 1), (50, 3), (50, 5), (200, 1), (200, 3), (200, 5))
COUNT = 40

Line = tuple[float, float]
"""Intercept and slope over the natural logarithm of the gallery's size."""


def main(vectors: Path) -> None:
    """Fit on all strangers; judge limits that were fitted on one half of them on the other half."""
    faces = read_faces(vectors)
    table = {
        "model_id": faces.model_id,
        "data": f"{len(faces.plain)} adults with 6 to 8 photos each, {len(faces.strangers)} strangers; no children",
        "targets": TARGETS,
        "limits": {
            band: {str(photos): _named(_lines(faces, faces.strangers, photos)[band]) for photos in PHOTOS}
            for band in TARGETS
        },
        "measured": [_judge(faces, size, photos) for size, photos in JUDGED],
    }
    TABLE.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    for row in table["measured"]:
        print(json.dumps(row))


def _lines(faces: Faces, strangers: Vectors, photos: int) -> dict[str, Line]:
    points: dict[str, list[float]] = {band: [] for band in FITTED}
    for size in SIZES:
        drawn = trials(faces, strangers, size=size, photos=photos, count=COUNT)
        distances = np.concatenate([trial.strangers for trial in drawn])
        for band, rate in FITTED.items():
            points[band].append(float(np.quantile(distances, rate)))
    fitted = {band: np.polyfit(np.log(SIZES), values, 1) for band, values in points.items()}
    return {band: (float(intercept), float(slope)) for band, (slope, intercept) in fitted.items()}


def _named(line: Line) -> dict[str, float]:
    return {"intercept": round(line[0], 4), "slope": round(line[1], 4)}


def _judge(faces: Faces, size: int, photos: int) -> dict[str, Any]:
    row: dict[str, Any] = {"size": size, "photos": photos}
    rates: dict[str, list[tuple[float, float]]] = {band: [] for band in TARGETS}
    one, other = faces.halves()
    for fitting, judging in ((one, other), (other, one)):
        lines = _lines(faces, fitting, photos)
        drawn = list(trials(faces, judging, size=size, photos=photos, count=COUNT))
        for band, (intercept, slope) in lines.items():
            rates[band].append(_rates(drawn, intercept + slope * float(np.log(size))))
    for band, both in rates.items():
        fpir, fnir = np.mean(both, axis=0)
        row[band] = {"fpir": round(float(fpir), 4), "fnir": round(float(fnir), 4)}
    return row


def _rates(drawn: list[Trial], limit: float) -> tuple[float, float]:
    """FPIR: strangers taken for somebody. FNIR: enrolled people not found, or taken for somebody else."""
    found = np.concatenate([(trial.own <= limit) & (trial.own < trial.others) for trial in drawn])
    wrong = np.concatenate([trial.strangers <= limit for trial in drawn])
    return float(wrong.mean()), 1 - float(found.mean())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
