"""Full names inside hashtags and handles."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.folding import key_of
from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.names.mention import Mention
from services.analyze.detectors.details.passage import Passage

CATEGORY: Final = "name_tag"
_TAG: Final = re.compile(r"(?<![\w/])[#@]\w[\w.\-]*\w|(?<![\w/])[#@]\w")
_CONFIDENCE: Final = 0.9
_SURE: Final = 10
"""A name of so many letters is one wherever it stands in a tag; a shorter one must begin or end a word of it."""


def tagged_names(passage: Passage, index: DetailsIndex) -> Iterator[Mention]:
    """Yield the tags that hold a pupil's full name; the school's own tags are passed over."""
    if not len(index.tags):
        return
    for match in _TAG.finditer(passage.text):
        key = key_of(match.group())
        if key in index.allowed.tags:
            continue
        best = max(_names(key, _word_bounds(match.group()), index), key=len, default="")
        if best:
            pupils = tuple(pupil for pupil, _ in index.full_names(best))
            yield Mention(CATEGORY, match.start(), match.end(), "tag", key, pupils, _CONFIDENCE)


def _names(key: str, bounds: frozenset[int], index: DetailsIndex) -> Iterator[str]:
    for last, name in index.tags.iter(key):
        start = last + 1 - len(name)
        ends_a_word = {start, last + 1} <= bounds
        at_the_edge = start == 0 or last + 1 == len(key.rstrip("0123456789"))
        if ends_a_word or len(name) >= _SURE or (at_the_edge and bounds <= {0, len(key)}):
            yield str(name)


def _word_bounds(tag: str) -> frozenset[int]:
    """Return where words begin and end, counted in the letters of the tag's key."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", tag)
    bounds = [0]
    for word in words:
        bounds.append(bounds[-1] + len(key_of(word)))
    return frozenset(bounds)
