"""The word lists of this package: nicknames, forenames, and names that are ordinary words."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from services.analyze.detectors.details.folding import key_of


def lines(name: str) -> list[str]:
    """Return the lines of `data/<name>.txt`."""
    text = (files(__package__) / "data" / f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def words(name: str) -> frozenset[str]:
    """Return the words of `data/<name>.txt`."""
    return frozenset(word for line in lines(name) for word in line.split())


def ordinary_words() -> frozenset[str]:
    """Return the names that are also words, as keys."""
    return words("ordinary_words")


@cache
def forenames() -> frozenset[str]:
    """Return forenames in common use, nicknames included, as keys."""
    return words("forenames") | frozenset(nicknames())


@cache
def nicknames() -> Mapping[str, frozenset[str]]:
    """Return by the key of a forename the keys of what its bearer may be called.

    Known both ways between a name and its short forms, but not from one short form to another.
    """
    called: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines("nicknames"):
        formal, *short = (key_of(name) for name in line.split(","))
        called[formal].update(short)
        for name in short:
            called[name].add(formal)
    return {name: frozenset(others) for name, others in called.items()}
