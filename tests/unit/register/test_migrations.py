"""The migrations make exactly the tables that the program uses."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.register.tables import metadata
from services.shared.migrations import must_be_current
from tests.support.register import Register


async def test_the_migrated_schema_equals_the_tables(register: Register) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    await must_be_current(register.database)
    async with register.database.reading() as connection:
        assert await connection.run_sync(differences) == []
