"""Where children are at this moment, or will be and when."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings

_PLACE: Final = (
    r"(?:the |our |a )?(?:[\w'&-]+ ){0,4}?(?:park|pool|baths|centre|center|castle|museum|mill|farm|zoo|beach|coast|"
    r"seaside|theatre|cinema|church|"
    r"library|station|airport|stadium|arena|hall|camp|woods?|forest|lake|river|aquarium|gallery|abbey|cathedral|"
    r"village|town|city|playground|"
    r"playing fields?|track|pitch|rink|hostel|hotel|reserve|cafe|restaurant|shop|bus stop|gates?|market|quayside|"
    r"harbour|courts?|gym|trail|island|"
    r"house|university|college|palace|gardens?|temple|mosque|synagogue|lodge|summit|ferry|train|coach|bus|minibus|"
    r"tram|water park|theme park)\b"
)
_NOW: Final = (
    r"(?:right now|at the moment|currently|as we speak|this very (?:minute|moment)|now|live|just arrived|have arrived|"
    r"until (?:\d|half|one|two|three|four|five|noon|lunch)|today until|back (?:at school )?(?:at|by|around) (?:\d|"
    r"half|quarter|one|two|three|four|five))"
)
_PRESENT: Final = re.compile(
    rf"\b(?:we are|we're|we've|we have|they are|they're|is|are|i am|i'm|he's|she's|children are|year \w+ are|"
    rf"all)\b[^.!?\n]{{0,60}}?"
    rf"\b(?:at|in|on|outside|inside|near|by|aboard|to)\b (?:{_PLACE}|"
    rf"[a-z][\w'-]+(?: [a-z][\w'-]+){{0,4}})[^!?\n]{{0,60}}?\b{_NOW}\b"
)
_ARRIVED: Final = re.compile(
    rf"\b(?:(?:we(?:'ve| have)|have|has|they(?:'ve| have)|just)(?: all| just| now| safely)* arrived (?:at|in)|"
    rf"live from|checked in (?:at|to)|currently (?:at|on|in|aboard)|"
    rf"now (?:at|on board)|here (?:at|in) (?={_PLACE})|on (?:our|the|their) way (?:to|back from|home from)|"
    rf"(?:are|is|were|we're|they're) waiting (?:outside|at|by|near)|"
    rf"(?:setting|heading|set) off (?:to|for)|en route to|spotted (?:at|outside)|walking home (?:alone|along|"
    rf"through|down)|home alone)"
    r"(?P<where>[^.!?\n]{0,80})"
)
_JOURNEY: Final = (
    r"(?:trip|visit|visiting|outing|residential|coach|coaches|minibus|leav(?:e|es|ing)|depart(?:s|ing|ure)?|"
    r"set(?:ting)? off|going|heading|off|travel(?:ling|s)?|"
    r"swimming|swim|walk(?:s|ing)?|picked up|collected|drop(?:ped)? off|gets? (?:off )?the \w* ?bus|catch(?:es)? the)"
)
_TIME: Final = (
    r"(?:\d{1,2}[.:]\d{2} ?(?:am|pm)?|\d{1,2} ?(?:am|pm)|(?:half|quarter) past \w+|quarter to \w+|(?:\d{1,2}|one|"
    r"two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve) o'clock|noon|midday)"
)
_PLANNED: Final = re.compile(
    rf"\b{_JOURNEY}\b[^.!?\n]{{0,60}}?\b(?:to|for|at|from|"
    rf"outside)\b (?=[^.!?\n]{{2,60}}){_PLACE}[^!?\n]{{0,80}}?\b{_TIME}|"
    rf"\b{_TIME}[^!?\n]{{0,60}}?\b{_JOURNEY}\b[^.!?\n]{{0,40}}?\b(?:to|for|at|from|outside)\b {_PLACE}"
)
_CHILDREN: Final = re.compile(
    r"\b(?:year|years|yr|y\d|class|classes|pupils?|children|students?|reception|nursery|group|team|choir|squad|we|"
    r"we're|they|they're|kids?|he|she|he's|she's|"
    r"boys?|girls?|everyone|walks?|gets?|alone|teams)\b"
)
_PAST: Final = re.compile(
    r"\b(?:yesterday|last (?:week|month|term|year|night|friday|monday|tuesday|wednesday|thursday|saturday|sunday)|"
    r"visited|went|was|were|had|loved|enjoyed|got back|"
    r"returned|thank you (?:to|for)|thanks (?:to|for)|(?:on|every) [a-z]+days)\b"
)
_NO_PLACE: Final = re.compile(
    r"\b(?:at (?:full capacity|our best|the end|the start|the heart|half|work|home time|risk|last|least|first|all|"
    r"the moment|this time|school)|"
    r"open (?:right )?now|on (?:sale|offer|the website|our website|the app|display|board with|track)|in (?:need|"
    r"stock|full swing|the news|touch|book bags)|"
    r"(?:proud|pleased|delighted|excited|looking|recruiting|hiring|closed|short of|full))\b"
)


def location_live(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield the stretches that say where children are now, or where they will be and at what time."""
    end = 0
    lower = around.index.allowed.masked(passage.lower)
    found = [
        (match, rule)
        for expression, rule in (
            (_PRESENT, "location.now"),
            (_ARRIVED, "location.arrived"),
            (_PLANNED, "location.planned"),
        )
        for match in expression.finditer(lower)
        if _is_telling(passage, match, rule)
    ]
    for match, rule in sorted(found, key=lambda each: (each[0].start(), -each[0].end())):
        if match.start() >= end:
            end = match.end()
            stop = match.start() + len(match.group().rstrip())
            yield Hit("location_live", match.start(), stop, rule, match.group().strip(), 0.8)


def _is_telling(passage: Passage, match: "re.Match[str]", rule: str) -> bool:
    first, last = passage.sentence(match.start()), passage.sentence(max(match.start(), match.end() - 1))
    text = " ".join(passage.sentence_text(number) for number in range(first, last + 1))
    if _NO_PLACE.search(match.group()) or not _CHILDREN.search(text):
        return False
    if rule == "location.arrived" and not match["where"].strip() and "alone" not in match.group():
        return False
    return rule != "location.planned" or not _PAST.search(text)
