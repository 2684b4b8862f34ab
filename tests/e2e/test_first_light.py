"""What the product promises, on every real part: what must be seen is told, once; what is clean ends as checked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.shared.paths import POLICIES
from tests.support.servers import per_owner
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(400)]
NAMED = "A huge well done to Robyn Ashdown-Vale for this wonderful display!"
LIMIT = 150.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def system(request: pytest.FixtureRequest, tmp_path: Path, kafka: str) -> AsyncIterator[System]:
    url = per_owner(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else ""
    async with running_system(tmp_path, kafka, database_url=url) as system:
        yield system


async def test_what_must_be_seen_is_told_once_and_what_is_clean_is_not(system: System) -> None:
    photo = await system.post(NAMED, pictures=["display-wall-1"])
    clean = await system.post("The spring fair opens at two o'clock on Saturday. Cakes very welcome!")
    insult = await system.post("Ms Kettlewell is a useless pathetic idiot", parent_id=clean, author="angry_reader")

    async def all_ended() -> bool:
        states = [await system.check_states(post) for post in (photo, clean, insult)]
        return states == [["alerted"], ["checked"], ["alerted"]]

    await until(all_ended, what="every check ended as it should", limit=LIMIT)

    async def all_sent() -> bool:
        messages = await system.deliveries()
        return bool(messages) and {message.state for message in messages} == {"sent"}

    await until(all_sent, what="every message sent")

    (alert,) = await system.alerts_on(photo)
    assert {"image_no_publish", "name_full"} <= set(alert.categories)
    assert alert.severity == "S1"
    (abuse,) = await system.alerts_on(insult)
    assert "insult" in abuse.categories
    assert abuse.case_id != alert.case_id
    assert await system.alerts_on(clean) == []

    mails, webhooks = await system.mails(), await system.webhooks()
    for told in (alert, abuse):
        assert any(told.case_id in mail["text"] for mail in mails)
        assert any(told.case_id in str(webhook) for webhook in webhooks)
    logs = "".join(path.read_text(encoding="utf-8") for path in system.log_dir.glob("*.log"))
    for place, text in {"mails": str(mails), "webhooks": str(webhooks), "logs": logs}.items():
        for secret in ("Robyn", "Ashdown", "Kettlewell", "pathetic", "angry_reader", "spring fair", system.token):
            assert secret not in text, f"{secret} stands in the {place}"


async def test_without_an_answer_a_check_ends_as_an_alert_to_operations(
    tmp_path: Path, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = tmp_path / "policies"
    impatient.mkdir()
    profile = (POLICIES / "sandbox.yaml").read_text(encoding="utf-8")
    (impatient / "sandbox.yaml").write_text(
        profile.replace("answer_within: 120", "answer_within: 20"), encoding="utf-8"
    )
    monkeypatch.setenv("SCHOOLGATE_POLICIES_DIR", str(impatient))
    async with running_system(tmp_path / "data", kafka, without=("faces",)) as system:
        post = await system.post("Our new display wall", pictures=["garden-1"])

        async def told() -> bool:
            return [alert.audience for alert in await system.alerts_on(post)] == ["operations"]

        await until(told, what="operations are told", limit=LIMIT)
        assert await system.check_states(post) == ["overdue"]

        async def mailed() -> bool:
            return any("operations" in str(mail["recipients"]) for mail in await system.mails())

        await until(mailed, what="operations have the mail")
