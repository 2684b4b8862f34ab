"""Tells the operations port whether the databases behind the pages answer."""

import structlog
from sqlalchemy import text

from services.register.reads import RegisterReader
from services.shared.database import Database
from services.shared.errors import DependencyUnavailable
from services.shared.health import Health
from services.shared.process import Stop, pause

EVERY_SECONDS = 5.0
log = structlog.get_logger()


class Watch:
    """Asks each database now and then."""

    def __init__(self, casebook: Database, register: RegisterReader, health: Health) -> None:
        self._casebook = casebook
        self._register = register
        self._part = health.part("databases", max_silence=120)

    async def run(self, stop: Stop) -> None:
        """Ask until `stop` is set."""
        while not stop.is_set():
            try:
                await answers(self._casebook)
                await self._register.schools()
                self._part.ready()
            except DependencyUnavailable as error:
                self._part.failed("dependency_unavailable")
                log.warning("database_unavailable", exc_info=error)
            await pause(stop, EVERY_SECONDS)


async def answers(database: Database) -> None:
    """Ask a database for nothing.

    Raises:
        DependencyUnavailable: it does not answer.
    """
    async with database.reading() as connection:
        await connection.execute(text("SELECT 1"))
