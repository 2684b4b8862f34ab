"""Identification as a school does it: some people are enrolled, and photos of them and of strangers are compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.analyze.detectors.faces.encoder import Vectors, unit

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Faces:
    """Unit vectors: of each person's photos, seen plainly and jittered, and of strangers (one photo each)."""

    plain: dict[str, Vectors]
    jittered: dict[str, Vectors]
    strangers: Vectors
    model_id: str

    def halves(self) -> tuple[Vectors, Vectors]:
        """Every second stranger, and the others: limits fitted on one half are judged on the other."""
        return self.strangers[::2], self.strangers[1::2]


def read_faces(path: Path) -> Faces:
    """Read what embed.py wrote."""
    with np.load(path) as stored:
        who, plain, jittered = stored["who"], stored["plain"], stored["jittered"]
        names = sorted({name for name in who.tolist() if name})
        return Faces(
            {name: plain[who == name] for name in names},
            {name: jittered[who == name] for name in names},
            plain[who == ""],
            str(stored["model_id"]),
        )


@dataclass(frozen=True)
class Trial:
    """One gallery's distances.

    `strangers` (one a stranger) and `others` (one a probe) are to the nearest wrong person, `own` to the person shown.
    """

    strangers: Floats
    own: Floats
    others: Floats


def trials(faces: Faces, strangers: Vectors, *, size: int, photos: int, count: int) -> Iterator[Trial]:
    """Draw `count` galleries of `size` people with `photos` photos each; all their other photos are probes."""
    rng = np.random.default_rng(size * 100 + photos)
    names = sorted(faces.plain)
    for _ in range(count):
        enrolled = rng.choice(names, size, replace=False)
        templates, probes, owners = [], [], []
        for column, name in enumerate(enrolled.tolist()):
            order = rng.permutation(len(faces.plain[name]))
            chosen = faces.jittered[name][order[:1]] if photos == 1 else faces.plain[name][order[:photos]]
            templates.append(unit(chosen.mean(axis=0)))
            rest = faces.plain[name][order[photos:]]
            probes.append(rest)
            owners += [column] * len(rest)
        gallery = np.stack(templates)
        distances = _distances(np.concatenate(probes), gallery)
        rows = np.arange(len(owners))
        own = distances[rows, owners].copy()
        distances[rows, owners] = np.inf
        yield Trial(_distances(strangers, gallery).min(axis=1), own, distances.min(axis=1))


def _distances(probes: Vectors, gallery: Vectors) -> Floats:
    distances: Floats = np.sqrt(np.clip(2 - 2 * (probes @ gallery.T), 0, None))
    return distances
