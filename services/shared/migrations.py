"""Bring a database to what this release needs, and refuse to run on an older one (Alembic without its own files)."""

from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from services.shared.database import Database
from services.shared.errors import SchemaOutdated, SettingsError
from services.shared.paths import ROOT

OWNERS = ("register", "ingest", "casebook")


def scripts(owner: str) -> ScriptDirectory:
    """Return the migrations of one owner."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "services" / owner / "migrations"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


async def upgrade(database: Database, to: str = "head") -> None:
    """Create the database where it is missing and apply every migration that was not applied yet, up to `to`."""
    await _create_database(database)
    directory = scripts(database.owner)

    def apply(connection: Connection) -> None:
        def steps(revision: Any, _: Any) -> Any:
            return directory._upgrade_revs(to, revision)  # noqa: SLF001  # what alembic's own upgrade command calls

        context = EnvironmentContext(Config(), directory, fn=steps)
        context.configure(connection=connection, target_metadata=None)
        with context.begin_transaction():
            context.run_migrations()

    async with database.transaction() as connection:
        await connection.run_sync(apply)


async def must_be_current(database: Database) -> None:
    """Refuse a database that an older release left.

    Raises:
        SchemaOutdated: `schoolgate db upgrade` was not run.
        DependencyUnavailable: the database does not answer.
    """
    async with database.reading() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    directory = scripts(database.owner)
    known = {script.revision for script in directory.walk_revisions()}
    if current is None or (current in known and current != directory.get_current_head()):
        raise SchemaOutdated(f"database {database.owner} is not up to date: run `schoolgate db upgrade`")


async def _create_database(database: Database) -> None:
    url = make_url(database.url)
    if url.get_backend_name() != "postgresql":
        return
    admin = create_async_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        async with admin.connect() as connection:
            found = await connection.execute(
                text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": url.database}
            )
            if found.first() is None:
                quoted = admin.dialect.identifier_preparer.quote(url.database or "")
                await connection.execute(text(f"CREATE DATABASE {quoted}"))
    except OperationalError:
        return  # no right to look: the database itself will say whether it is there
    except DBAPIError as error:
        raise SettingsError(
            f"database {url.database} is missing and may not be created here: create it first"
        ) from error
    finally:
        await admin.dispose()
