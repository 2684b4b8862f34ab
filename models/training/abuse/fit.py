"""Fit one linear head per label on hashed n-grams, and judge each on sources that it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression, SGDClassifier

from services.analyze.detectors.abuse.features import BUCKETS, hash_texts

_BATCH = 2000
_PASSES = 8
_ALPHA = 3e-6
_FEW = 20
_SMALL = 5000
_SMALL_STRENGTH = 3.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """A fitted head: `weights` (BUCKETS) and `bias` give the margin; `slope` and `shift` calibrate it (Platt)."""

    weights: Floats
    bias: float
    slope: float
    shift: float


def matrix(texts: Sequence[str]) -> sparse.csr_matrix:
    """Hashed counts, one row per text."""
    parts = []
    for start in range(0, len(texts), _BATCH):
        hashed = hash_texts(texts[start : start + _BATCH])
        shape = (len(hashed.bounds) - 1, BUCKETS)
        parts.append(sparse.csr_matrix((hashed.values, hashed.buckets, hashed.bounds), shape=shape))
    return sparse.vstack(parts).tocsr()


def rarity_of(counts: sparse.csr_matrix) -> Floats:
    """Inverse document frequency of every bucket, as the half-width floats that are shipped."""
    seen = np.bincount(counts.indices, minlength=BUCKETS)
    rarity = np.log((1 + counts.shape[0]) / (1 + seen)) + 1
    shipped: Floats = rarity.astype(np.float16).astype(np.float32)
    return shipped


def weigh(counts: sparse.csr_matrix, rarity: Floats) -> sparse.csr_matrix:
    """Counts times rarity, each row brought to length one."""
    weighed = counts.copy()
    weighed.data *= rarity[weighed.indices]
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1
    return sparse.csr_matrix(sparse.diags((1 / lengths).astype(np.float32)) @ weighed)


def unseen_margins(
    rows: sparse.csr_matrix,
    labels: NDArray[np.int64],
    weights: Floats,
    groups: NDArray[np.int64],
) -> Floats:
    """The margin of each row from a head that was fitted without the row's group."""
    margins = np.zeros(len(labels), dtype=np.float32)
    for group in np.unique(groups):
        held = groups == group
        if len(np.unique(labels[~held])) > 1:
            coefficients, bias = _fit(rows[~held], labels[~held], weights[~held])
            margins[held] = rows[held] @ coefficients + bias
    return margins


def calibrate(margins: Floats, labels: NDArray[np.int64], sources: NDArray[np.str_]) -> tuple[float, float]:
    """Platt's slope and shift from margins on unseen sources, each source with both labels counting alike."""
    weights = np.zeros(len(labels))
    for source in np.unique(sources):
        here = sources == source
        counts = np.bincount(labels[here], minlength=2)
        if counts.min() >= _FEW:
            weights[here] = 1 / here.sum()
    if not weights.any():
        weights[:] = 1
    known = weights > 0
    platt = LogisticRegression(C=1e6)
    platt.fit(margins[known, None], labels[known], sample_weight=weights[known] / weights[known].mean())
    return max(float(platt.coef_[0, 0]), 0.05), float(platt.intercept_[0])


def fit_head(
    rows: sparse.csr_matrix,
    labels: NDArray[np.int64],
    weights: Floats,
    platt: tuple[float, float],
) -> Head:
    """The head that is shipped, fitted on every row."""
    coefficients, bias = _fit(rows, labels, weights)
    return Head(coefficients, bias, *platt)


def _fit(rows: sparse.csr_matrix, labels: NDArray[np.int64], weights: Floats) -> tuple[Floats, float]:
    model: LogisticRegression | SGDClassifier = SGDClassifier(
        loss="log_loss",
        alpha=_ALPHA,
        max_iter=_PASSES,
        tol=None,
        random_state=0,
    )
    if rows.shape[0] < _SMALL:
        model = LogisticRegression(C=_SMALL_STRENGTH, solver="liblinear", random_state=0)
    model.fit(rows, labels, sample_weight=weights)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])
