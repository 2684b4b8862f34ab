"""Rebuild `words.txt`, the common words that the normaliser splits and joins by, most common first.

Usage: python -m models.training.abuse.words ../shared/data/abuse/train
"""

import re
import sys
from collections import Counter
from pathlib import Path

from models.training.abuse.corpus import read_rows

_SOURCES = ("cad", "goemotions", "sms_spam")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_SIZE = 12_000
_SEEN_IN = 2
_SHORT_WORDS = frozenset(
    [
        "a",
        "i",
        "u",
        "am",
        "an",
        "as",
        "at",
        "be",
        "by",
        "do",
        "go",
        "ha",
        "he",
        "hi",
        "if",
        "in",
        "is",
        "it",
        "me",
        "mr",
        "ms",
        "my",
        "no",
        "of",
        "oh",
        "ok",
        "on",
        "or",
        "pe",
        "so",
        "to",
        "tv",
        "uk",
        "up",
        "us",
        "we",
    ],
)
_STRETCHED = re.compile(r"([a-z])\1\1")
_OUT = Path(__file__).parents[3] / "services/analyze/detectors/abuse/data/words.txt"


def main(train: Path) -> None:
    """Count words over three sources; a word must occur in at least two of them."""
    totals: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    for source in _SOURCES:
        counts = Counter(word for row in read_rows(train, source) for word in _WORD.findall(row.text.lower()))
        totals += counts
        sources.update(word for word, count in counts.items() if count > 1)
    kept = [
        word
        for word, _ in totals.most_common()
        if word in _SHORT_WORDS or (len(word) > len("ab") and sources[word] >= _SEEN_IN and not _STRETCHED.search(word))
    ]
    _OUT.write_text("".join(f"{word}\n" for word in kept[:_SIZE]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
