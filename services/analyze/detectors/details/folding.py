"""Folds a text to plain letters for comparing, and remembers which code points of the original each came from."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_SINGLE: Final = {
    **dict.fromkeys("\u2019\u2018\u02bc\u00b4`\u02bb\uff07\u2032", "'"),  # apostrophes, quotation marks, accents alone
    **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("øØ", "o"),
    **dict.fromkeys("łŁ", "l"),
    **dict.fromkeys("đĐðÐ", "d"),
    **dict.fromkeys("þÞ", "th"),
    **dict.fromkeys("æÆ", "ae"),
    **dict.fromkeys("œŒ", "oe"),
    **dict.fromkeys("ħĦ", "h"),
    "ß": "ss",
    "\u0131": "i",  # without its dot
}
"""Letters that Unicode does not decompose, and the signs that stand for one another."""
_DROPPED: Final = frozenset({"Mn", "Me", "Cf", "Cs"})


@dataclass(frozen=True)
class Folded:
    """A folded text. `text[i]` stands for `original[starts[i]:ends[i]]`; both lists never decrease."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the code points of the original behind `text[start:end]`, which must not be empty."""
        return self.starts[start], self.ends[end - 1]


def fold(original: str) -> Folded:
    """Fold compatibility forms, accents, quotes and dashes; small and capital letters stay what they are."""
    if original.isascii():
        places = tuple(range(len(original) + 1))
        return Folded(original, places[:-1], places[1:])
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, letter in enumerate(original):
        folded = _fold_letter(letter)
        if not folded and ends:
            ends[-1] = place + 1  # a mark belongs to the letter before it
        for each in folded:
            letters.append(each)
            starts.append(place)
            ends.append(place + 1)
    return Folded("".join(letters), tuple(starts), tuple(ends))


def key_of(text: str) -> str:
    """Return the small letters and digits of a text and nothing else: names are compared by their keys."""
    return "".join(letter for letter in fold(text).text.lower() if letter.isalnum())


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    if letter in _SINGLE:
        folded = _SINGLE[letter]
        return folded.capitalize() if letter.isupper() else folded
    if unicodedata.category(letter) in _DROPPED:
        return ""
    decomposed = unicodedata.normalize("NFKD", letter)
    kept = "".join(_SINGLE.get(each, each) for each in decomposed if unicodedata.category(each) not in _DROPPED)
    return " " if kept.isspace() and letter not in "\r\n" else kept
