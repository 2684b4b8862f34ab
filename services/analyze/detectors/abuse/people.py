"""Whom a comment is about, and who its author claims to be."""

import re
from collections.abc import Sequence
from functools import lru_cache

from services.analyze.detectors.abuse.matching import Hit
from services.analyze.detectors.abuse.result import AuthorRole, Target
from services.analyze.detectors.abuse.rules.rule import compile_any

_STAFF = compile_any(
    "<named>",
    "sir|miss|staff|lollipop",
    "(?:the|that|new) head|head ?(?:teacher|mistress|master|of)|deputy|principal|leadership",
    "teachers?|teaching|tas?|tutor|coach|caretaker|receptionist|bursar|governors?|senco|dinner lad(?:y|ies)",
)
_PUPIL = compile_any(
    "(?:year |y)(?:[1-9]|1[0-3])s?|reception (?:class|kids?)|sixth form(?:ers?)?",
    "kids?|child(?:ren)?|boys?|girls?|lad|pupils?|students?",
    "(?:your|her|his|my|our) (?:son|daughter)",
)
_PARENT = compile_any(
    "your (?:mum|dad|kids?|mum's)",
    "(?:his|her|their|that) (?:mum|mother|dad|father)",
    "parents?(?: like you)?|mothers?",
)
_SCHOOL = compile_any("school|academy|trust|office|you lot|you people|this place|slt")
_ADDRESSED = compile_any("you|your|he|she|him|her|his")
_MENTIONS = ((Target.STAFF, _STAFF), (Target.PARENT, _PARENT), (Target.PUPIL, _PUPIL), (Target.SCHOOL, _SCHOOL))
_CLAIMS = (
    (
        AuthorRole.FORMER_PUPIL,
        compile_any(
            "(?:ex|former|old)[- ](?:pupil|student|boy|girl)",
            r"i (?:left|went|used to go)(?: \w+){0,4} (?:in (?:19|20)\d\d|here|there|school)",
            "when i was (?:at|a pupil|a student)",
        ),
    ),
    (
        AuthorRole.STAFF,
        compile_any(
            "as a (?:teacher|member of staff|ta|governor)",
            "i (?:teach|work) (?:here|at|in)",
            "i'm (?:a|the) (?:teacher|ta|governor)",
        ),
    ),
    (
        AuthorRole.PARENT,
        compile_any(
            r"as (?:a|the) (?:\w+ )?(?:parent|mum|dad|mother|father|carer|guardian)",
            r"i'm (?:a|the|his|her) (?:\w+ )?(?:parent|mum|dad)",
            r"(?:my|our) (?:\w+ )?(?:sons?|daughters?|lads?|boys?|girls?|kids?|child|children|little one)",
            r"(?:my|our) (?:twins|eldest|youngest)",
        ),
    ),
    (
        AuthorRole.PUPIL,
        compile_any(
            r"i'm in year \d+|as a (?:pupil|student|year \d+)",
            "my (?:form tutor|form|teacher|class)|in my (?:year|class|form)|i go to this school",
        ),
    ),
)
_ABOUT_GROUPS = frozenset({"discriminatory", "extremist"})


def author_role(text: str) -> AuthorRole:
    """The role that the author of a normalised text claims."""
    return next((role for role, claim in _CLAIMS if claim.search(text)), AuthorRole.UNKNOWN)


class NameIndex:
    """The names of one school's staff and pupils, to be found in a text.

    A staff surname counts after a title or the first name; a pupil's first name counts when written with a capital.
    """

    def __init__(self, staff_names: Sequence[str], pupil_names: Sequence[str]) -> None:
        self._staff_full, self._staff_last = _full_and_parts(staff_names, last=True)
        self._pupil_full, self._pupil_first = _full_and_parts(pupil_names, last=False)

    def staff_in(self, text: str) -> bool:
        """Whether `text`, as it was written, names a member of staff."""
        words = _words(text)
        titled = {after.casefold() for before, after in words if before.casefold().strip(".") in _TITLES}
        return bool(titled & self._staff_last) or _any_pair(words, self._staff_full)

    def pupil_in(self, text: str) -> bool:
        """Whether `text`, as it was written, names a pupil."""
        words = _words(text)
        capital = {after.casefold() for _, after in words if after[0].isupper()}
        return bool(capital & self._pupil_first) or _any_pair(words, self._pupil_full)


_TITLES = frozenset({"mr", "mrs", "miss", "ms", "mx", "dr", "sir"})
_WORD = re.compile(r"[^\W\d_][\w'-]*\.?")


def _words(text: str) -> list[tuple[str, str]]:
    """Each word with the one before it, possessive endings and full stops left out."""
    words = [word.rstrip(".").removesuffix("'s").removesuffix("\u2019s") for word in _WORD.findall(text)]
    return list(zip(("", *words), words, strict=False))


def _any_pair(words: Sequence[tuple[str, str]], names: frozenset[str]) -> bool:
    return bool(names) and any(f"{before} {after}".casefold() in names for before, after in words)


def _full_and_parts(names: Sequence[str], *, last: bool) -> tuple[frozenset[str], frozenset[str]]:
    split = [[part for part in name.casefold().split() if part.strip(".") not in _TITLES] for name in names]
    full = frozenset(" ".join((parts[0], parts[-1])) for parts in split if len(parts) > 1)
    return full, frozenset(parts[-1] if last else parts[0] for parts in split if parts)


@lru_cache(maxsize=64)
def index_names(staff_names: tuple[str, ...], pupil_names: tuple[str, ...]) -> NameIndex:
    """The index of one school's names; the same names give the same index."""
    return NameIndex(staff_names, pupil_names)


def find_target(original: str, text: str, parent: str, names: NameIndex, hits: Sequence[Hit]) -> Target:
    """Whom the abuse is about: what stands in or near the hits first, then the whole text, then the parent comment.

    `original` and `text` are the comment as written and normalised, `parent` the comment it answers, normalised.
    """
    labels = {hit.rule.label for hit in hits}
    if names.pupil_in(original) or "grooming_contact" in labels:
        return Target.PUPIL
    if names.staff_in(original):
        return Target.STAFF
    if labels & _ABOUT_GROUPS and not _STAFF.search(text):
        return Target.GROUP
    answered = parent if _ADDRESSED.search(text) else ""
    default = Target.PUPIL if "bullying" in labels else Target.NONE
    places = (*(text[hit.start : hit.end] for hit in hits), text)
    own = next((found for place in places if (found := _mentioned(place))), None)
    return own or (_mentioned(answered) if default is Target.NONE else None) or default


def _mentioned(text: str) -> Target | None:
    return next((target for target, pattern in _MENTIONS if pattern.search(text)), None)
