from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.ingest import Ingest, ingest_on, sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def ingest(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ingest]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else sqlite_url(tmp_path)
    async with ingest_on(url) as parts:
        yield parts
