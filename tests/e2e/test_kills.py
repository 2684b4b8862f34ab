"""Nothing is lost and nothing doubled, whatever is killed."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.local.kafka import LocalKafka
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.usefixtures("kafka_jars")]
POSTS = 300
EVERY = 3  # every third post is abusive
CYCLES = 10
SERVICES = ("ingest", "abuse", "details", "faces", "notify", "console", "observe")
LIMIT = 300.0


async def publish(system: System) -> tuple[set[str], set[str]]:
    """Post all; return the platform ids of the abusive and of the harmless ones."""
    abusive, harmless = set(), set()
    for number in range(POSTS):
        if number % EVERY == 0:
            abusive.add(await system.post(f"@LarkhollowPri Ms Kettlewell is a useless idiot ({number})", author="one"))
        else:
            harmless.add(await system.post(f"@LarkhollowPri Thank you for a lovely day, number {number}", author="two"))
    return abusive, harmless


async def nothing_lost_nothing_doubled(system: System, abusive: set[str], harmless: set[str]) -> None:
    async def all_ended() -> bool:
        states = Counter(await system.check_states())
        return states["alerted"] + states["checked"] == POSTS

    await until(all_ended, what="every check ended", limit=LIMIT)

    async def all_sent() -> bool:
        return {message.state for message in await system.deliveries()} == {"sent"}

    await until(all_sent, what="every message sent", limit=LIMIT)
    alerts = [alert for case in await system.cases() for alert in case.alerts]
    told = Counter(alert.post_id.rsplit(":", 1)[-1] for alert in alerts)
    assert told == Counter(abusive), "one alert for each abusive post and for no other"
    messages = await system.deliveries()
    told_twice = Counter((message.alert_id, message.recipient, message.channel) for message in messages)
    assert set(told_twice.values()) == {1}, "nobody is told of an alert twice"
    assert not harmless & set(told)
    received = [dict(mail["headers"])["Message-ID"].strip("<>").split("@")[0] for mail in await system.mails()]
    # A process killed between the mail server's answer and its own note of it sends again, under the same Message-ID.
    assert set(received) == {message.delivery_id for message in messages if message.channel == "email"}
    assert len(received) - len(set(received)) <= CYCLES


async def run_and_kill(system: System, kill: Callable[[int], Awaitable[None]], cycles: int) -> None:
    publishing = asyncio.create_task(publish(system))
    for cycle in range(cycles):
        await asyncio.sleep(1)
        await kill(cycle)
    await nothing_lost_nothing_doubled(system, *await publishing)


async def test_killing_services_at_random(tmp_path: Path, kafka: str) -> None:
    chance = random.Random(20260303)  # noqa: S311  # the same kills in every run
    async with running_system(tmp_path, kafka) as system:

        async def kill(_: int) -> None:
            name = chance.choice(SERVICES)
            if pid := system.supervisor.pid(name):
                os.kill(pid, signal.SIGKILL)
            await until(lambda: system.supervisor.pid(name) not in (None, pid), what=f"{name} runs again")
            await asyncio.sleep(chance.uniform(0, 3))

        await run_and_kill(system, kill, CYCLES)


async def test_killing_the_broker(tmp_path: Path) -> None:
    with LocalKafka(tmp_path / "kafka") as broker:
        async with running_system(tmp_path / "system", broker.bootstrap) as system:

            async def kill(_: int) -> None:
                await asyncio.to_thread(broker.kill)
                await asyncio.to_thread(broker.start)

            await run_and_kill(system, kill, cycles=1)
