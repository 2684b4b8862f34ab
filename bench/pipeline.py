"""How quick the whole pipeline is on this machine: latency from fetch to alert, posts per second of each stage, memory.

Starts real Kafka, the sandbox and every service; first 200 abusive comments one by one, then 600 at once.
Run it with `make bench`.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from sqlalchemy import select

from services.casebook.tables import alert_generations, answers, checks
from services.local.kafka import LocalKafka
from tests.support.system import System, running_system
from tests.support.waiting import until

ONE_BY_ONE = 200
AT_ONCE = 600
LIMIT = 600.0
MIB = 2**20


async def ended(system: System, count: int) -> None:
    async def all_ended() -> bool:
        return len([state for state in await system.check_states() if state != "open"]) >= count

    await until(all_ended, what=f"{count} checks ended", limit=LIMIT)


async def latency(system: System) -> list[float]:
    """Seconds from reading a post to raising its alert, for comments that come one by one."""
    for number in range(ONE_BY_ONE):
        await system.post(f"@LarkhollowPri Ms Kettlewell is a useless idiot ({number})", author="reader")
        await asyncio.sleep(0.25)
    await ended(system, ONE_BY_ONE)
    raised = select(checks.c.observed_at, alert_generations.c.raised_at).join(
        alert_generations, alert_generations.c.alert["post_id"].as_string() == checks.c.post_id
    )
    async with system.casebook.reading() as connection:
        rows = (await connection.execute(raised)).all()
    return [(row.raised_at - row.observed_at).total_seconds() for row in rows]


async def throughput(system: System) -> dict[str, float]:
    """Posts per second of each stage over one burst, from the stages' own time stamps."""
    began = time.time()
    for number in range(AT_ONCE):
        await system.post(f"@LarkhollowPri Thank you for a lovely day, number {number}", author="reader")
    await ended(system, ONE_BY_ONE + AT_ONCE)
    async with system.casebook.reading() as connection:
        read = [row.observed_at for row in await connection.execute(select(checks.c.observed_at))]
        answered = [row.analysed_at for row in await connection.execute(select(answers.c.analysed_at))]
        done = [row.ended_at for row in await connection.execute(select(checks.c.ended_at))]
    rates = {}
    for stage, moments in {"ingest": read, "abuse": answered, "notify": done}.items():
        burst = sorted(moment.timestamp() for moment in moments if moment is not None and moment.timestamp() >= began)
        rates[stage] = (len(burst) - 1) / max(burst[-1] - burst[0], 0.001)
    return rates


def memory(system: System) -> dict[str, float]:
    """Resident memory of each process with its children, in MiB."""
    used = {}
    for name in ("ingest", "abuse", "details", "faces", "notify", "register", "console", "observe", "sandbox"):
        if pid := system.supervisor.pid(name):
            process = psutil.Process(pid)
            used[name] = sum(each.memory_info().rss for each in (process, *process.children(recursive=True))) / MIB
    return used


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        async with running_system(Path(folder) / "system", broker.bootstrap) as system:
            seconds = sorted(await latency(system))
            print(f"fetch to alert, {len(seconds)} posts: p50 {statistics.median(seconds):.2f} s, ", end="")
            print(f"p95 {seconds[int(len(seconds) * 0.95)]:.2f} s")
            for stage, rate in (await throughput(system)).items():
                print(f"{stage}: {rate:.0f} posts/s")
            for name, size in memory(system).items():
                print(f"{name}: {size:.0f} MiB")


if __name__ == "__main__":
    asyncio.run(main())
