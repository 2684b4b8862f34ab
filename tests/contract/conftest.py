from collections.abc import AsyncIterator

import pytest

from tests.support.connectors import SUBJECTS, Bench, bench_on
from tests.support.sandbox import SandboxServer, running_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    async with running_sandbox() as server:
        yield server


@pytest.fixture(params=sorted(SUBJECTS))
async def bench(request: pytest.FixtureRequest, sandbox: SandboxServer) -> AsyncIterator[Bench]:
    async with bench_on(request.param, sandbox) as bench:
        yield bench
