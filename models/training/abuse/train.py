"""Rebuild `models/abuse/model.npz` and its digest.

Usage: python -m models.training.abuse.train ../shared/data/abuse/train
Takes about three minutes and 3 GB on one core, and gives the same bytes for the same data and library versions.
"""

import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import roc_auc_score

from models.training.abuse.corpus import DISPOSITIONS, SCHOOL, Row, read_all
from models.training.abuse.fit import Head, calibrate, fit_head, matrix, rarity_of, unseen_margins, weigh
from services.analyze.detectors.abuse.model import ABUSE_HEADS, SCHOOL_HEAD, SHIPPED, compress
from services.analyze.detectors.abuse.normalise import normalise

_NEGLIGIBLE = 0.01
_FOLDS = 5


def main(train: Path) -> None:
    """Read, fit, calibrate, store."""
    rows = read_all(train)
    counts = matrix([normalise(row.text).text for row in rows])
    rarity = rarity_of(counts)
    weighed = weigh(counts, rarity)
    heads = {name: _learn(name, rows, weighed) for name in (*ABUSE_HEADS, SCHOOL_HEAD, *DISPOSITIONS)}
    _store(heads, rarity)


def _learn(name: str, rows: list[Row], weighed: sparse.csr_matrix) -> Head:
    """One head: abuse heads are calibrated over sources left out, the others over fifths of their rows."""
    labelled = [(index, row, row.targets[name]) for index, row in enumerate(rows) if name in row.targets]
    kept = np.array([index for index, _, _ in labelled])
    labels = np.array([label for _, _, label in labelled])
    weights = np.array([row.weight for _, row, _ in labelled], dtype=np.float32)
    sources = np.array([row.source for _, row, _ in labelled])
    by_source = name in ABUSE_HEADS
    groups = np.unique(sources, return_inverse=True)[1] if by_source else np.arange(len(labels)) % _FOLDS
    margins = unseen_margins(weighed[kept], labels, weights, groups)
    platt = calibrate(margins, labels, sources)
    _report(name, margins * platt[0] + platt[1], labels, sources)
    return fit_head(weighed[kept], labels, weights, platt)


def _report(name: str, log_odds: NDArray[np.float32], labels: NDArray[np.int64], sources: NDArray[np.str_]) -> None:
    """Per unseen source: area under the curve, and the log-odds that 2 % and 0.5 % of its innocent rows exceed."""
    for source in np.unique(sources):
        here = sources == source
        innocent = log_odds[here & (labels == 0)]
        both = len(np.unique(labels[here])) > 1
        area = f"{roc_auc_score(labels[here], log_odds[here]):.3f}" if both else "-"
        limits = [f"{np.quantile(innocent, share):.2f}" for share in (0.98, 0.995)] if len(innocent) else ["-", "-"]
        mark = "*" if source == SCHOOL else " "
        print(
            f"{name:16} {source:20}{mark} {area:>6}  2 % above {limits[0]:>6}  0.5 % above {limits[1]:>6}", flush=True
        )


def _store(heads: dict[str, Head], rarity: NDArray[np.float32]) -> None:
    weights = np.stack([head.weights for head in heads.values()])
    levels, scale = compress(np.where(np.abs(weights) < _NEGLIGIBLE, 0, weights).astype(np.float32))
    data = io.BytesIO()
    np.savez_compressed(
        data,
        heads=np.array(json.dumps(list(heads))),
        weights=levels,
        scale=scale,
        bias=np.array([head.bias for head in heads.values()], dtype=np.float32),
        slope=np.array([head.slope for head in heads.values()], dtype=np.float32),
        shift=np.array([head.shift for head in heads.values()], dtype=np.float32),
        rarity=rarity.astype(np.float16),
    )
    SHIPPED.write_bytes(data.getvalue())
    digest = hashlib.sha256(data.getvalue()).hexdigest()
    SHIPPED.with_suffix(".sha256").write_text(f"{digest}  {SHIPPED.name}\n", encoding="ascii")
    print(f"{SHIPPED.name}: {len(data.getvalue()):,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
