"""Reads the scenario's script, and turns its items into posts: who says it, about whom, and what ought to be found."""

import random
import re
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from services.sandbox.posts import Label
from services.sandbox.school import DATA, School

_PUPIL_PLACEHOLDER: Final = re.compile(r"\{(full|first|form|address|postcode)\}")
_ABOUT_PUPIL: Final = frozenset(
    {"name_full", "name_first", "class", "age", "address", "postcode", "health", "bullying"}
)
_BY_TROLLS: Final = frozenset(
    {"insult", "bullying", "harassment", "discriminatory", "threat", "doxxing", "allegation"}
    | {"grooming_contact", "self_harm_encouragement"}
)


class Item(BaseModel):
    """One line of the script. `post` is said by the school, `comment` by others about a recent post of the school."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    post: str = ""
    comment: str = ""
    pictures: tuple[str, ...] = ()
    find: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_text(self) -> "Item":
        if bool(self.post) == bool(self.comment):
            raise ValueError("an item has either a post or a comment")
        return self

    @property
    def text(self) -> str:
        """The text with its placeholders."""
        return self.post or self.comment


class Person(BaseModel):
    """An invented visitor."""

    handle: str
    name: str


class Script(BaseModel):
    """The whole scenario: people, what happened before, the opening, and the sections that come again and again."""

    model_config = ConfigDict(extra="forbid")

    visitors: list[Person]
    trolls: list[Person]
    spammers: list[Person]
    back_story: list[Item]
    opening: list[Item]
    posts: list[Item]
    comments: list[Item]
    criticism: list[Item]
    caught_comments: list[Item]
    caught_posts: list[Item]

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """In a section of one kind an item may be a bare text, or have `text`."""
        for section in ("posts", "caught_posts", "comments", "criticism", "caught_comments"):
            kind = "post" if section.endswith("posts") else "comment"
            items = [item if isinstance(item, dict) else {"text": item} for item in raw[section]]
            raw[section] = [{kind if key == "text" else key: value for key, value in item.items()} for item in items]
        return raw

    def speaker(self, item: Item, rng: random.Random) -> Person:
        """Choose who writes a comment."""
        if "spam_scam" in item.find:
            return rng.choice(self.spammers)
        return rng.choice(self.trolls if _BY_TROLLS.intersection(item.find) else self.visitors)


def load_script() -> Script:
    """Read the script of this package."""
    return Script.model_validate(yaml.safe_load((DATA / "scenario.yaml").read_text("utf-8")))


def fill(item: Item, school: School, rng: random.Random) -> tuple[str, tuple[Label, ...]]:
    """Return an item's text with a pupil who has not agreed to be named and a teacher in it, and its labels."""
    pupil = rng.choice([pupil for pupil in school.pupils if pupil.name_consent == "no"])
    teacher = rng.choice(
        [person for person in school.staff if person.title in ("Mrs", "Miss", "Ms")]
    )  # texts say "she"
    text = item.text.format(
        full=pupil.full_name,
        first=pupil.preferred_forename,
        form=pupil.form,
        address=pupil.address,
        postcode=pupil.postcode,
        teacher=teacher.formal_name,
    )
    named = bool(_PUPIL_PLACEHOLDER.search(item.text))
    return text, tuple(
        Label(category, pupil.admission_no if named and category in _ABOUT_PUPIL else None) for category in item.find
    )
