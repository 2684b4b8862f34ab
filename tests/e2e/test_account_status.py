"""What Prometheus hears of the accounts of a running system: each is being read, until a token is revoked."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas import ids
from services.cli.demo.school import PLATFORMS
from services.sandbox.school import load_school
from services.sandbox.store import Store
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
WELL = "schoolgate_account_well"
CHECKED = "schoolgate_account_checked_timestamp_seconds"


@pytest.fixture
async def system(tmp_path: Path, kafka: str) -> AsyncIterator[System]:
    async with running_system(tmp_path, kafka, detectors=("abuse",), without=("abuse", "notify", "console")) as system:
        yield system


async def exported(system: System, name: str) -> dict[str, float]:
    """Return a metric of observe by account; only those of the school that runs."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{system.ops['observe']}/metrics/")
    return {
        sample.labels["account_id"]: sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == name and sample.labels["school_id"] == system.school.school_id
    }


async def test_every_account_is_heard_of_and_a_revoked_token_is_seen(system: System) -> None:
    official = Store(load_school()).accounts
    school = system.school.school_id
    accounts = {name: ids.account_id(school, name, user.id) for name, user in official.items() if name in PLATFORMS}

    async def all_well() -> bool:
        return await exported(system, WELL) == dict.fromkeys(accounts.values(), 1.0)

    await until(all_well, what="every account is being read")
    checked = await exported(system, CHECKED)
    assert checked.keys() == set(accounts.values())

    answer = await system.sandbox.post(f"/admin/accounts/x/{official['x'].handle}/token", json={"revoked": True})
    assert answer.status_code < 300, answer.text

    async def refused() -> bool:
        return (await exported(system, WELL))[accounts["x"]] == 0.0

    await until(refused, what="the account on X is not being read")
    assert (await exported(system, WELL))[accounts["facebook"]] == 1.0
