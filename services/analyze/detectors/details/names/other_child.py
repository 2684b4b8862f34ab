"""Children who are not on the roster: only where the text itself says that a child is named."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.analyze.detectors.details.names.mention import Mention, Reading
from services.analyze.detectors.details.recognisers.classes import ClassMention
from services.analyze.detectors.details.vocabulary import forenames

CATEGORY: Final = "name_other_child"
_CHILD_BEFORE: Final = re.compile(
    r"\b(?:class ?mate|school ?mate|team ?mate|pupil|student|little|son|daughter|grandson|granddaughter|nephew|niece|"
    r"(?:little|big|older|younger|twin|baby|his|her|their) (?:brother|sister)|boy|girl|child|kid)s?"
    r"(?:,|:| called| named| is| was)? $"
)
_NOT_NOW: Final = re.compile(r"\b(?:former|ex|past|old|once|ex-)[ -](?:pupil|student)s?,? $")
_AGE_AFTER: Final = re.compile(r"(?:, | \(| )(?:who is |who's |aged? ?)?(?:[3-9]|1[0-8])(?:\)|, | years? old| yrs)")
_CLASS_LINK: Final = re.compile(r"(?: \(| (?:from|in|of) (?:class )?|, (?:from |in )?)")
_AFTER_COMMA: Final = re.compile(r"[,.;!)]|$")
_ADULT: Final = re.compile(
    r"\b(?:author|poet|illustrator|athlete|olympian|paralympian|player|governor|teacher|head|headteacher|coach|"
    r"scientist|"
    r"doctor|officer|mayor|councillor|singer|musician|artist|actor|actress|parent|mum|dad|volunteer|chef|trainer|vicar|"
    r"reverend|historian|explorer|footballer|by|character|king|queen|life of|works? of|story of|visitor|speaker)\b"
)
_CONFIDENCE: Final = 0.75


def other_children(reading: Reading, classes: Sequence[ClassMention]) -> Iterator[Mention]:
    """Yield forename and surname of children that the roster does not know; their words are taken."""
    for first in range(len(reading.words) - 1):
        forename, surname = reading.words[first : first + 2]
        if (
            forename.capital
            and surname.capital
            and (forename.key in forenames() or forename.key in reading.index.by_forename)
            and len(surname.key) > 1
            and reading.joined(first, first + 1)
            and _is_child(reading, first, classes)
        ):
            reading.take(first, first + 1)
            key = forename.key + surname.key
            yield Mention(CATEGORY, forename.start, surname.end, "other_child", key, (), _CONFIDENCE)


def _is_child(reading: Reading, first: int, classes: Sequence[ClassMention]) -> bool:
    passage = reading.passage
    start, end = reading.words[first].start, reading.words[first + 1].end
    sentence_start, _ = passage.sentence_bounds(passage.sentence(start))
    before = passage.lower[sentence_start:start]
    if _CHILD_BEFORE.search(before):
        return not _NOT_NOW.search(before)
    if _ADULT.search(before) or _ADULT.search(passage.lower[end : end + 20]):
        return False
    return bool(_AGE_AFTER.match(passage.lower[end:])) or any(_belongs(passage.lower, end, each) for each in classes)


def _belongs(lower: str, end: int, named: ClassMention) -> bool:
    link = lower[end : named.start] if named.start >= end else ""
    if not link or not _CLASS_LINK.fullmatch(link):
        return False
    return link != ", " or bool(_AFTER_COMMA.match(lower[named.end : named.end + 1]))
