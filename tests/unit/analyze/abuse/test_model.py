from pathlib import Path

import numpy as np
import pytest

from services.analyze.detectors.abuse.features import BUCKETS, hash_texts
from services.analyze.detectors.abuse.model import SHIPPED, LinearModel, ModelMismatchError, compress, expand


def test_the_shipped_model_is_small_and_matches_its_digest() -> None:
    assert SHIPPED.stat().st_size < 6_000_000
    model = LinearModel.load()
    assert model.version.startswith("linear-")
    assert model.weights.shape == (len(model.heads), BUCKETS)


def test_the_card_names_the_shipped_digest() -> None:
    digest = SHIPPED.with_suffix(".sha256").read_text(encoding="ascii").split()[0]
    assert digest in (SHIPPED.parent / "README.md").read_text(encoding="utf-8")


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "model.npz"
    other.write_bytes(SHIPPED.read_bytes()[:-1])
    with pytest.raises(ModelMismatchError, match="not the recorded model"):
        LinearModel.load(other)


def test_hashing_is_the_same_everywhere() -> None:
    hashed = hash_texts(["a cat"])
    assert hashed.buckets.tolist() == sorted(hashed.buckets.tolist())
    assert int(hashed.buckets.astype(np.int64).sum()) == 2007068


def test_a_text_hashes_alike_alone_and_in_a_batch() -> None:
    batch = hash_texts(["first text", "", "second text"])
    start, stop = batch.bounds[2:4]
    alone = hash_texts(["second text"])
    assert batch.buckets[start:stop].tolist() == alone.buckets.tolist()
    assert batch.bounds[1] == batch.bounds[2]


def test_compressed_weights_keep_sign_and_size() -> None:
    weights = np.zeros((1, BUCKETS), dtype=np.float32)
    weights[0, :3] = (2.0, -0.5, 0.01)
    back = expand(*compress(weights))
    assert back[0, :3] == pytest.approx([2.0, -0.5, 0.01], rel=0.1)


def test_weights_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        compress(np.zeros((1, 8), dtype=np.float32))
