"""How long each walk takes on this machine, from a change to what must follow, polling included (every 2 to 4 seconds).

Starts real Kafka, the sandbox and every service. Run it with `make bench`.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.local.kafka import LocalKafka
from services.sandbox.pictures.portraits import PORTRAITS
from tests.support import walks
from tests.support.schools import Neighbours, add_neighbours
from tests.support.search import places_of
from tests.support.system import System, running_system
from tests.support.waiting import until

TIMES = 3
Step = Callable[[System, int], Awaitable[float]]
QUICK = {"SCHOOLGATE_SWEEP_EVERY": "PT4S", "SCHOOLGATE_CONFIRM_AFTER": "PT2S", "SCHOOLGATE_PURGE_AFTER": "PT6S"}
NAMED = "Well done Anwen Abara, a wonderful week!"
CONSENTING = (("2403", "Dilys Agarwal"), ("2405", "Ria Appleyard"), ("2406", "Blessing Coldwell"))
Measured = dict[str, list[float]]


async def told_of(system: System, platform_id: str) -> bool:
    return bool(await walks.alerts_on(system, system.school, platform_id))


async def edited(system: System, number: int) -> float:
    """An edit that names a pupil, to the alert."""
    post = await system.post(f"Well done to everybody, number {number}")
    await walks.wait_until_checked(system, post)
    return await walks.timed(
        lambda: walks.edit(system, post, f"{NAMED} {number}"), lambda: told_of(system, post), "the alert"
    )


async def withdrawn(system: System, number: int) -> float:
    """A withdrawn consent, to the alert about a caption that was allowed."""
    admission_no, name = CONSENTING[number]
    post = await system.post(f"Well done {name}!")
    await walks.wait_until_checked(system, post)
    return await walks.withdraw_name_consent(system, admission_no, post)


async def enrolled(system: System, number: int) -> float:
    """An enrolment whose quiet time is over, to the alert about a live photo."""
    for pupil in PORTRAITS:
        await walks.unenrol(system, pupil)
    post = await system.post(f"Our display wall, number {number}", pictures=["display-wall-1"])
    await walks.wait_until_checked(system, post)
    return await walks.enrol(system, min(PORTRAITS), post)


async def deleted(system: System, number: int) -> float:
    """A deletion, to its being known (looked for every 4 s, again after 2 s; in life 6 h and 10 min)."""
    post = await system.post(f"{NAMED} Deleted soon {number}")
    await walks.wait_until_checked(system, post)
    return await walks.delete(system, post)


async def purged(system: System, number: int) -> float:
    """A deletion, to its text being found nowhere (6 s after it is known; in life 12 h)."""
    secret = f"Quillingham{number}"
    post = await system.post(f"Call {secret} about the trip")
    await walks.wait_until_checked(system, post)
    began = time.monotonic()
    await walks.delete(system, post)

    async def gone() -> bool:
        return await places_of(system, secret) == []

    await until(gone, what="the text is found nowhere", limit=walks.LIMIT)
    return time.monotonic() - began


async def drafted(system: System, number: int) -> float:
    """A draft of words on the command line, its start included, to the verdict."""
    began = time.monotonic()
    command = ("check", "--school", "sandbox", "--platform", "x", "--caption", f"{NAMED} {number}")
    status, said = await system.command(*command)
    assert status == 1, said
    return time.monotonic() - began


async def unread(system: System, neighbours: Neighbours) -> float:
    """A revoked token, to the case about the account that is not read."""
    await until(lambda: walks.is_read(system, neighbours.ferndale), what="the account is read")
    return await walks.revoke_token(system, "FerndalePri", neighbours.ferndale)


async def watched(system: System) -> tuple[Neighbours, float]:
    """Two new schools with an account each, to both being read."""
    began = time.monotonic()
    neighbours = await add_neighbours(system)

    async def read() -> bool:
        schools = (neighbours.ferndale, neighbours.trust)
        return all([await walks.is_read(system, school) for school in schools])

    await until(read, what="the new accounts are read", limit=walks.LIMIT)
    return neighbours, time.monotonic() - began


async def main() -> None:
    steps: tuple[Step, ...] = (edited, withdrawn, enrolled, deleted, purged, drafted)
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        async with running_system(Path(folder) / "system", broker.bootstrap, ingest=QUICK) as system:
            measured: Measured = {}
            neighbours, seconds = await watched(system)
            measured[watched.__doc__ or ""] = [seconds]
            for step in steps:
                measured[step.__doc__ or ""] = [await step(system, number) for number in range(TIMES)]
            measured[unread.__doc__ or ""] = [await unread(system, neighbours)]
    for what, times in measured.items():
        print(f"{statistics.median(times):5.1f} s  {what} ({len(times)}x)")


if __name__ == "__main__":
    asyncio.run(main())
