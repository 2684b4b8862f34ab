from collections.abc import Callable

import pytest
from sqlalchemy import delete, update
from sqlalchemy.sql.base import Executable

from services.casebook import audit_log, tables
from services.casebook.audit_log import Act
from services.casebook.viewer import Viewer
from services.shared.database import Database
from services.shared.errors import InputRejected
from tests.support.events import NOW, SCHOOL

LOG = tables.audit_log
OFFICER = Viewer("user-dpo", (SCHOOL,), ("dpo",))


async def written(database: Database, number: int = 3) -> None:
    for each in range(number):
        async with database.transaction() as connection:
            await audit_log.append(connection, SCHOOL, Act("user-1", "view", f"cas-{each}"), NOW)


async def test_a_chain_that_nobody_touched_is_whole(database: Database) -> None:
    async with database.reading() as connection:
        assert await audit_log.verify(connection, SCHOOL) is None
    await written(database)
    async with database.reading() as connection:
        assert await audit_log.verify(connection, SCHOOL) is None
        entries = await audit_log.entries(connection, OFFICER, SCHOOL)
    assert [(entry.number, entry.act.subject) for entry in entries] == [(3, "cas-2"), (2, "cas-1"), (1, "cas-0")]


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        (lambda: update(LOG).where(LOG.c.number == 2).values(actor_id="user-2"), 2),
        (lambda: update(LOG).where(LOG.c.number == 1).values(previous_hash="f" * 64), 1),
        (lambda: delete(LOG).where(LOG.c.number == 2), 2),
        (lambda: delete(LOG).where(LOG.c.number == 3), 3),
        (lambda: delete(LOG), 1),
    ],
    ids=["changed", "first link changed", "taken out", "end cut off", "emptied"],
)
async def test_tampering_is_noticed_where_it_happened(
    database: Database, tamper: Callable[[], Executable], broken: int
) -> None:
    await written(database)
    async with database.transaction() as connection:
        await connection.execute(tamper())
    async with database.reading() as connection:
        assert await audit_log.verify(connection, SCHOOL) == broken


@pytest.mark.parametrize(
    "stranger",
    [Viewer("user-1", (SCHOOL,), ("online_safety_lead",)), Viewer("user-2", ("sch-" + "0" * 16,), ("dpo",))],
)
async def test_the_log_is_read_by_those_who_supervise_only(database: Database, stranger: Viewer) -> None:
    await written(database)
    async with database.reading() as connection:
        with pytest.raises(InputRejected):
            await audit_log.entries(connection, stranger, SCHOOL)
