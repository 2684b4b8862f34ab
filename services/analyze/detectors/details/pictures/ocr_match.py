"""Pupils' names in the lines that were read on a picture, in spite of letters that were read wrongly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from services.analyze.detectors.details.folding import fold
from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.names.aliases import EXACT, FULL, NICKNAME, PARTIAL, REVERSED
from services.analyze.detectors.details.names.first import CATEGORY as FIRST
from services.analyze.detectors.details.pictures.windows import Line, Window, windows
from services.analyze.detectors.details.vocabulary import ordinary_words
from services.register.models import Pupil

NAME: Final = "name_on_image"
SURE: Final = 88.0
DOUBTFUL: Final = 84.0
SHORT: Final = 9
SHORT_SURE: Final = 90.0
"""A name of fewer than SHORT letters must be nearer: one wrong letter already makes another name of it."""
FORENAME: Final = 60.0
_PERFECT: Final = 100.0
_SHORTEST_ALONE: Final = 3
_CONFUSED: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "2": "z", "6": "g", "9": "g"}
)


@dataclass(frozen=True)
class NameOnPicture:
    """A name that was read: `category` as reported, `score` 0 to 100, `quads` where its pieces stand (fractions)."""

    category: str
    text: str
    key: str
    score: float
    pupils: tuple[Pupil, ...]
    quads: tuple[tuple[tuple[float, float], ...], ...]


def confusion_key(text: str) -> str:
    """Return a name as it compares: letters that readers mistake for one another are the same."""
    letters = "".join(letter for letter in fold(text).text.lower() if letter.isalnum())
    return letters.translate(_CONFUSED).replace("rn", "m").replace("vv", "w").replace("cl", "d")


class PictureNames:
    """The names of a roster, ready to be compared with what was read."""

    def __init__(self, index: DetailsIndex) -> None:
        self._full: dict[str, dict[str, Pupil]] = {}
        self._forename: dict[str, str] = {}
        self._partial: dict[str, dict[str, Pupil]] = {}
        self._first: dict[str, dict[str, Pupil]] = {}
        for key in sorted(index.named):
            for pupil, alias in index.named[key]:
                if alias.category == FULL and alias.match != REVERSED:
                    self._full.setdefault(confusion_key(key), {})[pupil.ref] = pupil
                    self._forename.setdefault(confusion_key(key), confusion_key(alias.forename))
                elif alias.category == PARTIAL and len(alias.surname) == 1:
                    self._partial.setdefault(confusion_key(key), {})[pupil.ref] = pupil
                if alias.match in (EXACT, NICKNAME) and alias.forename not in ordinary_words():
                    self._first.setdefault(confusion_key(alias.forename), {})[pupil.ref] = pupil
        self._keys = list(self._full)
        self._staff = {confusion_key(key) for key in index.staff_keys}

    def find(self, lines: Sequence[Line]) -> tuple[NameOnPicture, ...]:
        """Return the names on the lines, the best first; no word of a picture is part of two.

        First names count only on a line of their own, as on a peg or a badge, and only of pupils not named in full.
        """
        scored = [each for window in windows(lines) for each in self._score(window)]
        scored.sort(key=lambda each: (-each[0], -len(each[1].text), each[1].text))
        found: list[NameOnPicture] = []
        taken: set[tuple[int, int]] = set()
        for score, window, name in scored:
            if not taken & window.words:
                taken |= window.words
                found += [name] if name is not None and score <= _PERFECT else []
        named = {pupil.ref for name in found if name.category == NAME for pupil in name.pupils}
        return tuple(
            name for name in found if name.category == NAME or not named & {pupil.ref for pupil in name.pupils}
        )

    def _score(self, window: Window) -> Iterator[tuple[float, Window, NameOnPicture | None]]:
        key = confusion_key(window.text)
        if key in self._staff:
            yield _PERFECT + 1, window, None  # an adult's name is taken before any pupil's
            return
        best = process.extractOne(key, self._keys, scorer=fuzz.ratio, score_cutoff=DOUBTFUL)
        if best is not None and best[1] >= _needed(str(best[0])) and self._has_forename(key, str(best[0])):
            yield float(best[1]), window, _name(NAME, window, str(best[0]), float(best[1]), self._full)
        elif window.whole_line and len(key) >= _SHORTEST_ALONE:
            if key in self._partial and window.initial:
                yield SURE, window, _name(PARTIAL, window, key, _PERFECT, self._partial)
            elif key in self._first:
                yield DOUBTFUL, window, _name(FIRST, window, key, _PERFECT, self._first)

    def _has_forename(self, read: str, key: str) -> bool:
        """A long surname alone, or after another short word, is no full name however near it comes."""
        forename = self._forename[key]
        before_surname = read[: max(0, len(read) - len(key) + len(forename))]
        return fuzz.ratio(before_surname, forename) >= FORENAME


def _needed(key: str) -> float:
    return SHORT_SURE if len(key) < SHORT else DOUBTFUL


def _name(category: str, window: Window, key: str, score: float, meant: dict[str, dict[str, Pupil]]) -> NameOnPicture:
    return NameOnPicture(category, window.text, key, score, tuple(meant[key].values()), window.quads)
