import asyncio
import contextlib
import dataclasses
import multiprocessing
from collections.abc import AsyncIterator

import pytest

from schemas import ids
from schemas.content import Content
from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.analyze.detectors.detector import Detection, Material, RegisterSnapshot
from services.analyze.engine import Engine, Limits
from services.register.models import Template
from services.shared.errors import DependencyUnavailable, InputRejected, SettingsError
from tests.support.detectors import WordDetector, broken
from tests.support.events import SCHOOL, make_post

OTHER = ids.school_id("another school")
LIMITS = Limits(seconds=20, memory=2 * 2**30)


def material(text: str) -> Material:
    return Material(post=make_post(), content=Content(text=text))


class Register:
    """A school's register that counts how often it is read; None: it does not answer."""

    def __init__(self, school: SchoolId = SCHOOL, roster: int | None = 1, templates: int = 0) -> None:
        self.school = school
        self.roster = roster
        self.templates = templates
        self.reads = 0

    async def snapshot(self) -> RegisterSnapshot:
        if self.roster is None:
            raise DependencyUnavailable("the register does not answer")
        self.reads += 1
        people = tuple(Template("pup-0000000000000000", "model", b"", 3) for _ in range(self.templates))
        return RegisterSnapshot(self.school, RegisterVersions(roster=self.roster), templates=people)


async def detect(engine: Engine, text: str, register: Register | None = None, *, roster: int = 1) -> Detection:
    register = register or Register()
    examined = await engine.detect(material(text), register.school, RegisterVersions(roster=roster), register.snapshot)
    return examined.detection


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine("abuse", LIMITS, WordDetector)
    yield engine
    await asyncio.to_thread(engine.stop)


async def test_it_says_what_it_is_and_finds(engine: Engine) -> None:
    assert (await engine.start()).model_version == "words-1"
    (draft,) = (await detect(engine, "you dunce")).findings
    assert (draft.category, draft.spans[0].start) == ("insult", 4)


async def test_a_newer_register_is_used_as_soon_as_it_is_asked_for_and_read_once(engine: Engine) -> None:
    register = Register()
    for roster in (1, 2, 2, 3):
        register.roster = roster
        (draft,) = (await detect(engine, "dunce", register, roster=roster)).findings
        assert draft.facts["index"] == f"index_of_version_{roster}"
    assert register.reads == 3


async def test_the_answer_rests_on_what_was_read(engine: Engine) -> None:
    register = Register(roster=7)
    asked = RegisterVersions(roster=6)
    examined = await engine.detect(material("dunce"), SCHOOL, asked, register.snapshot)
    assert examined.versions == RegisterVersions(roster=7)
    assert (await engine.detect(material("dunce"), SCHOOL, examined.versions, register.snapshot)) == examined
    assert register.reads == 1


@pytest.mark.parametrize(("bound", "reads"), [(0, [1, 1]), (19, [1, 1]), (20, [1, 0])])
async def test_no_more_people_are_kept_than_there_is_memory_for(bound: int, reads: list[int]) -> None:
    engine = Engine("abuse", dataclasses.replace(LIMITS, index_people=bound), WordDetector)
    first, second = Register(templates=10), Register(OTHER, templates=10)
    try:
        for register in (first, second):
            await detect(engine, "dunce", register)
            await detect(engine, "dunce", register)
            assert register.reads == 1, "the school in hand is always kept"
        await detect(engine, "dunce", first)
        assert [second.reads, first.reads - 1] == reads
    finally:
        await asyncio.to_thread(engine.stop)


async def test_a_school_that_no_post_asks_for_is_forgotten(engine: Engine) -> None:
    """Templates and names that were deleted from its register would otherwise stay for as long as the holidays last."""
    quiet, busy = Register(templates=10), Register(OTHER)
    await detect(engine, "dunce", quiet)
    for hour in range(3):
        await engine.drop_unused()
        await detect(engine, "dunce", busy)
        assert busy.reads == 1
        if not hour:
            await detect(engine, "dunce", quiet)
            assert quiet.reads == 1
    await detect(engine, "dunce", quiet)
    assert quiet.reads == 2


async def test_without_a_register_it_serves_what_it_has_prepared_and_blocks_once_that_is_lost(engine: Engine) -> None:
    register = Register()
    await detect(engine, "dunce", register)
    register.roster = None
    assert (await detect(engine, "dunce", register)).findings
    with pytest.raises(InputRejected, match=r"^engine_crashed$"):
        await detect(engine, "crash", register)
    with pytest.raises(DependencyUnavailable):
        await detect(engine, "dunce", register)
    register.roster = 1
    assert (await detect(engine, "dunce", register)).findings


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("crash", "engine_crashed"),
        ("gorge", "engine_out_of_memory"),
        ("hoard", "engine_out_of_memory"),
        ("fail", "engine_failed"),
        ("odd", "engine_failed"),
    ],
)
async def test_a_child_that_fails_is_an_answer_and_the_next_check_works(engine: Engine, text: str, reason: str) -> None:
    with pytest.raises(InputRejected, match=f"^{reason}$"):
        await detect(engine, text)
    assert await detect(engine, "kind words") == Detection()
    assert (await detect(engine, "dunce")).findings


async def test_a_child_that_ends_between_two_checks_is_replaced(engine: Engine) -> None:
    """As one that the system ends when memory is short; the check that comes at that moment may fail, none later."""
    for _ in range(2):
        await detect(engine, "dunce")
        (child,) = multiprocessing.active_children()
        child.kill()
        with contextlib.suppress(InputRejected):
            await detect(engine, "dunce")
        assert (await detect(engine, "dunce")).findings


async def test_a_machine_that_can_start_no_child_is_no_answer(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise OSError("no memory")

    with monkeypatch.context() as short:
        short.setattr("pebble.pool.process.launch_process", no_memory)
        for _ in range(2):
            with pytest.raises(DependencyUnavailable):
                await detect(engine, "dunce")
    assert (await detect(engine, "dunce")).findings


async def test_a_child_that_hangs_is_replaced() -> None:
    engine = Engine("abuse", dataclasses.replace(LIMITS, seconds=1), WordDetector)
    try:
        with pytest.raises(InputRejected, match=r"^engine_timeout$"):
            await detect(engine, "hang")
    finally:
        await asyncio.to_thread(engine.stop)


async def test_a_detector_that_cannot_load_stops_the_service_with_one_line() -> None:
    engine = Engine("abuse", Limits(start_seconds=10), broken)
    try:
        with pytest.raises(
            SettingsError, match=r"^detector abuse cannot start: FileNotFoundError: the model is missing$"
        ):
            await engine.start()
    finally:
        await asyncio.to_thread(engine.stop)
