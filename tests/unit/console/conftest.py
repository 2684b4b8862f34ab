from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.console import ConsoleWorld, console_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ConsoleWorld]:
    async with console_world(tmp_path) as world:
        yield world
