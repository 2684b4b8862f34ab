"""Classes and year groups: what a text calls them, and whether a pupil belongs to one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from services.analyze.detectors.details.folding import fold, key_of
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.vocabulary import words
from services.register.models import Pupil

_NUMBERS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_YEAR: Final = re.compile(
    rf"\b(?:(?:years?|yrs?)[ -]?(?P<number>1[0-3]|[1-9]|{'|'.join(_NUMBERS)})|y(?P<short>1[0-3]|[1-9])|"
    r"(?P<early>reception|nursery|pre-?school)(?= (?:class|children|pupil|star|teacher|this|today|in)\b|[,.!?)]|$))"
    r"(?:'?s)?(?![\w:])(?! (?:ago|old|running|in a row|later|anniversary)\b)"
)
_UNITS: Final = words("units")
_FORM_SHAPE: Final = re.compile(r"\b(?P<year>1[0-3]|[1-9]) ?(?P<letters>[A-Z]{1,3})(?!\w)")
_CLASS_BEFORE: Final = re.compile(
    r"\b(?:in|from|of|class|form|tutor group|year|for|joins?|joined|joining)[ :]+$|[(,/-] ?$"
)
_LETTERS: Final = 3  # of a form like RW or 7KT
_CLASS_BESIDE: Final = re.compile(r"\b(?:class|form|tutor group|house)[ :]+$")
_CLASS_AFTER: Final = re.compile(r" (?:class|form|tutor group)\b")


@dataclass(frozen=True)
class ClassMention:
    """A class or year group, `start` to `end` of the folded text; `form` is empty where only a year is named."""

    start: int
    end: int
    form: str
    year: str

    def fits(self, pupil: Pupil) -> bool:
        """Tell whether the pupil is in it."""
        if self.form:
            return self.form == key_of(pupil.form)
        return self.year == year_key(pupil.year)


@dataclass(frozen=True)
class ClassNames:
    """The forms of a school, by key, with one expression that finds them."""

    forms: frozenset[str]
    expression: "re.Pattern[str] | None"

    @classmethod
    def of(cls, pupils: Iterable[Pupil]) -> "ClassNames":
        """Take the forms of a roster."""
        names = {fold(pupil.form).text.strip() for pupil in pupils} - {""}
        spelled = sorted((_spelling(name) for name in names), key=lambda each: (-len(each), each))
        expression = re.compile(rf"(?<!\w)(?:(?:y|yr ?|year ?)?(?:{'|'.join(spelled)}))(?:'s)?(?!\w)", re.IGNORECASE)
        return cls(frozenset(key_of(name) for name in names), expression if spelled else None)

    def find(self, passage: Passage) -> Iterator[ClassMention]:
        """Yield the classes and years in a text, in order and without overlaps."""
        found = sorted(
            [*self._forms(passage), *self._shapes(passage), *_years(passage)], key=lambda m: (m.start, -m.end)
        )
        end = 0
        for mention in found:
            if mention.start >= end:
                yield mention
                end = mention.end

    def _forms(self, passage: Passage) -> Iterator[ClassMention]:
        for match in self.expression.finditer(passage.text) if self.expression else ():
            key = re.sub(r"^(?:year|yr|y)(?=\d)|(?<=\w)'s$", "", match.group().lower().replace(" ", ""))
            key = key_of(key)
            if key in self.forms and _reads_as_class(passage, match.start(), match.end()):
                yield ClassMention(match.start(), match.end(), key, _leading_number(key))

    def _shapes(self, passage: Passage) -> Iterator[ClassMention]:
        """Forms that are not on the roster: another school's, or misspelled."""
        for match in _FORM_SHAPE.finditer(passage.text):
            usual = match["letters"].lower() not in _UNITS
            if usual and _CLASS_BEFORE.search(passage.lower[max(0, match.start() - 14) : match.start()]):
                yield ClassMention(match.start(), match.end(), key_of(match.group()), match["year"])


def year_key(year: str) -> str:
    """Return a year group as a number, `r` (reception) or `n` (nursery); empty for none."""
    key = key_of(year).removeprefix("year").removeprefix("yr").removeprefix("y")
    if key in _NUMBERS:
        return str(_NUMBERS.index(key) + 1)
    return key if key.isdigit() else key[:1]


def _years(passage: Passage) -> Iterator[ClassMention]:
    for match in _YEAR.finditer(passage.lower):
        year = match["number"] or match["short"] or match["early"]
        yield ClassMention(match.start(), match.end(), "", year_key(year))


def _spelling(form: str) -> str:
    return r"[ /-]?".join(re.escape(part) for part in re.findall(r"\d+|[^\W\d_]+", form))


def _reads_as_class(passage: Passage, start: int, end: int) -> bool:
    """A form that is written like an ordinary word or a unit needs a class beside it."""
    written = passage.text[start:end]
    if any(letter.isdigit() for letter in written):
        letters = "".join(letter for letter in written if letter.isalpha()).lower()
        return letters not in _UNITS or bool(_CLASS_BEFORE.search(passage.lower[max(0, start - 14) : start]))
    if written.isupper() and len(written) <= _LETTERS and not passage.shouted:
        return True
    beside = _CLASS_BESIDE.search(passage.lower[max(0, start - 14) : start]) or _CLASS_AFTER.match(passage.lower[end:])
    return bool(beside) or bool(
        written[0].isupper() and re.search(r"\b(?:in|from) $", passage.lower[max(0, start - 6) : start])
    )


def _leading_number(key: str) -> str:
    match = re.match(r"\d+", key)
    return match.group() if match else ""
