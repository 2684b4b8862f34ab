"""Passwords, keys, codes and log-ins that a post gives away."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings
from services.analyze.detectors.details.vocabulary import words

_WHAT: Final = (
    r"(?:pass ?word|pass ?code|passphrase|pwd|pw|wi-?fi (?:key|code)|wpa key|network key|(?:pin|pin (?:number|code))|"
    r"(?:access|door|gate|entry|alarm|key ?pad|security|class|join|room|lock|meeting|zoom|teams|safe|"
    r"invite) (?:code|pin|id|key)|"
    r"code for (?:the|our) (?:\w+ ){1,3}|meeting id|user ?name|log[ -]?in|log ?on|pass(?=:))"
)
_GIVEN: Final = re.compile(
    rf"\b{_WHAT}[^.!?\n]{{0,40}}?(?:\bis(?: now| still)?|\bare|[:=]|->| - )\s*"
    r"[\"'(]*(?P<value>[^\s\"',;()]{3,40})",
    re.IGNORECASE,
)
_BESIDE: Final = re.compile(
    rf"\b{_WHAT}s? [\"'(]*(?P<value>\d[\d ]{{5,}}\d|(?=[^\s\"',;()]*\d)[^\s\"',;()]{{4,40}})",
    re.IGNORECASE,
)
_SPACED_DIGITS: Final = re.compile(r"\d[\d ]{2,}\d")
_CLOSING: Final = ".!?"
_NAMED_WITH_COLON: Final = re.compile(r"[:=]\s*[\"'(]*$")
_NO_VALUE: Final = words("no_secrets")
_SHORTEST_WORD: Final = 5


def credential(passage: Passage, _around: Surroundings) -> Iterator[Hit]:
    """Yield the value that is given for a password, a key, a code or a log-in."""
    end = 0
    found = [*_GIVEN.finditer(passage.text), *_BESIDE.finditer(passage.text)]
    for match in sorted(found, key=lambda each: (each.start("value"), each.start())):
        start, stop = _value(passage.text, match)
        if start >= end and _is_secret(passage.text, match, start, stop):
            end = stop
            yield Hit("credential", start, stop, "credential.given", passage.lower[start:stop], 0.9)


def _value(text: str, match: "re.Match[str]") -> tuple[int, int]:
    start, end = match.span("value")
    digits = _SPACED_DIGITS.match(text, start)
    end = max(end, digits.end()) if digits else end
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    return start, end


def _is_secret(text: str, match: "re.Match[str]", start: int, end: int) -> bool:
    value = text[start:end]
    if value.lower() in _NO_VALUE or "://" in value or "£" in value:
        return False
    if any(letter.isdigit() for letter in value):
        return True
    pointed = bool(_NAMED_WITH_COLON.search(text[match.start() : start])) or text[start - 1] in "\"'"
    mixed = not value.islower() and value[1:] != value[1:].lower()
    return (pointed or mixed) and len(value) >= _SHORTEST_WORD
