"""Ways to reach a person: telephone numbers and e-mail addresses that are not the school's own."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.allow_list import national_number
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings, cue_before

_SEPARATOR: Final = r"(?:[ \u00a0.\-/]{0,3}|\) ?)"
_PHONE: Final = re.compile(
    rf"(?<![\w£$+.,/-])(?:(?:\+|00) ?44{_SEPARATOR}(?:\(0\))?{_SEPARATOR}|\(?0)(?:\d{_SEPARATOR}){{8,9}}\d(?![\d/]|"
    rf"[.,]\d|\w)"
)
_LOCAL: Final = re.compile(r"(?<![\w£$+.,/-])\d{3,4}[ -]?\d{3,4}(?![\d/%]|[.,]\d|\w| ?-| \d)")
_CALL_CUE: Final = re.compile(
    r"\b(?:ring|call|text|phone|telephone|tel|mobile|mob|whats ?app|msg|message|number is|ext)(?: (?:me|us|him|her|"
    r"them|mum|dad|home))?"
    r"(?: (?:on|at))?[ :.]+$"
)
_LOCAL_DIGITS: Final = range(6, 9)
_NUMBERING: Final = re.compile(
    r"0(?:7[1-9]\d{8}|1\d{8,9}|2\d{9}|3[0347]\d{8}|5[56]\d{8}|8(?:00\d{6,7}|[04-7]\d{8})|9[018]\d{8})$"
)
_NO_PHONE_CUE: Final = re.compile(
    r"\b(?:charity|company|order|invoice|ref|reference|isbn|account|sort code|registered|urn|ticket)(?: (?:number|"
    r"no))?[ .:#]*$"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[a-z0-9][\w.+-]*(?:@| ?[\[(] ?at ?[\])] ?)"
    r"(?:[a-z0-9-]+(?:\.| ?[\[(] ?dot ?[\])] ?))+[a-z]{2,}(?![\w-])|"
    r"(?<![\w.+-])[a-z0-9][\w.+-]*(?: dot \w+){0,2} at [a-z0-9-]+ dot (?:[a-z]{2,3} dot )?(?:com|org|net|uk|co|"
    r"example|me|io)\b"
)
_AT: Final = re.compile(r" ?[\[(] ?at ?[\])] ?| at ")
_DOT: Final = re.compile(r" ?[\[(] ?dot ?[\])] ?| dot ")


def phone(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield UK telephone numbers; numbers without an area code only where the text says to ring them."""
    for match in _PHONE.finditer(passage.text):
        number = national_number(match.group())
        named_otherwise = cue_before(passage, match.start(), _NO_PHONE_CUE)
        if _NUMBERING.match(number) and number not in around.index.allowed.phones and not named_otherwise:
            yield Hit("phone", match.start(), match.end(), "phone.national", number, 0.97)
    for match in _LOCAL.finditer(passage.text):
        number = national_number(match.group())
        if (
            len(number) in _LOCAL_DIGITS
            and cue_before(passage, match.start(), _CALL_CUE)
            and not any(known.endswith(number) for known in around.index.allowed.phones)
        ):
            yield Hit("phone", match.start(), match.end(), "phone.local", number, 0.8)


def email(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield e-mail addresses, also those spelled with "at" and "dot"."""
    for match in _EMAIL.finditer(passage.lower):
        address = _DOT.sub(".", _AT.sub("@", match.group()))
        if not around.index.allowed.has_email(address):
            yield Hit("email", match.start(), match.end(), "email.address", address, 0.97)
