from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.register.models import FaceMatching
from tests.support.console import ConsoleWorld, console_world
from tests.support.draft_checks import FakeDetectors

DOCUMENTS = FaceMatching("DPIA-1", "agreed", None)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ConsoleWorld]:
    async with console_world(tmp_path) as world:
        yield world


@pytest.fixture
async def detectors(world: ConsoleWorld) -> FakeDetectors:
    """Every detector answers that it found nothing; the school may match faces."""
    await world.writer.add_school("test school", "Larkhollow", profile="sandbox", face_matching=DOCUMENTS)
    fake = FakeDetectors()
    world.drafts = fake.checks(world)
    return fake
