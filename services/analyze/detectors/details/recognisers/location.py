"""Where children are at this moment, or will be and when."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings

_AWAY: Final = (
    r"(?:(?:the|our|a|an|that) )?(?:[\w'&.-]+ ){0,4}?(?:park|pool|baths|leisure centre|activity centre|"
    r"science centre|centre|castle|"
    r"museum|water ?mill|mill|farm|zoo|beach|coast|seaside|theatre|cinema|church|station|airport|stadium|arena|"
    r"camp|campsite|"
    r"woods?|forest|lake|river|canal|aquarium|gallery|abbey|cathedral|town|city|village|rink|hostel|hotel|"
    r"nature reserve|"
    r"cafe|restaurant|shops?|supermarket|bus stop|gates?|market|harbour|trail|island|palace|temple|mosque|"
    r"synagogue|lodge|"
    r"summit|ferry|train|coach|bus|minibus|tram|university|recreation ground|war memorial|care home)\b"
)
_PROPER: Final = r"(?:(?:the|The) )?[A-Z][\w'-]+(?: (?:of|and|the|[A-Z][\w'-]+))*"
_BEING: Final = (
    r"(?i:(?:\b(?:are|is|am)|'re|'s|'m) (?:(?:all|both|now|currently|safely|still|here|out|just|having \w+(?: \w+)?|"
    r"enjoying \w+(?: \w+)?|waiting|standing|sitting|playing|swimming|walking|camping|staying|performing|competing|"
    r"racing|today|tonight) ){0,3}(?:at|on|in|outside|inside|"
    r"near|by|"
    r"aboard|along)) "
)
_AT: Final = re.compile(rf"{_BEING}(?P<where>(?i:{_AWAY}))")
_AT_PROPER: Final = re.compile(rf"{_BEING}(?P<where>{_PROPER})")
_NOW: Final = re.compile(
    r"\b(?:right now|at the moment|currently|as we speak|today|tonight|until (?:\d|half|noon|lunch|[a-z]+ o'clock)|"
    r"all (?:week|day)|"
    r"this (?:morning|afternoon|evening|week)|back (?:at school |in school |home )?(?:at|by|around) )"
)
_ARRIVING: Final = re.compile(
    r"\b(?:(?:have|has|'ve|just|safely|all|now) arrived (?:safely )?(?:at|in|on)|live from|checked in (?:at|to)|"
    r"currently (?:at|on|in|aboard|outside)|now (?:at|on board|boarding)|^here (?:at|in)|"
    r"on (?:our|the|their|his|her) way (?:to|back from|home from|into|over to)|"
    r"(?:we are|we're|are|is|now|just) (?:setting|heading) off (?:to|for)|en route to|spotted (?:at|outside)|"
    r"(?<!be )(?<!were )(?<!was )waiting (?:outside|at|by|near))"
    r"(?= (?!\d|becoming|being|success|victory|winning|a better|the next|full|half))[^.!?\n]{1,60}",
    re.MULTILINE,
)
_ALONE: Final = re.compile(
    r"\b(?:walk(?:s|ing)? (?:to school|home|back)(?: from school)? (?:alone|by (?:him|her|them)sel(?:f|ves)|"
    r"on (?:his|her|their) own)|"
    r"home alone|gets? (?:on|off) the (?:[\w]+ )?bus|catch(?:es)? the (?:[\w]+ )?bus|walks? (?:home )?(?:along|"
    r"through|down|past))"
    r"[^.!?\n]{0,60}"
)
_TIME: Final = (
    r"(?:\d{1,2}[.:]\d{2} ?(?:am|pm)?|\d{1,2} ?(?:am|pm)|(?:half|quarter) past \w+|quarter to \w+|"
    r"(?:\d{1,2}|[a-z]+) o'clock|noon|midday)"
)
_GOING: Final = (
    r"\b(?:trip|visit|visiting|outing|residential|coach|coaches|minibus|leav(?:e|es|ing)|depart(?:s|ing)?|"
    r"set(?:ting)? off|going|"
    r"heading|off|travel(?:ling|s)?|swimming|swim|walk(?:s|ing)?|will be|performing|playing|competing)\b[^.!?\n]{0,60}?"
    r"\b(?:to|for|at|from|outside) "
)
_PLANNED: Final = re.compile(
    rf"(?i:{_GOING})(?:(?i:{_AWAY})|{_PROPER})[^!?\n]{{0,80}}?(?i:\b{_TIME})|"
    rf"(?i:\b{_TIME})[^!?\n]{{0,60}}?(?i:{_GOING})(?:(?i:{_AWAY})|{_PROPER})"
)
_CHILDREN: Final = re.compile(
    r"\b(?:years?|yrs?|y\d|class|classes|pupils?|children|students?|reception|nursery|group|teams?|choir|squad|"
    r"band|orchestra|"
    r"we|we're|we've|us|they|they're|kids?|he|she|he's|she's|him|her|boys?|girls?|son|daughter)\b"
)
_SUBJECT: Final = re.compile(r"\b(?:we|they|he|she|i|you) ?$")
_PAST: Final = re.compile(
    r"\b(?:yesterday|last (?:week|month|term|year|night|[a-z]+day)|visited|went|was|were|had|loved|enjoyed|"
    r"got back|returned|"
    r"thank you (?:to|for)|thanks (?:to|for))\b"
)
_NO_PLACE: Final = re.compile(
    r"\b(?:(?:car park|open|parents'? evening|parents|governors?|dogs?|volunteers?|helpers?|doors|available|closed|"
    r"website|"
    r"facebook|instagram|twitter|youtube|tickets?)\b|school (?:gates?|field|hall)\b)"
)


def location_live(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield at most one stretch of each sentence that says where children are now, or will be and at what time."""
    masked = around.index.allowed.masked(passage.lower)
    named = {
        passage.sentence(start) for start in [*(n.start for n in around.names), *(c.start for c in around.classes)]
    }
    for number in range(len(passage.sentence_starts)):
        start, end = passage.sentence_bounds(number)
        sentence = masked[start:end]
        children = number in named or _CHILDREN.search(sentence)
        if not children or _NO_PLACE.search(sentence):
            continue
        cased = "".join(
            own if small == kept else kept
            for own, small, kept in zip(passage.text[start:end], passage.lower[start:end], sentence, strict=True)
        )
        found = _in_sentence(sentence, cased)
        if found is not None:
            match, rule = found
            first, last = _widened(sentence, match)
            yield Hit("location_live", start + first, start + last, rule, sentence[first:last], 0.8)


def _widened(sentence: str, match: "re.Match[str]") -> tuple[int, int]:
    """Take in the "we" before and the "right now" after."""
    subject = _SUBJECT.search(sentence[: match.start()])
    now = _NOW.match(sentence, match.end() + 1)
    end = now.end() if now else match.end()
    return (subject.start() if subject else match.start()), len(sentence[:end].rstrip(" ,;:"))


def _in_sentence(sentence: str, cased: str) -> "tuple[re.Match[str], str] | None":
    match = _ARRIVING.search(sentence)
    if match:
        return match, "location.arriving"
    past = _PAST.search(sentence)
    match = _AT.search(cased)
    if match and not past:
        return match, "location.now"
    match = _AT_PROPER.search(cased)
    if match and not past and _NOW.search(sentence) and not match["where"].startswith("Year"):
        return match, "location.now"
    match = _PLANNED.search(cased)
    if match and not past:
        return match, "location.planned"
    match = _ALONE.search(sentence)
    return (match, "location.alone") if match and not past else None
