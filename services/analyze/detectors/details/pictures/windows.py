"""Stretches of the writing on a picture that may be a name, and where they stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from services.analyze.detectors.details.folding import fold
from services.analyze.detectors.details.names.mention import TITLES

Quad = tuple[tuple[float, float], ...]
_LONGEST: Final = 4  # words
_STACKED_WORDS: Final = (1, 2)
_SAME_COLUMN: Final = 0.5
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_POSSESSIVE: Final = re.compile(r"'[sS]$")


@dataclass(frozen=True)
class Line:
    """A line of writing; `quad` are its corners (x, y) as fractions of the picture, clockwise from the left upper."""

    text: str
    score: float
    quad: Quad


@dataclass(frozen=True)
class Window:
    """Words that stand together: `words` are (line, word) numbers, `quads` one for each line they stand on."""

    text: str
    words: frozenset[tuple[int, int]]
    quads: tuple[Quad, ...]
    whole_line: bool
    initial: bool


@dataclass(frozen=True)
class _Word:
    text: str
    start: float
    end: float


def windows(lines: Sequence[Line]) -> Iterator[Window]:
    """Yield stretches of up to four words of a line, and two lines of a word or two that stand one above the other."""
    words = [_words(line) for line in lines]
    for number in range(len(lines)):
        for first in range(len(words[number])):
            if first and words[number][first - 1].text.lower() in TITLES:
                continue
            for last in range(first + 1, min(first + _LONGEST, len(words[number])) + 1):
                yield _window(words, [(number, first, last)], lines, whole=last - first == len(words[number]))
    for upper, lower in _stacked(lines):
        if len(words[upper]) in _STACKED_WORDS and len(words[lower]) in _STACKED_WORDS:
            pieces = [(upper, 0, len(words[upper])), (lower, 0, len(words[lower]))]
            yield _window(words, pieces, lines, whole=False)


def around(quads: Sequence[Quad]) -> Quad:
    """Return the one quad, or the upright one around several."""
    if len(quads) == 1:
        return quads[0]
    left, top, right, bottom = bounds([corner for quad in quads for corner in quad])
    return (left, top), (right, top), (right, bottom), (left, bottom)


def bounds(quad: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a quad."""
    across, down = zip(*quad, strict=True)
    return min(across), min(down), max(across), max(down)


def _window(
    words: Sequence[Sequence[_Word]], pieces: Sequence[tuple[int, int, int]], lines: Sequence[Line], *, whole: bool
) -> Window:
    chosen = [word for number, first, last in pieces for word in words[number][first:last]]
    return Window(
        text=" ".join(word.text for word in chosen),
        words=frozenset((number, place) for number, first, last in pieces for place in range(first, last)),
        quads=tuple(
            _cut(lines[number].quad, words[number][first].start, words[number][last - 1].end)
            for number, first, last in pieces
        ),
        whole_line=whole,
        initial=len(chosen[-1].text) == 1,
    )


def _words(line: Line) -> list[_Word]:
    folded = fold(line.text).text
    return [
        _Word(_POSSESSIVE.sub("", match.group()), match.start() / len(folded), match.end() / len(folded))
        for match in _WORD.finditer(folded)
    ]


def _cut(quad: Quad, start: float, end: float) -> Quad:
    """Cut a line's quad to a stretch of its letters, as if they were equally wide."""
    left_top, right_top, right_bottom, left_bottom = quad
    return (
        _between(left_top, right_top, start),
        _between(left_top, right_top, end),
        _between(left_bottom, right_bottom, end),
        _between(left_bottom, right_bottom, start),
    )


def _between(one: tuple[float, float], other: tuple[float, float], share: float) -> tuple[float, float]:
    return round(one[0] + (other[0] - one[0]) * share, 4), round(one[1] + (other[1] - one[1]) * share, 4)


def _stacked(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield pairs of lines of which the second stands right below the first."""
    places = [bounds(line.quad) for line in lines]
    for (upper, above), (lower, below) in permutations(enumerate(places), 2):
        height = max(above[3] - above[1], below[3] - below[1])
        overlap = min(above[2], below[2]) - max(above[0], below[0])
        narrow = min(above[2] - above[0], below[2] - below[0])
        gap = below[1] - above[3]
        if -height / 2 < gap < height and above[1] < below[1] and overlap > _SAME_COLUMN * narrow:
            yield upper, lower
