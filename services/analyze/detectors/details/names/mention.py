"""What was found of a name, and the words that are left for finding others."""

import re
from dataclasses import dataclass
from typing import Final

from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.passage import Passage, Word
from services.analyze.detectors.details.vocabulary import words
from services.register.models import Pupil

TITLES: Final = words("adult_titles")
"""What stands before an adult's name."""
CHILD_TITLES: Final = frozenset({"miss", "master"})
_ELSEWHERE: Final = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+|[#@]\w[\w.]*|"
    r"(?<![\w.-])(?:[\w-]{1,63}\.){1,9}[\w-]{1,63}/\S*"
)
_GAP: Final = re.compile(r"[^\w.,!?;:&+/()\n]{0,4}")


@dataclass(frozen=True)
class Mention:
    """A name in a text: `category` as reported, `match` how it was recognised, `pupils` everybody it can mean."""

    category: str
    start: int
    end: int
    match: str
    key: str
    pupils: tuple[Pupil, ...]
    confidence: float
    band: str | None = None


class Reading:
    """The words of a passage that may be names; those that were understood are taken out."""

    def __init__(self, passage: Passage, index: DetailsIndex) -> None:
        self.passage = passage
        self.index = index
        self.words = _readable(passage, index)
        self.taken = [False] * len(self.words)

    def gap(self, left: int) -> str:
        """Return what stands between a word and the next."""
        return self.passage.text[self.words[left].end : self.words[left + 1].start]

    def joined(self, first: int, last: int) -> bool:
        """Tell whether the words from `first` to `last` stand together like a name, and none is taken."""
        return not any(self.taken[first : last + 1]) and all(
            _GAP.fullmatch(self.gap(left)) or (self.gap(left) in (".", ". ") and self._dotted(left))
            for left in range(first, last)
        )

    def capital(self, place: int) -> bool:
        """Tell whether a word is written like a name."""
        return self.words[place].capital

    def before(self, place: int) -> Word | None:
        """Return the word that a word follows within the same phrase."""
        if place and (_GAP.fullmatch(self.gap(place - 1)) or self.gap(place - 1) in (".", ". ")):
            return self.words[place - 1]
        return None

    def after(self, place: int) -> Word | None:
        """Return the word that follows within the same phrase."""
        if place + 1 < len(self.words) and _GAP.fullmatch(self.gap(place)):
            return self.words[place + 1]
        return None

    def titled(self, place: int) -> bool:
        """Tell whether an adult's title stands before a word."""
        before = self.before(place)
        return before is not None and before.key in TITLES

    def take(self, first: int, last: int) -> None:
        """Mark words as understood."""
        self.taken[first : last + 1] = [True] * (last + 1 - first)

    def _dotted(self, left: int) -> bool:
        """A full stop joins words after an initial, and in file names and addresses."""
        single = len(self.words[left].key) == 1
        return single or (self.gap(left) == "." and not self.words[left].capital)


def _readable(passage: Passage, index: DetailsIndex) -> list[Word]:
    """Leave out links, addresses, tags, and the names of the school and its sponsors."""
    masked = list(index.allowed.masked(passage.lower))
    for match in _ELSEWHERE.finditer(passage.text):
        masked[match.start() : match.end()] = " " * (match.end() - match.start())
    kept = "".join(masked)
    return [
        word
        for word in passage.words
        if kept[word.start : word.end] == passage.lower[word.start : word.end]
        and not (passage.text[word.start - 1 : word.start].isdigit() and passage.part == "text")  # "1st", "9KT"
    ]
