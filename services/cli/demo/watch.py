"""Each alert as a line for the terminal: what it is about and where to read it, never its content."""

import asyncio
from collections.abc import AsyncIterator

from services.casebook.queue import STATES, Case, list_cases
from services.casebook.viewer import Viewer
from services.policy.load import load_profile
from services.policy.profile import Profile
from services.policy.wording import headline
from services.register.models import School
from services.shared.database import Database

REREAD_SECONDS = 0.5
STYLE = {"S1": "bold white on red", "S2": "bold yellow", "S3": "cyan", "S4": "dim"}


class NewAlerts:
    """Yields a line for every alert, and for every new generation of one, for ever."""

    def __init__(self, database: Database, school: School, case_url: str) -> None:
        self._database = database
        self._profile = load_profile(school.profile)
        self._viewer = Viewer("demo", (school.school_id,), tuple(self._profile.roles))
        self._case_url = case_url
        self._shown: dict[str, int] = {}

    async def skip_known(self) -> None:
        """Leave out what was raised before now."""
        for case in await self._cases():
            self._shown |= _generations(case)

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            for case in reversed(await self._cases()):
                if any(self._shown.get(alert, 0) < generation for alert, generation in _generations(case).items()):
                    self._shown |= _generations(case)
                    yield line(self._profile, case, self._case_url)
            await asyncio.sleep(REREAD_SECONDS)

    async def _cases(self) -> tuple[Case, ...]:
        async with self._database.reading() as connection:
            return await list_cases(connection, self._viewer, states=STATES)


def _generations(case: Case) -> dict[str, int]:
    return {alert.alert_id: alert.generation for alert in case.alerts}


def line(profile: Profile, case: Case, case_url: str) -> str:
    """Return one line (Rich markup) about a case."""
    what = "; ".join(headline(profile, category) for category in case.categories)
    when = case.opened_at.astimezone().strftime("%H:%M:%S")
    return f"{when}  [{STYLE.get(case.severity, '')}] {case.severity} [/]  {what}  [dim]{case_url}{case.case_id}[/]"
