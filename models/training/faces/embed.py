"""Encode the evaluation photos once, so that fitting takes seconds.

Usage: python -m models.training.faces.embed ../shared/data/faces vectors.npz
Takes about half an hour on one core. The vectors are of real people: keep the file only as long as the photos.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from services.analyze.detectors.faces.finder import Face
from services.analyze.detectors.faces.recognise import Recogniser


def central(recogniser: Recogniser, path: Path) -> Face | None:
    """The face nearest to the middle, whom the photo is named after; None where none is found."""
    with Image.open(path) as image:
        faces = recogniser.finder.find(image.convert("RGB"), "fast")
    return min(faces, key=_off_centre, default=None)


def _off_centre(face: Face) -> float:
    x0, y0, x1, y1 = face.box
    return abs(x0 + x1 - 1) + abs(y0 + y1 - 1)


def main(data: Path, output: Path) -> None:
    """Write `who` (folder of an identity, or empty for a distractor), `plain` and, for identities, `jittered`."""
    recogniser = Recogniser()
    who, plain, jittered = [], [], []
    for path in [*sorted(data.glob("identities/*/*.jpg")), *sorted(data.glob("distractors/*.jpg"))]:
        face = central(recogniser, path)
        if face is None:
            continue
        vector = recogniser.encoder.encode([face.chip])[0]
        name = path.parent.name if path.parent.name != "distractors" else ""
        who.append(name)
        plain.append(vector)
        jittered.append(recogniser.encoder.encode([face.chip], jittered=True)[0] if name else vector)
    np.savez(
        output,
        who=np.array(who),
        plain=np.stack(plain),
        jittered=np.stack(jittered),
        model_id=np.array(recogniser.encoder.model_id),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
