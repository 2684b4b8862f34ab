import pytest

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.analyze.detectors.detector import DetectorInfo
from services.analyze.registers import Registers
from services.register.models import Facts, Roster, Template
from services.shared.errors import DependencyUnavailable, InputRejected
from tests.support.events import SCHOOL

NOBODY = Roster((), (), Facts())
FACES = DetectorInfo("faces", "1", needs_gallery=True)
DETAILS = DetectorInfo("details", "1", needs_roster=True)


class Reader:
    """A register that is written to whenever its people are read, that can be down, and that counts."""

    def __init__(self, number: int = 1) -> None:
        self.number = number
        self.down = False
        self.altered = False
        self.reads: list[str] = []

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        self._read("versions", school_id)
        return RegisterVersions(roster=self.number)

    async def roster(self, school_id: SchoolId) -> Roster:
        self._read("roster", school_id)
        if self.altered:
            raise InputRejected("a stored blob cannot be opened: it was altered")
        return NOBODY

    async def templates(self, school_id: SchoolId) -> tuple[Template, ...]:
        self._read("templates", school_id)
        return ()

    def _read(self, what: str, school_id: SchoolId) -> None:
        assert school_id == SCHOOL
        if self.down:
            raise DependencyUnavailable("the register does not answer")
        self.reads.append(what)


class Moments:
    """The clock of the module under test, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("services.analyze.registers.time.monotonic", lambda: self.now)


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    return Moments(monkeypatch)


def at_least(number: int) -> RegisterVersions:
    return RegisterVersions(roster=number)


@pytest.mark.parametrize(
    ("info", "reads"), [(FACES, ["versions", "templates"]), (DETAILS, ["versions", "roster"])], ids=["faces", "details"]
)
async def test_only_what_a_detector_needs_is_read_and_the_versions_first(info: DetectorInfo, reads: list[str]) -> None:
    reader = Reader()
    await Registers(reader, info).snapshot(SCHOOL)
    assert reader.reads == reads


async def test_versions_are_read_again_after_two_seconds_or_when_a_check_asks_for_newer_ones(moments: Moments) -> None:
    reader = Reader(1)
    known = Registers(reader, DETAILS)
    assert await known.versions(SCHOOL, at_least(1)) == at_least(1)
    reader.number = 2
    moments.now += 1.9
    assert await known.versions(SCHOOL, at_least(1)) == at_least(1)
    assert await known.versions(SCHOOL, at_least(2)) == at_least(2)
    reader.number = 3
    moments.now += 2.1
    assert await known.versions(SCHOOL, at_least(1)) == at_least(3)


async def test_what_is_known_is_served_for_a_minute_without_the_register_and_then_it_blocks(moments: Moments) -> None:
    reader = Reader(4)
    known = Registers(reader, DETAILS)
    await known.versions(SCHOOL, at_least(0))
    reader.down = True
    moments.now += 60
    assert await known.versions(SCHOOL, at_least(4)) == at_least(4)
    with pytest.raises(DependencyUnavailable):
        await known.versions(SCHOOL, at_least(5))
    moments.now += 0.1
    with pytest.raises(DependencyUnavailable):
        await known.versions(SCHOOL, at_least(4))
    reader.down = False
    assert await known.versions(SCHOOL, at_least(4)) == at_least(4)


async def test_a_school_that_was_never_read_is_not_guessed_at() -> None:
    reader = Reader()
    reader.down = True
    with pytest.raises(DependencyUnavailable):
        await Registers(reader, DETAILS).versions(SCHOOL, at_least(0))


async def test_no_snapshot_is_served_of_a_register_that_is_down(moments: Moments) -> None:
    reader = Reader()
    known = Registers(reader, DETAILS)
    await known.snapshot(SCHOOL)
    moments.now += 1
    reader.down = True
    with pytest.raises(DependencyUnavailable):
        await known.snapshot(SCHOOL)


async def test_a_register_that_cannot_be_opened_is_a_reason_and_no_sentence() -> None:
    """The code becomes a part of the answer; anything else would be parked, and soon every other school's posts too."""
    reader = Reader()
    reader.altered = True
    with pytest.raises(InputRejected, match=r"^register_unreadable$"):
        await Registers(reader, DETAILS).snapshot(SCHOOL)
