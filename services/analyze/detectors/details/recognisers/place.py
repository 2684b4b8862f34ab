"""Where somebody lives: postcodes, addresses and coordinates that are not the school's own."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.folding import key_of
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings, cue_before
from services.analyze.detectors.details.vocabulary import words
from services.register.models import Pupil

_POSTCODE: Final = re.compile(
    r"(?<![A-Z0-9])(?:[BEGLMNSW]|[A-PR-UWYZ][A-HK-Z])\d(?:\d|[A-HJKMNPR-Y])? ?\d[ABD-HJLNP-UW-Z]{2}(?![A-Z0-9])",
    re.IGNORECASE,
)
_AREAS: Final = words("postcode_areas")
_ORDINAL: Final = re.compile(r"\d(?:st|nd|rd|th)$")
_KIND: Final = (
    r"(?:road|rd|street|st|lane|ln|close|avenue|ave|drive|crescent|cres|gardens|gdns|grove|court|place|terrace|"
    r"mews|way|walk|hill|"
    r"view|row|rise|square|green|park|parade|piece|gate|croft|orchard|meadows?|fields?|wharf|quay|bank|mount|vale|"
    r"brow|yard|wynd|loan)"
)
_NUMBERED: Final = re.compile(
    rf"(?<![\w£.:/-])(?:(?:flat|apartment|apt|"
    rf"unit) ?\w{{1,4}},? )?\d{{1,3}}[a-d]?,? (?P<street>(?:[a-z][a-z'-]+\.? ){{1,3}}{_KIND})\b"
)
_LIVES: Final = re.compile(
    r"\b(?:lives?|living|lived|live|home|house|flat|address|moved to|moving to|round to|stays?|staying|"
    r"belongs to the family|knock|"
    r"visit (?:him|her|them|us|me)|find (?:him|her|them|us|me)|pick(?:ed)? (?:me|us|him|her|them)? ?up from|"
    r"it is ours|ours|drop (?:it|them) "
    r"(?:at|off)|deliver(?:ed|y)?|came to)\b"
)
_LIVES_ON: Final = re.compile(
    rf"\b(?:lives?|living|moved|moving|house is|home is) (?:(?:\w+ ){{0,2}})?(?:on|in|at|to|down|along|"
    rf"opposite) (?P<street>(?:[a-z][a-z'-]+ ){{1,3}}{_KIND})\b"
)
_POSTCODE_REACH: Final = 40
_DECIMAL: Final = re.compile(
    r"(?<![\d.])(?P<lat>[+-]?\d{1,2}\.\d{3,})°? ?(?P<ns>[ns])?[,; ]\s*(?P<lon>[+-]?\d{1,3}\.\d{3,})°? ?(?P<ew>[ew])"
    r"?(?![\d.])"
)
_DEGREES: Final = re.compile(
    r"\d{1,2}° ?\d{1,2}' ?(?:[\d.]{1,6}\"? ?)?[ns][, ]+\d{1,3}° ?\d{1,2}' ?(?:[\d.]{1,6}\"? ?)?[ew]\b"
)
_THREE_WORDS: Final = re.compile(
    r"///[a-z]{3,}\.[a-z]{3,}\.[a-z]{3,}|(?:what3words|w3w)\b[^\w/]{1,4}(?:(?:is|"
    r"are) )?(?:///)?[a-z]{3,}\.[a-z]{3,}\.[a-z]{3,}"
)
_COORDINATES_CUE: Final = re.compile(
    r"\b(?:coord|coordinates|lat|long|gps|grid|pin|location|find (?:us|me|him|her|them)|map)"
)
_BRITISH_LATITUDES: Final = (49.0, 61.0)
_BRITISH_LONGITUDES: Final = (-9.0, 2.5)


def postcode(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield postcodes; in small letters only those of an area that exists."""
    for match in _POSTCODE.finditer(passage.text):
        written = match.group()
        key = key_of(written)
        area = re.match(r"[a-z]+", key)
        small = not written.isupper()
        if small and (_ORDINAL.search(key) or area is None or area.group() not in _AREAS):
            continue
        if key not in around.index.allowed.postcodes:
            subject = _only(pupil for pupil in around.index.pupils if key_of(pupil.postcode) == key)
            yield Hit("postcode", match.start(), match.end(), "postcode.format", key, 0.9 if small else 0.97, subject)


def address(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield a house number and a street, where a postcode follows, pupils live there, or the text says "lives at"."""
    lower = around.index.allowed.masked(passage.lower)
    for match in _streets(lower, around):
        known = match["street"] in around.index.streets
        if (
            known
            or _POSTCODE.search(lower[match.end() : match.end() + _POSTCODE_REACH])
            or cue_before(passage, match.start(), _LIVES, reach=60)
        ):
            key = key_of(match.group())
            subject = _only(
                pupil for pupil in around.index.pupils if pupil.address and key_of(pupil.address).startswith(key)
            )
            rule = "address.pupils_street" if known else "address.numbered"
            yield Hit("address", match.start(), match.end(), rule, key, 0.95, subject)
    for match in _LIVES_ON.finditer(lower):
        yield Hit(
            "address", match.start("street"), match.end("street"), "address.lives_on", key_of(match["street"]), 0.8
        )


def coords(passage: Passage, _around: Surroundings) -> Iterator[Hit]:
    """Yield coordinates in decimals or degrees, and three-word places."""
    for match in _DECIMAL.finditer(passage.lower):
        if _on_the_map(match) or cue_before(passage, match.start(), _COORDINATES_CUE):
            yield Hit("coords", match.start(), match.end(), "coords.decimal", key_of(match.group()), 0.9)
    for expression, rule in ((_DEGREES, "coords.degrees"), (_THREE_WORDS, "coords.three_words")):
        for match in expression.finditer(passage.lower):
            yield Hit("coords", match.start(), match.end(), rule, key_of(match.group()), 0.95)


def _streets(lower: str, around: Surroundings) -> Iterator["re.Match[str]"]:
    known = "|".join(re.escape(street) for street in sorted(around.index.streets, key=lambda each: (-len(each), each)))
    if known:
        yield from re.finditer(rf"(?<![\w£.:/-])\d{{1,4}}[a-d]?,? (?P<street>{known})\b", lower)
    for match in _NUMBERED.finditer(lower):
        if match["street"] not in around.index.streets:
            yield match


def _on_the_map(match: "re.Match[str]") -> bool:
    if match["ns"] and match["ew"]:
        return True
    latitude, longitude = float(match["lat"]), float(match["lon"])
    exact = min(len(match[name].partition(".")[2]) for name in ("lat", "lon")) >= 4  # noqa: PLR2004  # about ten metres
    low, high = _BRITISH_LATITUDES
    west, east = _BRITISH_LONGITUDES
    return exact and low <= latitude <= high and west <= longitude <= east


def _only(pupils: Iterator[Pupil]) -> Pupil | None:
    found = list(pupils)
    return found[0] if len(found) == 1 else None
