"""Examines the texts of a post: its own words, alternative texts, file names and the place."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from schemas.content import Content
from services.analyze.detectors.details.drafts import NONE, hit_draft, name_draft
from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.names.find import find_names, resolve
from services.analyze.detectors.details.names.mention import Mention
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.catalog import recognise
from services.analyze.detectors.details.recognisers.classes import ClassMention
from services.analyze.detectors.details.recognisers.hit import Surroundings
from services.analyze.detectors.details.recognisers.place import address, coords, postcode
from services.analyze.detectors.detector import FindingDraft


@dataclass(frozen=True)
class Examined:
    """What the texts of a post hold: findings, references of the pupils seen, and the classes for reading its pictures."""

    drafts: tuple[FindingDraft, ...]
    subjects: frozenset[str]
    classes: tuple[ClassMention, ...]


def passages_of(content: Content) -> Iterator[Passage]:
    """Yield the parts of a post that hold text."""
    parts = {"text": content.text, "place": content.place}
    for key, words in content.attachments.items():
        parts[f"alt_text:{key}"] = words.alt_text
        parts[f"file_name:{key}"] = PurePosixPath(words.file_name).stem if words.file_name else None
    for part, text in parts.items():
        if text and text.strip():
            yield Passage(part, text)


def examine_texts(index: DetailsIndex, content: Content, image: str) -> Examined:
    """Examine all texts of a post; `image` is `none`, `single` or `group`."""
    drafts: list[FindingDraft] = []
    subjects: set[str] = set()
    passages = list(passages_of(content))
    classes = {passage.part: tuple(index.classes.find(passage)) for passage in passages}
    everywhere = tuple(each for found in classes.values() for each in found)
    for passage in passages:
        if passage.part == "place":
            around = Surroundings(index)
            hits = [hit for recogniser in (postcode, address, coords) for hit in recogniser(passage, around)]
            drafts += [hit_draft(passage, hit, image) for hit in hits]
            continue
        names = _names(passage, index, classes[passage.part], everywhere, image)
        drafts += [name_draft(passage, name, image) for name in names]
        subjects |= {pupil.ref for name in names for pupil in name.pupils}
        if not passage.part.startswith("file_name"):
            around = Surroundings(index, names, classes[passage.part])
            drafts += [hit_draft(passage, hit, image) for hit in recognise(passage, around)]
    return Examined(tuple(drafts), frozenset(subjects), everywhere)


def _names(
    passage: Passage,
    index: DetailsIndex,
    classes: tuple[ClassMention, ...],
    everywhere: tuple[ClassMention, ...],
    image: str,
) -> tuple[Mention, ...]:
    names = find_names(passage, index, classes, has_image=image != NONE)
    return resolve(names, passage, classes or everywhere)
