"""Names written out: forename and surname in either order, with middle names, or one of the two as an initial."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.analyze.detectors.details.index import LONGEST_NAME
from services.analyze.detectors.details.names.aliases import EXACT, FULL, INITIAL, NICKNAME, PARTIAL, REVERSED, Alias
from services.analyze.detectors.details.names.mention import CHILD_TITLES, Mention, Reading
from services.analyze.detectors.details.vocabulary import forenames, ordinary_words
from services.register.models import Pupil

MIDDLE: Final = "middle"
_CONFIDENCE: Final = {EXACT: 0.99, NICKNAME: 0.93, REVERSED: 0.95, MIDDLE: 0.9, INITIAL: 0.85}
_RUN_TOGETHER: Final = 8
_WORD_INITIALS: Final = frozenset({"a", "i"})
_AFTER_INITIAL: Final = frozenset({"", ".", ",", ")", "!", "?", "&", "\n", "-", ";", ":", "/"})
_SHORT: Final = 6
_MIDDLE_NAMES: Final = (2, 3)  # words from the first to the last, with one or two between
_SHORT_GAP: Final = 3
Meant = tuple[tuple[Pupil, Alias], ...]


def take_staff(reading: Reading) -> None:
    """Take out the names of staff, and whatever follows an adult's title."""
    index = reading.index
    for place in range(len(reading.words)):
        for last in (place + 2, place + 1, place):
            if last >= len(reading.words) or not reading.joined(place, last):
                continue
            key = "".join(word.key for word in reading.words[place : last + 1])
            named = key in index.staff_keys and last > place and not index.full_names(key)
            if named or (last == place and _only_titled(reading, place)):
                reading.take(place, last)
                break


def _only_titled(reading: Reading, place: int) -> bool:
    """A titled word is an adult's name, with the capital word after it; a pupil's full name stays one."""
    if not reading.titled(place) or not reading.capital(place):
        return False
    after = reading.after(place)
    before = reading.before(place)
    if after is None or not after.capital:
        return True
    key = reading.words[place].key + after.key
    if reading.index.full_names(key) and before is not None and before.key in CHILD_TITLES:
        return key in reading.index.staff_keys
    reading.take(place + 1, place + 1)
    return True


def whole_names(reading: Reading) -> Iterator[Mention]:
    """Yield names of two words and more, the longest first at each place; their words are taken."""
    for first in range(len(reading.words)):
        for last in range(min(first + LONGEST_NAME, len(reading.words)) - 1, first - 1, -1):
            mention = _at(reading, first, last)
            if mention is not None:
                reading.take(first, last)
                yield mention
                break


def _at(reading: Reading, first: int, last: int) -> Mention | None:
    comma = last > first and "," in reading.gap(last - 1)
    words = reading.words[first : last + 1]
    key = "".join(word.key for word in words)
    meant = reading.index.named.get(key, ())
    together = reading.joined(first, last) if not comma else reading.gap(last - 1).strip() == ","
    if meant and together and not any(reading.taken[first : last + 1]):
        chosen = _chosen(reading, first, last, meant, comma=comma)
        if chosen:
            return _mention(reading, first, last, key, chosen)
    return _with_middle_name(reading, first, last)


def _chosen(reading: Reading, first: int, last: int, meant: Meant, *, comma: bool) -> Meant:
    full = tuple(
        (pupil, alias)
        for pupil, alias in meant
        if alias.category == FULL and _fits(reading, first, last, alias, comma=comma)
    )
    if full:
        return full
    fits = _initial_after_comma if comma else _initial
    return tuple(
        (pupil, alias) for pupil, alias in meant if alias.category == PARTIAL and fits(reading, first, last, alias)
    )


def _fits(reading: Reading, first: int, last: int, alias: Alias, *, comma: bool) -> bool:
    if comma and alias.match != REVERSED:
        return False
    if alias.match == REVERSED and (alias.surname in forenames() or alias.surname in reading.index.by_forename):
        return False  # "Thomas, Amelia and Jack" is a list of first names
    ordinary = {alias.forename, alias.surname} <= ordinary_words()
    if first == last:
        return len(alias.key) >= _RUN_TOGETHER and not ordinary
    if all(reading.capital(place) for place in range(first, last + 1)):
        return True
    return not ordinary and len(alias.key) >= _SHORT and alias.match != REVERSED


def _initial(reading: Reading, first: int, last: int, alias: Alias) -> bool:
    """Forename with an initial, or the other way round; "Grace I think" and "a Green light" are neither."""
    if (
        last == first
        or alias.match == REVERSED
        or not (reading.capital(first) and reading.capital(last))
        or reading.passage.shouted
    ):
        return False
    text = reading.passage.text
    if len(reading.words[last].key) == 1:
        following = text[reading.words[last].end : reading.words[last].end + 1]
        if following in ("'", "*"):
            return False
        return following in _AFTER_INITIAL or reading.words[last].key not in _WORD_INITIALS
    if len(alias.forename) != 1 or len(reading.words[first].key) != 1:
        return False
    before = reading.before(first)
    middle = before is not None and before.capital  # "Samuel L Jackson"
    dotted = reading.gap(first).startswith(".")
    return not middle and (dotted or (reading.words[first].key not in _WORD_INITIALS))


def _initial_after_comma(reading: Reading, first: int, last: int, alias: Alias) -> bool:
    """Surname, comma and initial, as in a list of results."""
    capitals = reading.capital(first) and reading.capital(last)
    return capitals and alias.match == REVERSED and len(reading.words[last].key) == 1


def _with_middle_name(reading: Reading, first: int, last: int) -> Mention | None:
    """Find a forename and a surname with a capital word or a nickname in quotes or brackets between them."""
    if last - first not in _MIDDLE_NAMES or any(reading.taken[first : last + 1]):
        return None
    meant = reading.index.full_names(reading.words[first].key + reading.words[last].key)
    meant = tuple((pupil, alias) for pupil, alias in meant if alias.match != REVERSED)
    gaps = [reading.gap(place).strip() for place in range(first, last)]
    near = all(len(gap) < _SHORT_GAP and not set(gap) & set(".,!?;:&+/\n") for gap in gaps)
    if not meant or not near or not all(reading.capital(place) for place in range(first, last + 1)):
        return None
    return _mention(reading, first, last, meant[0][1].key, meant, MIDDLE)


def _mention(
    reading: Reading, first: int, last: int, key: str, meant: Sequence[tuple[Pupil, Alias]], match: str | None = None
) -> Mention:
    kinds = [match or alias.match for _, alias in meant]
    best = max(kinds, key=lambda kind: _CONFIDENCE[kind])
    return Mention(
        category=meant[0][1].category,
        start=reading.words[first].start,
        end=reading.words[last].end,
        match=best,
        key=key,
        pupils=tuple(pupil for pupil, _ in meant),
        confidence=_CONFIDENCE[best],
    )
