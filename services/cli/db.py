"""`schoolgate db`: bring the databases to what this release needs."""

import asyncio
from collections.abc import Callable

import typer

from services.shared.settings import Settings, load

app = typer.Typer(help="Manage the databases.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `upgrade` a command of its own while it is the only one."""


@app.command()
def upgrade() -> None:
    """Create missing databases and apply every migration; run it before the services of a new release."""
    asyncio.run(upgrade_all(load(Settings), typer.echo))


async def upgrade_all(settings: Settings, say: Callable[[str], None]) -> None:
    """Upgrade each owner's database and say so."""
    from services.shared.database import Database
    from services.shared.migrations import OWNERS
    from services.shared.migrations import upgrade as migrate

    for owner in OWNERS:
        database = Database(owner, settings.database_for(owner))
        try:
            await migrate(database)
        finally:
            await database.close()
        say(f"database {owner} is up to date")
