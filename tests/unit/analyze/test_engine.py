import asyncio
from collections.abc import AsyncIterator

import pytest

from schemas.content import Content
from schemas.post import RegisterVersions
from services.analyze.detectors.detector import Detection, Material, RegisterSnapshot
from services.analyze.engine import Engine, Limits
from services.shared.errors import InputRejected, SettingsError
from tests.support.detectors import WordDetector, broken
from tests.support.events import SCHOOL, make_post

LIMITS = Limits(seconds=20, memory=2 * 2**30)


def material(text: str) -> Material:
    return Material(post=make_post(), content=Content(text=text))


def register(roster: int = 1) -> RegisterSnapshot:
    return RegisterSnapshot(SCHOOL, RegisterVersions(roster=roster))


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine("abuse", LIMITS, WordDetector)
    yield engine
    await asyncio.to_thread(engine.stop)


async def test_it_says_what_it_is_and_finds(engine: Engine) -> None:
    assert (await engine.start()).model_version == "words-1"
    (draft,) = (await engine.detect(material("you dunce"), register())).findings
    assert (draft.category, draft.spans[0].start) == ("insult", 4)


async def test_a_newer_register_is_used_as_soon_as_it_is_asked_for(engine: Engine) -> None:
    for roster in (1, 2, 2, 3):
        (draft,) = (await engine.detect(material("dunce"), register(roster))).findings
        assert draft.facts["index"] == f"index_of_version_{roster}"


@pytest.mark.parametrize(
    ("text", "reason"), [("crash", "engine_crashed"), ("gorge", "engine_out_of_memory"), ("fail", "engine_failed")]
)
async def test_a_child_that_fails_is_an_answer_and_the_next_check_works(engine: Engine, text: str, reason: str) -> None:
    with pytest.raises(InputRejected, match=f"^{reason}$"):
        await engine.detect(material(text), register())
    assert await engine.detect(material("kind words"), register()) == Detection()


async def test_a_child_that_hangs_is_replaced() -> None:
    engine = Engine("abuse", Limits(seconds=1, memory=2 * 2**30), WordDetector)
    try:
        with pytest.raises(InputRejected, match=r"^engine_timeout$"):
            await engine.detect(material("hang"), register())
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
