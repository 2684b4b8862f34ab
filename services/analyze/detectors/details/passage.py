"""One part of a post, prepared for matching: folded, cut into words and sentences."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from services.analyze.detectors.details.folding import Folded, fold

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_POSSESSIVE: Final = re.compile(r"'[sS]$")
_SENTENCE_END: Final = re.compile(r"[.!?]+[\"')\]]*\s+|\n\s*")
_NO_END: Final = re.compile(r"(?:\b(?:mr|mrs|ms|mx|dr|st|rev|prof|no|vs|tel|ext)|\b[A-Z])\.\s+$", re.IGNORECASE)
_MOSTLY: Final = 0.8


@dataclass(frozen=True)
class Word:
    """A word of the folded text, `start` to `end` without its possessive ending; `key` is for comparing."""

    start: int
    end: int
    key: str
    capital: bool


class Passage:
    """A part of a post: `part` as schemas/analysis names it, `text` folded, `lower` the same in small letters."""

    def __init__(self, part: str, original: str) -> None:
        self.part = part
        self.folded: Folded = fold(original)
        self.text = self.folded.text
        self.lower = "".join(letter.lower()[0] for letter in self.text)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words in order."""
        return tuple(
            _word(self.text, match.start() + start, match.start() + end)
            for match in _WORD.finditer(self.text)
            for start, end in self._pieces(match.group())
        )

    @cached_property
    def shouted(self) -> bool:
        """Whether nearly everything is in capitals, so that capitals say nothing."""
        letters = [letter for letter in self.text if letter.isalpha()]
        return len(letters) > 1 and sum(letter.isupper() for letter in letters) >= _MOSTLY * len(letters)

    @cached_property
    def sentence_starts(self) -> tuple[int, ...]:
        """Where each sentence begins in the folded text."""
        starts = [0]
        starts += [
            match.end()
            for match in _SENTENCE_END.finditer(self.text)
            if "\n" in match.group() or not _NO_END.search(self.text[max(0, match.start() - 5) : match.end()])
        ]
        return tuple(starts)

    def sentence(self, place: int) -> int:
        """Return the number of the sentence that a place of the folded text lies in."""
        return bisect_right(self.sentence_starts, place) - 1

    def sentence_text(self, number: int) -> str:
        """Return a sentence in small letters."""
        return self.lower[slice(*self.sentence_bounds(number))]

    def sentence_bounds(self, number: int) -> tuple[int, int]:
        """Return where a sentence begins and ends in the folded text."""
        starts = self.sentence_starts
        return starts[number], starts[number + 1] if number + 1 < len(starts) else len(self.text)

    def _pieces(self, word: str) -> list[tuple[int, int]]:
        if not self.part.startswith("file_name"):
            return [(0, len(word))]
        cuts = [0, *(match.start() for match in _CAMEL.finditer(word)), len(word)]
        return list(pairwise(cuts))


def _word(text: str, start: int, end: int) -> Word:
    bare = _POSSESSIVE.sub("", text[start:end])
    return Word(start, start + len(bare), bare.replace("'", "").lower(), capital=bare[0].isupper())
