"""Numbers that name one person or car: unique pupil number, NHS number, National Insurance number, registration."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.folding import key_of
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings, cue_before, cue_in_sentence

_UPN: Final = re.compile(
    r"(?<![A-Z0-9])([A-Z])[ -]?(\d{3})[ -]?(\d{4})[ -]?(\d{2})[ -]?(\d{2})([\dA-Z])(?![A-Z0-9])", re.IGNORECASE
)
_UPN_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN_CUE: Final = re.compile(r"\b(?:upn|unique pupil number)\b")
_NHS: Final = re.compile(r"(?<![\d+£$.,/-])(?:\d{3}([ -])\d{3}\1\d{4}|\d{10})(?![\d/]|[.,-]\d)")
_NHS_CUE: Final = re.compile(r"\bnhs\b")
_NINO: Final = re.compile(r"(?<![A-Z0-9])([A-Z]{2})[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D](?![A-Z0-9])", re.IGNORECASE)
_NINO_CUE: Final = re.compile(r"\b(?:ni|nino|n\.i\.|national insurance)\b")
_NINO_FIRST: Final = frozenset("ABCEGHJKLMNOPRSTWXYZ")
_NINO_SECOND: Final = frozenset("ABCEGHJKLMNPRSTWXYZ")
_NINO_NEVER: Final = frozenset({"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"})
_VRM: Final = re.compile(r"(?<![A-Z0-9])[A-HJ-PR-Y]{2}(?:0[2-9]|[1-7]\d) ?[A-HJ-PR-Z]{3}(?![A-Z0-9])")
_VRM_OLD: Final = re.compile(
    r"(?<![A-Z0-9])(?:[A-HJ-NPR-TV-Y]\d{1,3} ?[A-HJ-PR-Z]{3}|[A-HJ-PR-Z]{3} ?\d{1,3}[A-HJ-NPR-TV-Y]|"
    r"[A-Z]{2}\d{2} ?[A-Z]{3})(?![A-Z0-9])",
    re.IGNORECASE,
)
_VRM_CUE: Final = re.compile(
    r"\b(?:reg|registration|registered|plate|plates|number ?plate|car|cars|van|vehicle|parked|parking|driver|"
    r"driving|ford|audi|bmw|"
    r"vauxhall|volvo|nissan|toyota|kia|fiat|vw|golf|corsa|fiesta|astra|mercedes|skoda|tesla|range rover|land rover|"
    r"lights on)\b"
)


def upn(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield unique pupil numbers: by the check letter, by the roster, or because the text says so.

    No local authority's code is refused: codes exist that common lists lack.
    """
    for match in _UPN.finditer(passage.text):
        number = key_of(match.group()).upper()
        subject = next((pupil for pupil in around.index.pupils if pupil.upn == number), None)
        if subject is not None or upn_check_letter(number[1:]) == number[0]:
            yield Hit("upn", match.start(), match.end(), "upn.check_letter", number, 0.99, subject)
        elif cue_before(passage, match.start(), _UPN_CUE):
            yield Hit("upn", match.start(), match.end(), "upn.named", number, 0.8)


def upn_check_letter(rest: str) -> str:
    """Return the check letter for the 12 characters after it, of which the last may be a letter (temporary number)."""
    values = [_UPN_LETTERS.find(each) if each.isalpha() else int(each) for each in rest]
    return _UPN_LETTERS[sum(value * weight for weight, value in enumerate(values, start=2)) % 23]


def nhs(passage: Passage, _around: Surroundings) -> Iterator[Hit]:
    """Yield NHS numbers: ten digits with the right last one, in groups of 3, 3 and 4 or named as such."""
    for match in _NHS.finditer(passage.text):
        digits = "".join(each for each in match.group() if each.isdigit())
        grouped = match[1] is not None
        if nhs_is_valid(digits) and (grouped or cue_before(passage, match.start(), _NHS_CUE)):
            yield Hit("nhs", match.start(), match.end(), "nhs.check_digit", digits, 0.97 if grouped else 0.99)


def nhs_is_valid(digits: str) -> bool:
    """Tell whether the tenth digit is the check digit of the nine before it."""
    check = 11 - sum(int(each) * weight for each, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(digits[9]) and len(set(digits)) > 1


def nino(passage: Passage, _around: Surroundings) -> Iterator[Hit]:
    """Yield National Insurance numbers: by their prefix, or any that the text calls one."""
    for match in _NINO.finditer(passage.text):
        prefix = match[1].upper()
        possible = prefix[0] in _NINO_FIRST and prefix[1] in _NINO_SECOND and prefix not in _NINO_NEVER
        named = cue_before(passage, match.start(), _NINO_CUE)
        if named or (possible and match[1].isupper()):
            yield Hit(
                "nino", match.start(), match.end(), "nino.format", key_of(match.group()), 0.97 if possible else 0.9
            )


def vrm(passage: Passage, _around: Surroundings) -> Iterator[Hit]:
    """Yield vehicle registrations: today's format in capitals as it is, older ones beside a word about cars."""
    end = 0
    for match in sorted(
        [*_VRM.finditer(passage.text), *_VRM_OLD.finditer(passage.text)], key=lambda each: each.start()
    ):
        current = match.re is _VRM
        if match.start() >= end and (current or cue_in_sentence(passage, match.start(), _VRM_CUE)):
            end = match.end()
            yield Hit("vrm", match.start(), end, "vrm.current" if current else "vrm.older", key_of(match.group()), 0.9)
