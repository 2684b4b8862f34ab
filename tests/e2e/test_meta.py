"""Abuse below a post on a school's Facebook Page or Instagram becomes an alert, through every real part."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
INSULT = "Mrs Bell is a useless fat cow, somebody should sack her"


@pytest.fixture
async def system(tmp_path: Path, kafka: str) -> AsyncIterator[System]:
    async with running_system(tmp_path, kafka, detectors=("abuse",)) as system:
        yield system


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
async def test_an_abusive_comment_and_reply_are_told_and_a_kind_one_is_not(system: System, platform: str) -> None:
    post = await system.post("Well done to everybody who ran today!", platform=platform)
    kind = await system.post("What a lovely day, thank you!", platform=platform, author="kind_reader", parent_id=post)
    comment = await system.post(INSULT, platform=platform, author="angry_reader", parent_id=post)
    reply = await system.post(f"{INSULT}, really", platform=platform, author="another_reader", parent_id=kind)

    async def told() -> bool:
        return bool(await system.alerts_on(comment)) and bool(await system.alerts_on(reply))

    await until(told, what="an alert about the comment and one about the reply")

    async def ended() -> bool:
        return [await system.check_states(each) for each in (post, kind)] == [["checked"], ["checked"]]

    await until(ended, what="the post and the kind comment end as checked")
    (alert,) = await system.alerts_on(comment)
    assert alert.categories == ("insult",)
    assert await system.alerts_on(kind) == []
