"""Whether an audit delays what is live: seconds from reading a threat to its alert, without an audit and beside one.

Starts real Kafka, the sandbox and every service but faces. Run it with `make bench`.
"""

import asyncio
import statistics
import tempfile
from pathlib import Path

from sqlalchemy import func, select

from schemas import ids
from services.casebook.tables import alert_generations, checks
from services.local.kafka import LocalKafka
from services.register.audits import Audits
from services.shared.clock import SystemClock
from services.shared.database import Database
from tests.support import walks
from tests.support.system import System, running_system
from tests.support.waiting import until

LIVE = 40
OLD = 1200
LONG_AGO = 60 * 86_400.0
LIMIT = 900.0


async def threats(system: System, first: int) -> list[float]:
    """Seconds from reading each of the threats to raising its alert."""
    posts = []
    for number in range(first, first + LIVE):
        text = f"@LarkhollowPri I will burn your house down, Ms Kettlewell ({number})"
        posts.append(await system.post(text, author=f"reader{number}"))
        await asyncio.sleep(0.5)
    await until(lambda: all_told(system, posts), what="every threat is told", limit=LIMIT)
    raised = (
        select(checks.c.post_id, checks.c.observed_at, func.min(alert_generations.c.raised_at).label("raised_at"))
        .join(alert_generations, alert_generations.c.alert["post_id"].as_string() == checks.c.post_id)
        .where(checks.c.trigger == "live")
        .group_by(checks.c.post_id, checks.c.observed_at)
    )
    async with system.casebook.reading() as connection:
        rows = (await connection.execute(raised)).all()
    return [
        (row.raised_at - row.observed_at).total_seconds()
        for row in rows
        if row.post_id.rsplit(":", 1)[-1] in set(posts)
    ]


async def all_told(system: System, posts: list[str]) -> bool:
    found = {alert.post_id.rsplit(":", 1)[-1] for case in await system.cases() for alert in case.alerts}
    return set(posts) <= found


async def audited(system: System) -> tuple[int, int]:
    """Return how many of an audit's checks there are, and how many are open."""
    async with system.casebook.reading() as connection:
        rows = (await connection.execute(select(checks.c.state).where(checks.c.trigger == "audit"))).all()
    return len(rows), sum(row.state == "open" for row in rows)


def shown(name: str, seconds: list[float]) -> str:
    in_order = sorted(seconds)
    late = in_order[int(len(in_order) * 0.95)]
    return f"{name}: p50 {statistics.median(in_order):.2f} s, p95 {late:.2f} s, longest {in_order[-1]:.2f} s"


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        system_folder = Path(folder) / "system"
        async with running_system(system_folder, broker.bootstrap, detectors=("abuse", "details")) as system:
            for number in range(OLD):
                await system.post(f"Notice {number}: the office is open", created_ago_s=LONG_AGO - number * 600)
            alone = await threats(system, 0)
            official = (await system.sandbox.get("/admin/accounts")).json()["accounts"]["x"]["id"]
            register = Database("register", system.settings.database_for("register"))
            await Audits(register, SystemClock()).start(ids.account_id(system.school.school_id, "x", official))
            await register.close()

            async def begun() -> bool:
                return (await audited(system))[0] > 100

            await until(begun, what="the audit is under way", limit=walks.LIMIT)
            before, _ = await audited(system)
            beside = await threats(system, LIVE)
            after, still_open = await audited(system)
    print(shown(f"{LIVE} threats alone", alone))
    print(shown(f"{LIVE} threats beside an audit", beside))
    print(f"ratio of the medians: {statistics.median(beside) / statistics.median(alone):.2f}")
    print(f"meanwhile the audit went from {before} to {after} checks, {still_open} of them not answered yet")


if __name__ == "__main__":
    asyncio.run(main())
