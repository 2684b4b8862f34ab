"""First names that stand alone: whether a word is one here, and who can be meant."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.analyze.detectors.details.names.mention import Mention, Reading
from services.analyze.detectors.details.passage import Word
from services.analyze.detectors.details.recognisers.classes import ClassMention
from services.analyze.detectors.details.vocabulary import forenames, lines, ordinary_words, words

CATEGORY: Final = "name_first"
_MONTHS: Final = frozenset(
    {"april", "may", "june", "august", "summer", "autumn", "winter", "easter", "christmas", "noel"}
)
_NO_NAME_BESIDE: Final = words("no_name_beside")
_CUE: Final = re.compile(
    r"\b(?:well done|congratulations|congrats|happy birthday|birthday boy|birthday girl|proud of|thank you|thanks|"
    r"meet|welcome|bravo|"
    r"hi|hello|dear|hurray for|hooray for|goes to|awarded to|presented to|go to|won by|written by|made by|drawn by|"
    r"designed by|"
    r"pupil|student|star|captain|classmate|brother|sister|son|daughter|grandson|granddaughter|little|miss you|like you|"
    r"you|my|our|mate|friend)[ :,!-]+$"
)
_DOES: Final = re.compile(
    r"(?:'s)? (?:won|scored|made|came|got|wrote|ran|played|sang|loves|loved|likes|wants|who|aged|received|achieved|"
    r"joined|went|"
    r"took|showed|said|says|told|shared|designed|completed|earned|swam|danced|raised|represented|finished|passed|"
    r"became|built|"
    r"baked|painted|drew|grew|helped|worked|tried|enjoyed|has been|was so|is so|is in|was in)\b"
)
_CLASS_LINK: Final = re.compile(r" (?:in|from|of) |,? \(?")
_AND: Final = re.compile(r"(?:,| and| &) ([A-Z]\w+)")
_PHRASES: Final = re.compile("|".join(rf"\b{re.escape(phrase)}\b" for phrase in lines("phrases")))
_SHORTEST_SMALL: Final = 4
_WITH_CLASS: Final = 0.85
_ALONE: Final = 0.6
_LOOK_BACK: Final = 30


def first_names(reading: Reading, classes: Sequence[ClassMention], *, has_image: bool) -> Iterator[Mention]:
    """Yield the forenames that nothing else explains; a class or a picture makes them telling."""
    context = has_image or bool(classes)
    phrases = [match.span() for match in _PHRASES.finditer(reading.passage.lower)]
    for place, word in enumerate(reading.words):
        pupils = reading.index.by_forename.get(word.key, ())
        known = any(start <= word.start < end for start, end in phrases)
        if pupils and not known and not reading.taken[place] and _is_name(reading, place, classes):
            yield Mention(
                category=CATEGORY,
                start=word.start,
                end=word.end,
                match="first",
                key=word.key,
                pupils=pupils,
                confidence=_WITH_CLASS if context else _ALONE,
                band=None if context else "possible",
            )


def _is_name(reading: Reading, place: int, classes: Sequence[ClassMention]) -> bool:
    passage, word = reading.passage, reading.words[place]
    ordinary = word.key in ordinary_words()
    if passage.part.startswith("file_name"):
        return not ordinary
    cue = bool(_CUE.search(passage.lower[max(0, word.start - _LOOK_BACK) : word.start]))
    with_form = any(each.form and _CLASS_LINK.fullmatch(passage.lower[word.end : each.start]) for each in classes)
    if passage.shouted or not word.capital:
        return not ordinary and (with_form or (cue and len(word.key) >= _SHORTEST_SMALL))
    alone = not _in_another_name(reading, place)
    if not (alone and ordinary):
        return alone
    if with_form or cue or word.key in _MONTHS:
        return with_form or cue
    doing = _DOES.match(passage.lower, word.end) or _beside_another(reading, word)
    return bool(doing) or not _opens_sentence(reading, word)


def _beside_another(reading: Reading, word: Word) -> bool:
    """Whether another pupil's first name follows: "Grace and Will", "Hope, Summer and Mo"."""
    match = _AND.match(reading.passage.text, word.end)
    return match is not None and match[1].lower() in reading.index.by_forename


def _in_another_name(reading: Reading, place: int) -> bool:
    """A capital neighbour makes it somebody else, or a place: "Olivia Colman", "Victoria Park", "Team Oscar"."""
    after, before = reading.after(place), reading.before(place)
    if after is not None and after.capital and after.key not in _NO_NAME_BESIDE:
        return True
    if before is None or not before.capital or before.key in _NO_NAME_BESIDE:
        return False
    return not _opens_sentence(reading, before) or before.key in forenames()


def _opens_sentence(reading: Reading, word: Word) -> bool:
    passage = reading.passage
    start, _ = passage.sentence_bounds(passage.sentence(word.start))
    return not any(letter.isalnum() for letter in passage.text[start : word.start])
