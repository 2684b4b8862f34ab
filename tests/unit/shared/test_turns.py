"""Backfill gives way to what is live."""

import asyncio

import pytest

from services.shared import turns
from services.shared.turns import Turns


async def test_live_work_overtakes_backfill_that_waits() -> None:
    found, order = Turns(), list[str]()

    async def live(number: int) -> None:
        async with found.live():
            order.append(f"live {number}")
            await asyncio.sleep(0.01)

    async def backfill() -> None:
        async with found.backfill():
            order.append("backfill")

    async with asyncio.TaskGroup() as group:
        group.create_task(live(1))
        await asyncio.sleep(0)
        group.create_task(backfill())
        await asyncio.sleep(0)
        group.create_task(live(2))
        group.create_task(live(3))
    assert order == ["live 1", "live 2", "live 3", "backfill"]


async def test_live_work_waits_for_the_backfill_that_has_begun_and_for_no_other() -> None:
    found, order = Turns(), list[str]()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def backfill(number: int) -> None:
        async with found.backfill():
            begun.set()
            await go_on.wait()
            order.append(f"backfill {number}")

    async def live() -> None:
        async with found.live():
            order.append("live")

    async with asyncio.TaskGroup() as group:
        group.create_task(backfill(1))
        await begun.wait()
        group.create_task(live())
        await asyncio.sleep(0)
        group.create_task(backfill(2))
        go_on.set()
    assert order == ["backfill 1", "live", "backfill 2"]


async def test_backfill_takes_a_turn_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.05)
    found, busy = Turns(), True

    async def live() -> None:
        while busy:
            async with found.live():
                await asyncio.sleep(0.001)

    async with asyncio.TaskGroup() as group:
        group.create_task(live())
        await asyncio.sleep(0)
        async with found.backfill():
            busy = False
