"""Whoever listens to a register's changes knows who is enrolled and which consents are given."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from schemas.status import RegisterChange
from services.register.models import EnrolmentConsent, Pupil
from services.shared.errors import InputRejected
from tests.support.register import LAWFUL, MovableClock, Register, open_register, pupil

NUMBERS = ("2401", "2402", "2403")
SCHOOLS = ("999001", "999002")
DAYS = st.integers(-1, 3)


@dataclass(frozen=True)
class Import:
    """What an export says; last days count from the day of the import, None is without."""

    school: str
    pupils: tuple[tuple[Pupil, int | None, int | None], ...]

    async def run(self, register: Register, school_id: SchoolId) -> None:
        def day(ahead: int | None) -> str:
            return "" if ahead is None else (register.clock.now() + timedelta(days=ahead)).date().isoformat()

        pupils = [
            replace(each, photo_consent_until=day(consent), name_consent_until=day(consent), leaving_date=day(leaving))
            for each, consent, leaving in self.pupils
        ]
        await register.writer.import_people(school_id, pupils=pupils)


@dataclass(frozen=True)
class Record:
    """What is put on record for enrolment."""

    school: str
    consent: EnrolmentConsent

    async def run(self, register: Register, school_id: SchoolId) -> None:
        await register.gallery.record_consents(school_id, [self.consent])


@dataclass(frozen=True)
class Enrol:
    """An enrolment that somebody tries, or (without a model) takes back."""

    school: str
    admission_no: str
    model_id: str | None

    async def run(self, register: Register, school_id: SchoolId) -> None:
        for each in (await register.reader.roster(school_id)).pupils:
            if each.admission_no == self.admission_no and self.model_id is None:
                await register.gallery.remove(school_id, each.ref)
            elif each.admission_no == self.admission_no:
                try:
                    await register.enrol(school_id, each.ref, str(self.model_id))
                except InputRejected:
                    continue


@dataclass(frozen=True)
class Wait:
    """Days pass, and the register's process looks at every school."""

    school: str
    days: int

    async def run(self, register: Register, _: SchoolId) -> None:
        register.clock.move(days=self.days)
        await register.expiry.run()


Step = Import | Record | Enrol | Wait


@st.composite
def imports(draw: st.DrawFn) -> Import:
    pupils = [
        (
            pupil(number, surname=draw(st.sampled_from(("Abara", "Bell"))), **draw(consents())),
            draw(st.none() | DAYS),
            draw(st.none() | DAYS),
        )
        for number in draw(st.lists(st.sampled_from(NUMBERS), unique=True))
    ]
    return Import(draw(st.sampled_from(SCHOOLS)), tuple(pupils))


def consents() -> st.SearchStrategy[dict[str, str]]:
    given_or_not = st.sampled_from(("yes", "no", "unknown"))
    return st.fixed_dictionaries({"photo_consent": given_or_not, "name_consent": given_or_not})


schools, numbers = st.sampled_from(SCHOOLS), st.sampled_from(NUMBERS)
records = st.builds(
    lambda number, objects: replace(LAWFUL, admission_no=number, child_objection=objects),
    numbers,
    st.sampled_from((False, False, True)),
)
steps: st.SearchStrategy[Step] = st.one_of(
    imports(),
    st.builds(Record, schools, records),
    st.builds(Enrol, schools, numbers, st.sampled_from(("model+1", "model+1", "model+2", None))),
    st.builds(Wait, schools, st.sampled_from((1, 2, 200))),
)


@dataclass
class Listener:
    """What somebody knows who hears nothing but the changes; everything is kept as (school, pupil, what)."""

    heard: set[tuple[str, str, str]] = field(default_factory=set)

    def hear(self, change: RegisterChange) -> None:
        for each in change.pupils:
            known, ended = each.what.rsplit("_", 1) if "_" in each.what else (each.what, "")
            if each.what == "left":  # consents go with the pupil; that an enrolment ends is said
                gone = ("joined", "photo_consent", "name_consent")
                self.heard -= {(change.school_id, each.ref, name) for name in gone}
            elif ended in ("withdrawn", "removed"):
                name = "enrolled" if ended == "removed" else known
                assert (change.school_id, each.ref, name) in self.heard, "only what was there can end"
                self.heard.discard((change.school_id, each.ref, name))
            elif each.what != "renamed":
                self.heard.add((change.school_id, each.ref, known))


async def really(register: Register, school_ids: Sequence[SchoolId]) -> set[tuple[str, str, str]]:
    """What the register itself says."""
    found = set()
    for school_id in school_ids:
        for each in (await register.reader.roster(school_id)).pupils:
            names = ["joined", *(name for name in ("photo_consent", "name_consent") if getattr(each, name) == "yes")]
            found |= {(school_id, each.ref, name) for name in names}
        found |= {(school_id, entry.ref, "enrolled") for entry in await register.gallery.entries(school_id)}
    return found


async def prepared(register: Register, number: str) -> SchoolId:
    """A school whose pupils are all enrolled, the first of them with an older and a newer template."""
    school_id = (await register.school(number=number)).school_id
    await register.writer.import_people(school_id, pupils=[pupil(each, photo_consent="yes") for each in NUMBERS])
    await register.gallery.record_consents(school_id, [replace(LAWFUL, admission_no=each) for each in NUMBERS])
    for each in NUMBERS:
        await Enrol(number, each, "model+1").run(register, school_id)
    register.clock.move(days=200)
    await Enrol(number, NUMBERS[0], "model+2").run(register, school_id)
    return school_id


async def live(series: Sequence[Step]) -> None:
    async with open_register("sqlite+aiosqlite:///:memory:") as register:
        assert isinstance(register.clock, MovableClock)
        known = {number: await prepared(register, number) for number in SCHOOLS}
        listener, names = Listener(), set[str]()
        versions = dict.fromkeys(known.values(), RegisterVersions())
        for step in (Wait(SCHOOLS[0], 0), *series):
            await step.run(register, known[step.school])
            changes = await register.told()
            for change in changes:
                listener.hear(change)
                assert change.change_id not in names
                names.add(change.change_id)
                assert versions[change.school_id].older_than(change.versions)
                versions[change.school_id] = change.versions
            assert listener.heard == await really(register, tuple(known.values()))
        for school_id, heard in versions.items():
            assert await register.reader.versions(school_id) == heard, "nothing changes in silence"


@settings(max_examples=40, deadline=None)
@given(st.lists(steps, max_size=8))
def test_the_changes_in_order_rebuild_the_register(series: list[Step]) -> None:
    asyncio.run(live(series))
