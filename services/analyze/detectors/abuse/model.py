"""The shipped linear model: what the words and letter patterns of a text say, as calibrated probabilities."""

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.analyze.detectors.abuse.features import BUCKETS, hash_texts

ABUSE_HEADS = ("abusive", "discriminatory", "threat", "sexual", "insult", "spam")
SCHOOL_HEAD = "school_abuse"
SHIPPED = Path(__file__).parents[4] / "models" / "abuse" / "model.npz"
_DIGEST = SHIPPED.with_suffix(".sha256")
_LEVELS = 127


class ModelMismatchError(Exception):
    """The model file is not the one whose digest was recorded beside it."""


@dataclass(frozen=True)
class LinearModel:
    """One row of weights per head over the hashed n-grams.

    `heads` (H names), `weights` (H x BUCKETS), `bias` (H), `rarity` (BUCKETS: weight of an n-gram by how few texts
    have it), `slope` and `shift` (H: Platt calibration of the raw margin). Floats are 32 bits wide.
    """

    heads: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    rarity: NDArray[np.float32]
    slope: NDArray[np.float32]
    shift: NDArray[np.float32]
    version: str

    @classmethod
    def load(cls, path: Path = SHIPPED, digest: str | None = None) -> Self:
        """Read a model file; `digest` is its expected SHA-256 (default: the one recorded beside the shipped file).

        Raises ModelMismatchError when the bytes have another digest, OSError when there is no file.
        """
        data = path.read_bytes()
        actual = hashlib.sha256(data).hexdigest()
        if actual != (digest or _DIGEST.read_text(encoding="ascii").split()[0]):
            raise ModelMismatchError(f"{path.name} is not the recorded model; run models/training/abuse again")
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return cls(
                heads=tuple(json.loads(str(stored["heads"]))),
                weights=expand(stored["weights"], stored["scale"]),
                bias=stored["bias"],
                rarity=stored["rarity"].astype(np.float32),
                slope=stored["slope"],
                shift=stored["shift"],
                version=f"linear-{actual[:12]}",
            )

    @cached_property
    def _by_bucket(self) -> NDArray[np.float32]:
        """The weights with the heads of one bucket side by side, as a text reads them."""
        return np.ascontiguousarray(self.weights.T)

    def margins(self, *texts: str) -> NDArray[np.float32]:
        """Calibrated log-odds, one row per text and one column per head. Texts in small letters."""
        hashed = hash_texts(texts)
        out = np.empty((len(texts), len(self.heads)), dtype=np.float32)
        for row, (start, stop) in enumerate(zip(hashed.bounds[:-1], hashed.bounds[1:], strict=True)):
            buckets = hashed.buckets[start:stop]
            values = hashed.values[start:stop] * self.rarity[buckets]
            length = float(np.sqrt(values @ values)) or 1.0
            out[row] = (values / length) @ self._by_bucket[buckets] + self.bias
        calibrated: NDArray[np.float32] = (out * self.slope + self.shift).astype(np.float32)
        return calibrated


def compress(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights (H x BUCKETS) as signed bytes on a square-root scale, which keeps small ones apart, and the scale (H)."""
    if weights.shape[1] != BUCKETS:
        raise ValueError(f"weights need {BUCKETS} columns, not {weights.shape[1]}")
    scale = np.abs(weights).max(axis=1)
    scale[scale == 0] = 1
    levels = np.sign(weights) * np.sqrt(np.abs(weights) / scale[:, None]) * _LEVELS
    return np.rint(levels).astype(np.int8), scale.astype(np.float32)


def expand(levels: NDArray[np.int8], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weights that `compress` put into bytes."""
    part = levels.astype(np.float32) / _LEVELS
    return (np.abs(part) * part * scale[:, None]).astype(np.float32)
