"""Auditing an account: what was published long before anybody watched is read and listed, beside what is live."""

import csv
import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from schemas import ids
from services.casebook.audits import Progress, progress
from services.casebook.viewer import Viewer
from services.register.audits import Audits
from services.register.models import Audit
from services.shared.clock import SystemClock
from services.shared.database import Database
from tests.support import walks
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]
LONG_AGO = 60 * 86_400.0
OLD = 150
DETECTORS = ("details", "abuse")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, kafka: str) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("audit"), kafka, detectors=DETECTORS) as system:
        yield system


async def newest(system: System, account_id: str) -> Audit:
    register = Database("register", system.settings.database_for("register"))
    (audit,) = await Audits(register, SystemClock()).audits(account_id)
    await register.close()
    return audit


async def progress_of(system: System, run_id: str) -> Progress:
    viewer = Viewer("test", (system.school.school_id,), walks.ROLES)
    async with system.casebook.reading() as connection:
        return await progress(connection, viewer, run_id)


async def test_an_audit_lists_what_is_old_while_people_are_told_of_what_is_live(system: System) -> None:
    bad = {number: await system.post("A huge well done to Anwen Abara!", created_ago_s=LONG_AGO) for number in range(2)}
    for number in range(OLD):
        await system.post(f"Notice {number}: the office is open on Friday", created_ago_s=LONG_AGO - number * 3600)
    known = await system.post("Ms Kettlewell is a useless pathetic idiot", author="a_reader")
    await walks.wait_until_checked(system, known)
    told = len(await system.mails())
    official = (await system.sandbox.get("/admin/accounts")).json()["accounts"]["x"]["id"]
    account_id = ids.account_id(system.school.school_id, "x", official)
    assert (await system.command("audit", "start", account_id))[0] == 0
    run_id = (await newest(system, account_id)).run_id

    async def reads() -> bool:
        return (await progress_of(system, run_id)).checks > 20

    await until(reads, what="the audit has begun", limit=walks.LIMIT)
    live = await system.post("I will burn your house down, Ms Kettlewell", author="angry_reader")

    async def alerted() -> bool:
        return bool(await system.alerts_on(live))

    await until(alerted, what="the threat's alert", limit=walks.LIMIT)

    async def over() -> bool:
        audit, checks = await newest(system, account_id), await progress_of(system, run_id)
        return audit.read_to_the_end and checks.checks > OLD and not checks.open

    await until(over, what="the audit is over", limit=walks.LIMIT)
    status, output = await system.command("audit", "takedowns", account_id)
    rows = list(csv.DictReader(io.StringIO(output)))
    assert status == 0
    assert {row["post"].rsplit("/", 1)[1] for row in rows} >= {*bad.values(), known}
    assert [row["severity"] for row in rows] == sorted(row["severity"] for row in rows)
    assert "all of the account is read" in (await system.command("audit", "status", account_id))[1]
    mails = str((await system.mails())[told:])
    for case in await walks.cases_of(system, system.school):
        if {alert.post_id.rsplit(":", 1)[1] for alert in case.alerts} <= set(bad.values()):
            assert case.case_id not in mails, "what only an audit found is on the list, and in nobody's inbox"
