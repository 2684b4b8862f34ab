"""The keys under which a pupil's name can stand in a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.analyze.detectors.details.folding import key_of
from services.analyze.detectors.details.vocabulary import nicknames
from services.register.models import Pupil

FULL: Final = "name_full"
PARTIAL: Final = "name_partial"
EXACT: Final = "exact"
NICKNAME: Final = "nickname"
REVERSED: Final = "reversed"
INITIAL: Final = "initial"
_PARTS: Final = re.compile(r"[\s\-]+")
_PARTICLES: Final = frozenset(
    {"al", "bin", "da", "das", "de", "del", "di", "dos", "el", "la", "le", "van", "von", "mc"}
)


@dataclass(frozen=True)
class Alias:
    """A key that means a pupil: `category` is what it would be found as, `match` how it differs from the name."""

    key: str
    category: str
    match: str
    forename: str
    surname: str


def forename_keys(pupil: Pupil) -> dict[str, str]:
    """Return the keys of everything a pupil is called by the first name, and how each differs from the roster."""
    called: dict[str, str] = {}
    for name in (pupil.preferred_forename, pupil.legal_forename):
        own = key_of(name)
        first = key_of(_PARTS.split(name.strip())[0])
        called.setdefault(own, EXACT)
        called.setdefault(first, EXACT)
        for short in nicknames().get(own, nicknames().get(first, frozenset())):
            called.setdefault(short, NICKNAME)
    called.pop("", None)
    return called


def surname_keys(pupil: Pupil) -> tuple[str, ...]:
    """Return the keys of a surname: the whole, and each part of a double-barrelled one."""
    whole = key_of(pupil.surname)
    parts = [key_of(part) for part in _PARTS.split(pupil.surname.strip())]
    kept = [part for part in parts if len(part) > 1 and part not in _PARTICLES]
    return tuple(dict.fromkeys([whole, *kept])) if whole else ()


def aliases(pupil: Pupil) -> Iterator[Alias]:
    """Yield the aliases of a pupil, the most exact first."""
    surnames = surname_keys(pupil)
    for forename, match in forename_keys(pupil).items():
        for surname in surnames:
            yield Alias(forename + surname, FULL, match, forename, surname)
            yield Alias(surname + forename, FULL, REVERSED, forename, surname)
            if surname == surnames[0]:
                yield Alias(forename + surname[0], PARTIAL, INITIAL, forename, surname[0])
                if match == EXACT:
                    yield Alias(forename[0] + surname, PARTIAL, INITIAL, forename[0], surname)
                    yield Alias(surname + forename[0], PARTIAL, REVERSED, forename[0], surname)
