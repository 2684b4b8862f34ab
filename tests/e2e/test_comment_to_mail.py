"""One comment on X becomes an alert and a mail, through every real part."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.servers import per_owner
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
INSULT = "Mrs Bell is a useless fat cow, somebody should sack her"
LEAD = "lead@larkhollow.example"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def system(request: pytest.FixtureRequest, tmp_path: Path, kafka: str) -> AsyncIterator[System]:
    url = per_owner(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else ""
    async with running_system(tmp_path, kafka, database_url=url, detectors=("abuse",)) as system:
        yield system


async def test_an_abusive_comment_is_told_and_a_kind_one_is_not(system: System) -> None:
    abusive = await system.post(f"@LarkhollowPri {INSULT}", author="angry_reader")
    kind = await system.post("@LarkhollowPri What a lovely assembly this morning, thank you!", author="kind_reader")

    async def told() -> bool:
        return bool(await system.alerts_on(abusive)) and bool(await system.mails()) and bool(await system.webhooks())

    await until(told, what="an alert with its mail and webhook")

    async def ended() -> bool:
        return await system.check_states(kind) == ["checked"]

    await until(ended, what="the kind comment ends as checked")

    (alert,) = await system.alerts_on(abusive)
    assert alert.categories == ("insult",)
    assert alert.clause_ids
    assert await system.alerts_on(kind) == []
    assert await system.check_states(abusive) == ["alerted"]

    mails = await system.mails()
    to_lead = [mail for mail in mails if LEAD in str(mail)]
    assert len(to_lead) == 1
    everything = str(mails) + str(await system.webhooks())
    for secret in ("Bell", "cow", "angry_reader", system.token):
        assert secret not in everything
    logs = "".join(path.read_text(encoding="utf-8") for path in system.log_dir.glob("*.log"))
    for secret in ("Bell", "fat cow", "angry_reader", "lovely assembly", system.token):
        assert secret not in logs
