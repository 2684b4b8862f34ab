"""Hash texts into sparse vectors: character n-grams inside words, words and pairs of words.

The hash is fixed arithmetic on code points, so a text gets the same vector on every machine, and the weights that
were trained on one are right on all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
_CHARACTERS = (2, 3, 4, 5)
_BASE = np.uint32(0x01000193)
_WORD_SEED = np.uint32(0x9E3779B1)
_PAIR_SEED = np.uint32(0x85EBCA77)
_BLANK = np.uint32(ord(" "))
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class SparseRows:
    """A sparse matrix by rows: row i has `values[bounds[i]:bounds[i + 1]]` in the columns `buckets[...]`."""

    bounds: NDArray[np.int64]
    buckets: NDArray[np.int32]
    values: NDArray[np.float32]


def hash_texts(texts: Sequence[str]) -> SparseRows:
    """Counts of the n-grams of each text (its first 2,000 characters), as 1 + ln(count).

    A text is read as words between blanks; give it in small letters.
    """
    codes, rows = _code_points(texts)
    blank = codes == _BLANK
    keys = [_character_keys(codes, blank, rows, size) for size in _CHARACTERS]
    keys += _word_keys(codes, blank, rows)
    found, counts = np.unique(np.concatenate(keys), return_counts=True)
    bounds = np.searchsorted(found, np.arange(len(texts) + 1, dtype=np.int64) * BUCKETS).astype(np.int64)
    values = (1.0 + np.log(counts)).astype(np.float32)
    return SparseRows(bounds, (found % BUCKETS).astype(np.int32), values)


def _code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The code points of all texts in one array, blanks around every word, and the row that each belongs to."""
    spaced = [f" {' '.join(text[:_LONGEST].split())} " for text in texts]
    data = "".join(spaced).encode("utf-32-le", errors="surrogatepass")
    rows = np.repeat(np.arange(len(texts), dtype=np.int64), [len(text) for text in spaced])
    return np.frombuffer(data, dtype="<u4").astype(np.uint32), rows


def _character_keys(
    codes: NDArray[np.uint32],
    blank: NDArray[np.bool_],
    rows: NDArray[np.int64],
    size: int,
) -> NDArray[np.int64]:
    """Keys of the n-grams of `size` that lie inside one word and the blanks around it."""
    count = len(codes) - size + 1
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    hashed = np.full(count, size, dtype=np.uint32)
    inner_blanks = np.zeros(count, dtype=np.bool_)
    for offset in range(size):
        hashed = hashed * _BASE + codes[offset : offset + count]
        if 0 < offset < size - 1:
            inner_blanks |= blank[offset : offset + count]
    both_ends_blank = blank[:count] & blank[size - 1 :]
    kept = ~inner_blanks & ~(both_ends_blank & (size == _CHARACTERS[0]))
    return rows[:count][kept] * BUCKETS + _bucket(hashed[kept])


def _word_keys(
    codes: NDArray[np.uint32],
    blank: NDArray[np.bool_],
    rows: NDArray[np.int64],
) -> list[NDArray[np.int64]]:
    """Keys of the words, and of each two neighbours in one text."""
    starts = np.flatnonzero(blank[:-1] & ~blank[1:]) + 1
    if not len(starts):
        return []
    word = np.cumsum(np.isin(np.arange(len(codes)), starts)) - 1
    letters = np.flatnonzero(~blank)
    place = (letters - starts[word[letters]]).astype(np.uint32)
    mixed = _mix(codes[letters] + _WORD_SEED * (place + np.uint32(1)))
    sums = np.add.reduceat(mixed, np.searchsorted(letters, starts), dtype=np.uint32)
    row = rows[starts]
    together = row[:-1] == row[1:]
    pairs = (sums[:-1] * _PAIR_SEED + sums[1:] + _PAIR_SEED)[together]
    return [row * BUCKETS + _bucket(sums), row[:-1][together] * BUCKETS + _bucket(pairs)]


def _mix(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Spread every bit of each value over all of it (the finaliser of MurmurHash3)."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def _bucket(hashed: NDArray[np.uint32]) -> NDArray[np.int64]:
    return (_mix(hashed) % np.uint32(BUCKETS)).astype(np.int64)
