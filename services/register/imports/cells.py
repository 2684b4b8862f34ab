"""What the cells of an export may contain. Each reader returns the value, or raises with the reason's code."""

import re
import unicodedata
from datetime import date, datetime
from typing import Final

from services.register.models import NO, UNKNOWN, YES

UPN_ALPHABET: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The letters of unique pupil numbers, by value: without I, O and S, which look like digits."""
_UPN: Final = re.compile(rf"[{UPN_ALPHABET}][0-9]{{11}}[0-9{UPN_ALPHABET}]")
_DATE_FORMS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d", "%d/%m/%y")
_TIME_OF_DAY: Final = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_EARLIEST: Final = date(1900, 1, 1)
_CONSENTS: Final = {
    "": UNKNOWN,
    **dict.fromkeys(("yes", "y", "true", "1"), YES),
    **dict.fromkeys(("no", "n", "false", "0"), NO),
}


class CellRefused(ValueError):
    """The message is the reason's code (problems.SENTENCES), never the cell."""


def text(cell: str, *, longest: int, must: bool = False) -> str:
    """Read words; refuse an empty cell where there must be some."""
    if must and not cell:
        raise CellRefused("empty")
    if len(cell) > longest:
        raise CellRefused("too_long")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in cell):
        raise CellRefused("not_text")
    return cell


def day(cell: str, today: date) -> date | None:
    """Read a date in the ISO or a British form, two digits of a year meaning this century; empty is None."""
    if not cell:
        return None
    bare = _TIME_OF_DAY.sub("", cell)
    for form in _DATE_FORMS:
        try:
            read = datetime.strptime(bare, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
        if form.endswith("%y") and read.year < 2000:  # noqa: PLR2004  # strptime reads 69 to 99 as the last century
            read = read.replace(year=read.year + 100)
        if not _EARLIEST <= read <= today:
            raise CellRefused("date_out_of_range")
        return read
    raise CellRefused("not_a_date")


def consent(cell: str) -> str:
    """Read a consent: `yes`, `no`, or `unknown` for an empty cell."""
    try:
        return _CONSENTS[cell.lower()]
    except KeyError:
        raise CellRefused("not_a_consent") from None


def yes_or_no(cell: str) -> bool:
    """Read a statement; an empty cell is no."""
    try:
        return _CONSENTS[cell.lower()] == YES
    except KeyError:
        raise CellRefused("not_yes_or_no") from None


def upn_doubt(upn: str) -> str | None:
    """Return the code of what is odd about a unique pupil number; None for a good or an empty one.

    Only the form and the check letter are looked at: new local authority codes appear faster than lists of them.
    """
    if not upn:
        return None
    if not _UPN.fullmatch(upn):
        return "upn_form"
    values = (int(mark) if mark.isdigit() else UPN_ALPHABET.index(mark) for mark in upn[1:])
    weighted = sum(weight * value for weight, value in enumerate(values, 2))
    return None if UPN_ALPHABET[weighted % len(UPN_ALPHABET)] == upn[0] else "upn_check_letter"
