"""Two invented schools to look for: the sandbox's primary school, and a secondary school with other habits."""

from datetime import date
from functools import cache

from schemas.content import Content
from schemas.ids import pupil_ref
from services.analyze.detectors.details.index import DetailsIndex, build_index
from services.analyze.detectors.details.texts import examine_texts
from services.register.imports.facts import read_facts
from services.register.imports.people import read_pupils, read_staff
from services.register.models import Facts, Pupil, Roster, Staff
from services.sandbox.school import DATA
from tests.support.events import SCHOOL


def pupil(number: str, name: str, form: str, **others: str) -> Pupil:
    """A pupil by "Legal (Preferred) Surname"; the year is the number in the form."""
    forename, _, surname = name.rpartition(" ")
    legal, _, preferred = forename.partition(" (")
    values = {
        "upn": "", "dob": "", "address": "", "postcode": "", "photo_consent": "yes", "name_consent": "yes",
        "year": "".join(letter for letter in form if letter.isdigit())[:2],
    } | others  # fmt: skip
    return Pupil(
        ref=pupil_ref(SCHOOL, number),
        admission_no=number,
        legal_forename=legal,
        preferred_forename=preferred.removesuffix(")") or legal,
        surname=surname,
        form=form,
        **values,
    )


AMELIA = {"dob": "2012-03-14", "address": "27 Saddlers Yard", "postcode": "LN79 4RL", "upn": "B999550126006"}
PUPILS = (
    pupil("9001", "Amelia Hartwell", "9KT", **AMELIA),
    pupil("9002", "Jack Hartwell", "7KT", name_consent="no"),
    pupil("9003", "Grace Walker", "10B", photo_consent="no", name_consent="no"),
    pupil("9004", "Will Green", "8 Oak", photo_consent="unknown"),
    pupil("9005", "Oluwaseun (Seun) Adeyemi-Cole", "11R", name_consent="unknown"),
    pupil("9006", "Zoë O'Rourke", "9KT"),
    pupil("9007", "Mohammed (Mo) Khan", "10B", name_consent="no"),
    pupil("9008", "Mohammed Khan", "7KT"),
    pupil("9009", "Aleksandra Zielińska", "12 Ash", photo_consent="no"),
    pupil("9010", "Thomas James", "8 Oak"),
    pupil("9011", "Summer Rose Patterson", "7KT", photo_consent="no", name_consent="no"),
    pupil("9012", "Søren Sørensen", "11R"),
)  # fmt: skip
SECONDARY = Roster(
    pupils=PUPILS,
    staff=(Staff("Mr", "Jack", "Penhaligon"), Staff("Ms", "Amelia", "Frost"), Staff("Dr", "Grace", "Okonjo")),
    facts=Facts(
        name="Fenwater High School",
        address="1 Saddlers Yard, Fenwater",
        postcode="LN79 1AA",
        phones=("0121 496 0123", "+44 7700 900111"),
        emails=("office@fenwater.example", "fenwaterhigh@mail.example"),
        domains=("fenwater.example",),
        handles=("@FenwaterHigh", "@GraceWalkerHall"),
        hashtags=("#FenwaterFamily",),
        sponsors=("Will Green Motors",),
        public_phones=("0300 555 0199",),
    ),
)
Found = tuple[str, str, str]


@cache
def secondary() -> DetailsIndex:
    return build_index(SECONDARY)


@cache
def primary() -> DetailsIndex:
    today = date(2026, 11, 3)
    facts = read_facts((DATA / "school.yaml").read_bytes()).facts
    assert facts is not None
    pupils = read_pupils((DATA / "pupils.csv").read_bytes(), today=today).rows
    return build_index(Roster(pupils, read_staff((DATA / "staff.csv").read_bytes()).rows, facts))


def find(text: str, index: DetailsIndex | None = None, image: str = "none") -> list[Found]:
    """What is found in a text: (category, the words, admission numbers joined by a bar), in order."""
    found = [
        (span.start, each.draft.category, text[span.start : span.end], _numbers(each.pupils))
        for each in examine_texts(index or secondary(), Content(text=text), image).found
        for span in each.draft.spans
    ]
    return [(category, words, numbers) for _, category, words, numbers in sorted(found)]


def categories(text: str, image: str = "none") -> list[str]:
    """The categories found in a text of the secondary school."""
    return [category for category, _, _ in find(text, image=image)]


def quoted(text: str, category: str) -> list[str]:
    """The words of a text that were found as one category."""
    return [words for each, words, _ in find(text) if each == category]


def _numbers(pupils: tuple[Pupil, ...]) -> str:
    return "|".join(sorted(each.admission_no for each in pupils))
