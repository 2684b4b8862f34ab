"""All names in one part of a post, and who is meant."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.names.aliases import FULL
from services.analyze.detectors.details.names.first import CATEGORY as FIRST
from services.analyze.detectors.details.names.first import first_names
from services.analyze.detectors.details.names.mention import Mention, Reading
from services.analyze.detectors.details.names.other_child import other_children
from services.analyze.detectors.details.names.tags import tagged_names
from services.analyze.detectors.details.names.typos import misspelled_names
from services.analyze.detectors.details.names.whole import take_staff, whole_names
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.classes import ClassMention
from services.register.models import Pupil

TELLING: Final = (FULL, "name_tag")


def find_names(
    passage: Passage, index: DetailsIndex, classes: Sequence[ClassMention], *, has_image: bool
) -> tuple[Mention, ...]:
    """Return the names in a passage in order, each with the pupils it can mean."""
    reading = Reading(passage, index)
    mentions = [*tagged_names(passage, index)]
    take_staff(reading)
    mentions += whole_names(reading)
    mentions += misspelled_names(reading)
    mentions += other_children(reading, classes)
    mentions += first_names(reading, classes, has_image=has_image)
    return tuple(sorted(mentions, key=lambda mention: (mention.start, mention.end)))


def resolve(mentions: Iterable[Mention], passage: Passage, classes: Sequence[ClassMention]) -> tuple[Mention, ...]:
    """Narrow down whom each name means, by the class beside it, the classes of the post, and the other names.

    A first name of a pupil who is named in full adds nothing and is left out.
    """
    everybody = list(mentions)
    certain = [mention for mention in everybody if mention.category in TELLING]
    named = {pupil.ref for mention in certain for pupil in mention.pupils}
    families = {pupil.surname for mention in certain for pupil in mention.pupils}
    kept = []
    for mention in everybody:
        if mention.category == FIRST and any(pupil.ref in named for pupil in mention.pupils):
            continue
        sentence = passage.sentence(mention.start)
        beside = [each for each in classes if passage.sentence(each.start) == sentence]
        pupils = _narrowed(mention.pupils, [_nearest(mention, beside), beside, classes])
        if len(pupils) > 1 and mention.category == FIRST:
            pupils = tuple(pupil for pupil in pupils if pupil.surname in families) or pupils
        kept.append(replace(mention, pupils=pupils))
    return tuple(kept)


def _nearest(mention: Mention, classes: Sequence[ClassMention]) -> list[ClassMention]:
    after = [each for each in classes if each.start >= mention.end]
    return [min(after, key=lambda each: each.start)] if after else []


def _narrowed(pupils: tuple[Pupil, ...], steps: Sequence[Sequence[ClassMention]]) -> tuple[Pupil, ...]:
    for classes in steps:
        if len(pupils) < 2:  # noqa: PLR2004  # one is certain
            break
        fitting = tuple(pupil for pupil in pupils if any(each.fits(pupil) for each in classes))
        pupils = fitting or pupils
    return pupils
