"""What a recogniser is given, and what it returns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from re import Pattern
from typing import Final

from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.names.mention import Mention
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.classes import ClassMention
from services.register.models import Pupil

NEAR: Final = 1
"""How many sentences away a name still belongs to what is said."""


@dataclass(frozen=True)
class Hit:
    """Something found in the folded text from `start` to `end`; `match` is its normalised form."""

    category: str
    start: int
    end: int
    rule_id: str
    match: str
    confidence: float
    subject: Pupil | None = None
    band: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What else is known of the passage: the roster, the names in it and the classes."""

    index: DetailsIndex
    names: Sequence[Mention] = ()
    classes: Sequence[ClassMention] = ()

    def people_near(self, passage: Passage, place: int, sentences: int = NEAR) -> tuple[Mention, ...]:
        """Return the children named in the sentence of `place` or at most so many sentences away, nearest first."""
        here = passage.sentence(place)
        near = [name for name in self.names if abs(passage.sentence(name.start) - here) <= sentences]
        return tuple(sorted(near, key=lambda name: abs(name.start - place)))

    def subject_near(self, passage: Passage, place: int) -> Pupil | None:
        """Return the pupil whom the nearest name means, when it means one."""
        near = self.people_near(passage, place)
        return near[0].pupils[0] if near and len(near[0].pupils) == 1 else None


Recogniser = Callable[[Passage, Surroundings], Iterator[Hit]]


def cue_before(passage: Passage, start: int, cue: Pattern[str], reach: int = 40) -> bool:
    """Tell whether a cue stands shortly before a place, in the same sentence."""
    sentence_start, _ = passage.sentence_bounds(passage.sentence(start))
    return bool(cue.search(passage.lower[max(sentence_start, start - reach) : start]))


def cue_in_sentence(passage: Passage, start: int, cue: Pattern[str]) -> bool:
    """Tell whether a cue stands in the sentence of a place."""
    return bool(cue.search(passage.sentence_text(passage.sentence(start))))
