"""What a post tells of a named child: class, age and date of birth."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings, cue_before

_WORDS: Final = (
    "three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
)
_NUMBER: Final = rf"(?:[2-9]|1[0-9]|{_WORDS.replace(' ', '|')})"
_AGE: Final = re.compile(
    rf"(?<![\w£-])(?:aged?:? (?P<a>{_NUMBER})(?! ?(?:-|to|and|or|\+) ?\d)|(?P<b>{_NUMBER})[ -]years?[ -]olds?\b|"
    rf"(?P<c>{_NUMBER}) ?y/?o\b|"
    rf"(?:turn(?:s|ed|ing)?|who is|who's|now|he is|she is|he's|she's|is) (?:just |only |now )?(?P<d>{_NUMBER})"
    rf"(?= ?(?:today|tomorrow|on|this|next|yesterday|now|,|\.|!|\)|years? old|and (?:already|a half))|$)|"
    rf"(?P<e>{_NUMBER})(?:th|rd|nd) birthday|\((?P<f>{_NUMBER})\))(?![\w:%])"
)
_BARE_AGES: Final = ("d", "f")
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DATE: Final = re.compile(
    r"(?<![\w/.-])(?:(?P<day>[0-3]?\d)(?P<sep>[/.-])(?P<month>[01]?\d)(?P=sep)(?P<year>(?:19|20)?\d\d)|"
    r"(?P<iso>(?:19|20)\d\d-[01]\d-[0-3]\d)|"
    rf"(?P<wday>[0-3]?\d)(?:st|nd|rd|th)?(?: of)? (?P<wmonth>{_MONTH}),?(?: (?P<wyear>(?:19|20)\d\d))?|"
    rf"(?P<amonth>{_MONTH}) (?P<aday>[0-3]?\d)(?:st|nd|rd|th)?(?:,? (?P<ayear>(?:19|20)\d\d))?)(?![\w/]|-\d)"
)
_BORN: Final = re.compile(
    r"\b(?:born(?: on)?|d\.?o\.?b\.?|date of birth|birth ?date|birthday(?: is| was)?(?: on)?)\W*(?:\w+ ){0,2}$"
)
_NO_CHILD_BORN: Final = re.compile(r"\b(?:school|king|queen|shakespeare|darwin|your child's|founded)\b")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PUPILS_OWN: Final = 0.95
_SAID: Final = 0.9


def class_of_named(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield classes and years that belong to a named child: its own anywhere, another beside the name."""
    for named in around.classes:
        near = around.people_near(passage, named.start)
        own = [pupil for name in around.names for pupil in name.pupils if named.fits(pupil)]
        if not near and not own:
            continue
        subject = own[0] if len({pupil.ref for pupil in own}) == 1 else None
        key = named.form or f"year{named.year}"
        yield Hit("class", named.start, named.end, "class.named_pupil", key, _PUPILS_OWN if own else _SAID, subject)


def age(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield the age of a child who is named in this sentence or the next to it."""
    for match in _AGE.finditer(passage.lower):
        bare = any(match[name] for name in _BARE_AGES)
        near = around.people_near(passage, match.start(), sentences=0 if bare else 1)
        written = next(value for value in match.groupdict().values() if value)
        directly = match["f"] is None or any(0 <= match.start() - name.end <= 1 for name in near)
        if near and directly:
            subject = around.subject_near(passage, match.start())
            yield Hit("age", match.start(), match.end(), "age.named_pupil", written, _SAID, subject)


def dob(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield dates of birth: dates called so, and a named pupil's own however they are called."""
    for match in _DATE.finditer(passage.lower):
        day = _day(match)
        near = around.people_near(passage, match.start())
        own = [pupil for name in near for pupil in name.pupils if day is not None and pupil.dob == day]
        told = cue_before(passage, match.start(), _BORN, reach=50) and (near or _has_year(match))
        sentence = passage.sentence_text(passage.sentence(match.start()))
        if own or (told and (near or not _NO_CHILD_BORN.search(sentence))):
            subject = own[0] if own else around.subject_near(passage, match.start())
            yield Hit(
                "dob",
                match.start(),
                match.end(),
                "dob.date",
                day or match.group(),
                _PUPILS_OWN if own else _SAID,
                subject,
            )


def _has_year(match: "re.Match[str]") -> bool:
    return any(match[name] for name in ("year", "iso", "wyear", "ayear"))


def _day(match: "re.Match[str]") -> str | None:
    """Return an ISO date; None when the year is missing or there is no such day."""
    if match["iso"]:
        return str(match["iso"])
    year = match["year"] or match["wyear"] or match["ayear"]
    day = match["day"] or match["wday"] or match["aday"]
    word = match["wmonth"] or match["amonth"]
    if not year or not day:
        return None
    full = int(year) if len(year) == 4 else 2000 + int(year)  # noqa: PLR2004  # 2016 or 16
    month = _MONTHS.index(word[:3]) + 1 if word else int(match["month"])
    try:
        return date(full, month, int(day)).isoformat()
    except ValueError:
        return None
