from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.casebook.tables import metadata
from services.shared.database import Database
from services.shared.migrations import must_be_current


async def test_migrated_schema_is_what_the_code_expects(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []
    await must_be_current(database)


def test_every_row_and_every_unique_key_carries_the_school() -> None:
    for table in metadata.sorted_tables:
        assert not table.c.school_id.nullable
        for constraint in table.constraints:
            if columns := [column.name for column in getattr(constraint, "columns", ())]:
                assert columns[0] == "school_id", table.name
