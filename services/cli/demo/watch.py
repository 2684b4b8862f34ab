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


async def new_alerts(database: Database, school: School, *, case_url: str) -> AsyncIterator[str]:
    """Yield a line for every alert, and for every new generation of one, for ever."""
    profile = load_profile(school.profile)
    viewer = Viewer("demo", (school.school_id,), tuple(profile.roles))
    shown: dict[str, int] = {}
    async with database.reading() as connection:
        for case in await list_cases(connection, viewer, states=STATES):
            shown |= {alert.alert_id: alert.generation for alert in case.alerts}
    while True:
        async with database.reading() as connection:
            cases = await list_cases(connection, viewer, states=STATES)
        for case in reversed(cases):
            if any(shown.get(alert.alert_id, 0) < alert.generation for alert in case.alerts):
                yield line(profile, case, case_url)
                shown |= {alert.alert_id: alert.generation for alert in case.alerts}
        await asyncio.sleep(REREAD_SECONDS)


def line(profile: Profile, case: Case, case_url: str) -> str:
    """Return one line (Rich markup) about a case."""
    what = "; ".join(headline(profile, category) for category in case.categories)
    when = case.opened_at.astimezone().strftime("%H:%M:%S")
    return f"{when}  [{STYLE.get(case.severity, '')}] {case.severity} [/]  {what}  [dim]{case_url}{case.case_id}[/]"
