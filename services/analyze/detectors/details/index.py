"""A school's register, prepared for matching details."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import ahocorasick

from services.analyze.detectors.details.allow_list import AllowList
from services.analyze.detectors.details.folding import fold, key_of
from services.analyze.detectors.details.names.aliases import FULL, NICKNAME, Alias, aliases, forename_keys, surname_keys
from services.analyze.detectors.details.recognisers.classes import ClassNames
from services.register.models import Pupil, Roster, Staff

SHORTEST_TAG: Final = 7
LONGEST_NAME: Final = 5  # words
_STREET: Final = re.compile(r"(?:(?:flat|unit) [\w]+,? )?\d{1,5}[a-z]?,? (?P<street>[a-z][a-z' -]{3,40})")

T = TypeVar("T")


@dataclass(frozen=True)
class DetailsIndex:
    """Look-up tables over one roster; `named` gives by key who can be meant and as what."""

    pupils: tuple[Pupil, ...]
    named: Mapping[str, tuple[tuple[Pupil, Alias], ...]]
    by_forename: Mapping[str, tuple[Pupil, ...]]
    by_surname: Mapping[str, tuple[Pupil, ...]]
    staff_keys: frozenset[str]
    staff_surnames: frozenset[str]
    allowed: AllowList
    classes: ClassNames
    streets: frozenset[str]

    @cached_property
    def tags(self) -> Any:
        """Full names without blanks, for finding them inside hashtags and handles."""
        automaton = ahocorasick.Automaton()
        for key, meant in self.named.items():
            if len(key) >= SHORTEST_TAG and any(alias.category == FULL for _, alias in meant):
                automaton.add_word(key, key)
        automaton.make_automaton()
        return automaton

    def full_names(self, key: str) -> tuple[tuple[Pupil, Alias], ...]:
        """Return who has this key as a full name."""
        return tuple((pupil, alias) for pupil, alias in self.named.get(key, ()) if alias.category == FULL)


def build_index(roster: Roster) -> DetailsIndex:
    """Prepare a roster; the order of its pupils makes no difference."""
    pupils = tuple(sorted(roster.pupils, key=lambda pupil: pupil.ref))
    named: defaultdict[str, dict[str, tuple[Pupil, Alias]]] = defaultdict(dict)
    by_surname: defaultdict[str, dict[str, Pupil]] = defaultdict(dict)
    called: defaultdict[str, dict[str, Pupil]] = defaultdict(dict)
    nicknamed: defaultdict[str, dict[str, Pupil]] = defaultdict(dict)
    for pupil in pupils:
        for alias in aliases(pupil):
            named[alias.key].setdefault(pupil.ref, (pupil, alias))
        for forename, match in forename_keys(pupil).items():
            (nicknamed if match == NICKNAME else called)[forename][pupil.ref] = pupil
        for surname in surname_keys(pupil):
            by_surname[surname][pupil.ref] = pupil
    return DetailsIndex(
        pupils=pupils,
        named=_values(named),
        by_forename=_values(nicknamed | called),  # a nickname that somebody bears as a name means that pupil
        by_surname=_values(by_surname),
        staff_keys=frozenset(key for member in roster.staff for key in _staff_keys(member)),
        staff_surnames=frozenset(key_of(member.surname) for member in roster.staff),
        allowed=AllowList.of(roster.facts),
        classes=ClassNames.of(pupils),
        streets=frozenset(_streets(pupils)),
    )


def _values(groups: Mapping[str, Mapping[str, T]]) -> dict[str, tuple[T, ...]]:
    return {key: tuple(meant.values()) for key, meant in groups.items()}


def _staff_keys(member: Staff) -> tuple[str, ...]:
    forename, surname = key_of(member.forename), key_of(member.surname)
    return (forename + surname, surname + forename, forename[:1] + surname) if forename else (surname,)


def _streets(pupils: Iterable[Pupil]) -> Iterator[str]:
    """Yield the streets that pupils live in, in small letters: addresses without their number and town."""
    for pupil in pupils:
        match = _STREET.match(fold(pupil.address).text.lower())
        if match:
            yield match["street"].strip()
