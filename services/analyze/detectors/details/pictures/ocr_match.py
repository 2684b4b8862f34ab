"""Pupils' names in the lines that were read on a picture, in spite of letters that were read wrongly."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from rapidfuzz import fuzz, process

from services.analyze.detectors.details.folding import fold
from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.names.aliases import REVERSED, Alias
from services.analyze.detectors.details.names.mention import TITLES
from services.analyze.detectors.details.pictures.ocr import Line
from services.register.models import Pupil

SURE: Final = 88.0
DOUBTFUL: Final = 84.0
SHORT: Final = 9
SHORT_SURE: Final = 90.0
"""A name of fewer than SHORT letters must be nearer: one wrong letter already makes another name of it."""
_WINDOW: Final = 4
_STACKED_WORDS: Final = (1, 2)
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CONFUSED: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "2": "z", "6": "g", "9": "g"}
)
_SAME_COLUMN: Final = 0.5


@dataclass(frozen=True)
class NameOnPicture:
    """A name that was read: `score` is 0 to 100, `lines` are those it stands on."""

    text: str
    key: str
    score: float
    pupils: tuple[Pupil, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Window:
    key: str
    text: str
    words: frozenset[tuple[int, int]]
    lines: tuple[Line, ...]


def confusion_key(text: str) -> str:
    """Return a name as it compares: letters that readers mistake for one another are the same."""
    letters = "".join(letter for letter in fold(text).text.lower() if letter.isalnum())
    return letters.translate(_CONFUSED).replace("rn", "m").replace("vv", "w").replace("cl", "d")


class PictureNames:
    """The full names of a roster, ready to be compared with what was read."""

    def __init__(self, index: DetailsIndex) -> None:
        self._meant: dict[str, tuple[tuple[Pupil, Alias], ...]] = {}
        for key in sorted(index.named):
            meant = tuple((pupil, alias) for pupil, alias in index.full_names(key) if alias.match != REVERSED)
            if meant:
                folded = confusion_key(key)
                self._meant[folded] = self._meant.get(folded, ()) + meant
        self._keys = list(self._meant)
        self._staff = {confusion_key(key) for key in index.staff_keys}

    def find(self, lines: Sequence[Line]) -> tuple[NameOnPicture, ...]:
        """Return the names on the lines, the best first; no word of a picture is part of two."""
        scored = []
        for window in _windows(lines):
            if window.key in self._staff:
                scored.append((101.0, window, ""))
                continue
            best = process.extractOne(window.key, self._keys, scorer=fuzz.ratio, score_cutoff=DOUBTFUL)
            if best is not None and best[1] >= _needed(str(best[0])):
                scored.append((float(best[1]), window, str(best[0])))
        scored.sort(key=lambda each: (-each[0], -len(each[1].key), each[1].key))
        found: list[NameOnPicture] = []
        taken: set[tuple[int, int]] = set()
        for score, window, key in scored:
            if taken & window.words:
                continue
            taken |= window.words
            if key:
                pupils = tuple({pupil.ref: pupil for pupil, _ in self._meant[key]}.values())
                found.append(NameOnPicture(window.text, key, score, pupils, window.lines))
        return tuple(found)


def _needed(key: str) -> float:
    return SHORT_SURE if len(key) < SHORT else DOUBTFUL


def _windows(lines: Sequence[Line]) -> Iterator[_Window]:
    """Yield stretches of up to four words of a line, and two lines of a word or two that stand one above the other."""
    words = [_words(line) for line in lines]
    for number, line in enumerate(lines):
        for first in range(len(words[number])):
            if first and words[number][first - 1].lower() in TITLES:
                continue
            for last in range(first + 1, min(first + _WINDOW, len(words[number])) + 1):
                piece = words[number][first:last]
                places = frozenset((number, place) for place in range(first, last))
                yield _Window(confusion_key("".join(piece)), " ".join(piece), places, (line,))
    for upper, lower in _stacked(lines):
        if len(words[upper]) in _STACKED_WORDS and len(words[lower]) in _STACKED_WORDS:
            piece = words[upper] + words[lower]
            places = frozenset((number, place) for number in (upper, lower) for place in range(len(words[number])))
            yield _Window(confusion_key("".join(piece)), " ".join(piece), places, (lines[upper], lines[lower]))


def _words(line: Line) -> list[str]:
    return [word.removesuffix("'s").removesuffix("'S") for word in _WORD.findall(fold(line.text).text)]


def _stacked(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield pairs of lines of which the second stands right below the first."""
    places = [bounds(line) for line in lines]
    for (upper, above), (lower, below) in permutations(enumerate(places), 2):
        height = max(above[3] - above[1], below[3] - below[1])
        overlap = min(above[2], below[2]) - max(above[0], below[0])
        narrow = min(above[2] - above[0], below[2] - below[0])
        gap = below[1] - above[3]
        if -height / 2 < gap < height and above[1] < below[1] and overlap > _SAME_COLUMN * narrow:
            yield upper, lower


def bounds(line: Line) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of a line, as fractions."""
    across, down = zip(*line.quad, strict=True)
    return min(across), min(down), max(across), max(down)
