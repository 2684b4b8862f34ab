"""Examines the texts of a post: its own words, alternative texts, file names and the place."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from schemas.content import Content
from services.analyze.detectors.details.drafts import NONE, Found, found_detail, found_name
from services.analyze.detectors.details.index import DetailsIndex
from services.analyze.detectors.details.names.find import find_names, resolve
from services.analyze.detectors.details.names.mention import Mention
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.catalog import recognise
from services.analyze.detectors.details.recognisers.classes import ClassMention
from services.analyze.detectors.details.recognisers.hit import Surroundings
from services.analyze.detectors.details.recognisers.place import address, coords, postcode

TEXT: Final = "text"
ALT_TEXT: Final = "alt_text"
FILE_NAME: Final = "file_name"
PLACE: Final = "place"


@dataclass(frozen=True)
class Examined:
    """What the texts of a post hold, and the classes they name, which help to read its pictures."""

    found: tuple[Found, ...]
    classes: tuple[ClassMention, ...]


def passages_of(content: Content) -> Iterator[Passage]:
    """Yield the parts of a post that hold text."""
    parts = {TEXT: content.text, PLACE: content.place}
    for key, words in content.attachments.items():
        parts[f"{ALT_TEXT}:{key}"] = words.alt_text
        parts[f"{FILE_NAME}:{key}"] = PurePosixPath(words.file_name).stem if words.file_name else None
    for part, text in parts.items():
        if text and text.strip():
            yield Passage(part, text)


def examine_texts(index: DetailsIndex, content: Content, image: str) -> Examined:
    """Examine all texts of a post; `image` is `none`, `single` or `group`."""
    found: list[Found] = []
    passages = list(passages_of(content))
    classes = {passage.part: tuple(index.classes.find(passage)) for passage in passages}
    everywhere = tuple(each for named in classes.values() for each in named)
    for passage in passages:
        if passage.part == PLACE:
            around = Surroundings(index)
            hits = [hit for recogniser in (postcode, address, coords) for hit in recogniser(passage, around)]
            found += [found_detail(passage, hit, image) for hit in hits]
            continue
        names = _names(passage, index, classes[passage.part], everywhere, image)
        found += [found_name(passage, name, image) for name in names]
        if not passage.part.startswith(FILE_NAME):
            around = Surroundings(index, names, classes[passage.part])
            found += [found_detail(passage, hit, image) for hit in recognise(passage, around)]
    return Examined(tuple(found), everywhere)


def _names(
    passage: Passage,
    index: DetailsIndex,
    classes: tuple[ClassMention, ...],
    everywhere: tuple[ClassMention, ...],
    image: str,
) -> tuple[Mention, ...]:
    names = find_names(passage, index, classes, has_image=image != NONE)
    return resolve(names, passage, classes or everywhere)
