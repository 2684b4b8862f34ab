import random
from collections import Counter
from collections.abc import Iterator

from schemas.categories import CATEGORY_OWNER, DETAILS
from services.sandbox.school import load_school
from services.sandbox.script import Item, Script, fill, load_script
from tests.unit.analyze.details.examples import find, primary

SECTIONS = ("back_story", "opening", "posts", "comments", "criticism", "caught_comments", "caught_posts")
TELLINGS = 12


def items(script: Script) -> Iterator[Item]:
    for section in SECTIONS:
        for item in getattr(script, section):
            yield item
            yield from (Item(comment=text) for text in item.comments)


def test_everything_labelled_in_the_sandboxs_texts_is_found_and_nothing_else() -> None:
    school = load_school()
    missed: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    for item in items(load_script()):
        for seed in range(TELLINGS if "{" in item.text else 1):
            text, labels = fill(item, school, random.Random(seed))  # noqa: S311  # a story, not a secret
            image = "single" if item.pictures else "none"
            wanted = {label.category for label in labels if CATEGORY_OWNER[label.category] == DETAILS}
            found = {category for category, _, _ in find(text, primary(), image)}
            missed.update(wanted - found)
            extra.update(found - wanted)
    assert (missed, extra) == (Counter(), Counter())


def test_a_named_pupil_of_the_sandbox_is_the_right_one() -> None:
    school = load_school()
    for pupil in school.pupils:
        found = find(f"Well done {pupil.full_name} in {pupil.form}!", primary())
        assert ("name_full", pupil.full_name, pupil.admission_no) in found
