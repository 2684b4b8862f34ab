"""Full names with one slip of the pen: one half must be right, and tells which halves the other may be."""

from collections.abc import Iterator
from typing import Final

from rapidfuzz.distance import OSA

from services.analyze.detectors.details.names.aliases import FULL, forename_keys, surname_keys
from services.analyze.detectors.details.names.mention import Mention, Reading
from services.analyze.detectors.details.vocabulary import forenames, ordinary_words
from services.register.models import Pupil

TYPO: Final = "typo"
_SHORTEST: Final = 4
_LONG: Final = 9
_CONFIDENCE: Final = 0.75


def misspelled_names(reading: Reading) -> Iterator[Mention]:
    """Yield pairs of capital words of which one is on the roster and the other nearly is; their words are taken."""
    for first in range(len(reading.words) - 1):
        likely = _capital(reading, first) and _capital(reading, first + 1) and reading.joined(first, first + 1)
        pupils = _meant(reading, first) if likely and not reading.titled(first) else ()
        if pupils:
            reading.take(first, first + 1)
            words = reading.words[first : first + 2]
            key = "".join(word.key for word in words)
            yield Mention(FULL, words[0].start, words[1].end, TYPO, key, pupils, _CONFIDENCE, band="possible")


def _capital(reading: Reading, place: int) -> bool:
    """Whether a word begins with a capital, or with two letters that changed places."""
    word = reading.words[place]
    return word.capital or reading.passage.text[word.start + 1 : word.start + 2].isupper()


def _meant(reading: Reading, first: int) -> tuple[Pupil, ...]:
    forename, surname = reading.words[first].key, reading.words[first + 1].key
    index = reading.index
    by_surname = [
        pupil
        for pupil in index.by_forename.get(forename, ())
        if any(_near(surname, key) for key in surname_keys(pupil))
    ]
    if forename in forenames() or forename in index.by_forename:
        return tuple(by_surname)  # another forename is another person
    by_forename = [
        pupil
        for pupil in index.by_surname.get(surname, ())
        if any(_near(forename, key) for key in forename_keys(pupil))
    ]
    return tuple({pupil.ref: pupil for pupil in [*by_surname, *by_forename]}.values())


def _near(written: str, meant: str) -> bool:
    dropped = len(written) == _SHORTEST - 1 and len(meant) == _SHORTEST
    if (min(len(written), len(meant)) < _SHORTEST and not dropped) or written in ordinary_words():
        return False
    return 0 < OSA.distance(written, meant, score_cutoff=2) <= (2 if len(meant) >= _LONG else 1)
