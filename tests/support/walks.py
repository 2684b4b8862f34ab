"""The walks of the system: each makes one change, as people and platforms do, and waits for what must follow.

Every walk returns the seconds from the change to its effect: `bench/walks.py` shows those, the end-to-end tests look at
the rest.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from schemas.alert import Alert
from services.analyze.detectors.faces.enrol import enrol_pupil
from services.analyze.detectors.faces.recognise import Recogniser
from services.casebook import accounts
from services.casebook.checks.check import DELETED
from services.casebook.queue import STATES, Case, list_cases
from services.casebook.tables import checks, tasks
from services.casebook.viewer import Viewer
from services.cli.demo.gallery import jpeg
from services.policy.load import load_profile
from services.register.gallery import Gallery
from services.register.models import EnrolmentConsent, School
from services.shared.content_store import open_content_store
from services.shared.database import Database
from tests.support.schools import Register, open_register
from tests.support.system import System
from tests.support.waiting import until

LIMIT = 120.0
ROLES = tuple(load_profile("sandbox").roles)


@dataclass
class Earlier:
    """A clock that is behind: what is written with it happened a while ago."""

    behind: timedelta = field(default_factory=lambda: timedelta(minutes=70))

    def now(self) -> datetime:
        return datetime.now(UTC) - self.behind


async def timed(change: Callable[[], Awaitable[Any]], follows: Callable[[], Awaitable[bool]], what: str) -> float:
    """Make a change, wait for what follows, and return the seconds from the moment when the change was made."""
    await change()
    began = time.monotonic()
    await until(follows, what=what, limit=LIMIT)
    return time.monotonic() - began


async def cases_of(system: System, school: School) -> tuple[Case, ...]:
    async with system.casebook.reading() as connection:
        return await list_cases(connection, Viewer("test", (school.school_id,), ROLES), states=STATES)


async def alerts_on(system: System, school: School, platform_id: str) -> list[Alert]:
    found = await cases_of(system, school)
    return [alert for case in found for alert in case.alerts if alert.post_id.endswith(f":{platform_id}")]


async def ended(system: System, platform_id: str, *triggers: str) -> bool:
    """Tell whether a post was checked for these triggers (live unless given), each to its end."""
    async with system.casebook.reading() as connection:
        rows = (await connection.execute(select(checks.c.post_id, checks.c.trigger, checks.c.state))).all()
    found = {row.trigger: row.state for row in rows if row.post_id.endswith(f":{platform_id}")}
    return all(found.get(trigger, "open") != "open" for trigger in triggers or ("live",))


async def wait_until_checked(system: System, platform_id: str, *triggers: str) -> None:
    await until(lambda: ended(system, platform_id, *triggers), what=f"{platform_id} was checked", limit=LIMIT)


async def tasks_on(system: System, platform_id: str) -> list[Any]:
    async with system.casebook.reading() as connection:
        rows = (await connection.execute(select(tasks))).all()
    return [row for row in rows if row.post_id.endswith(f":{platform_id}")]


async def all_sent(system: System) -> bool:
    messages = await system.deliveries()
    return {message.state for message in messages} <= {"sent"}


async def edit(system: System, platform_id: str, text: str) -> None:
    answer = await system.sandbox.patch(f"/admin/posts/x/{platform_id}", json={"text": text})
    assert answer.is_success, answer.text


async def withdraw_name_consent(system: System, admission_no: str, platform_id: str) -> float:
    """Withdraw a pupil's consent to being named; an alert on the caption follows."""

    async def change() -> None:
        async with open_register(system) as register:
            await register.set_consent(system.school, admission_no, name_consent="no")

    async def told() -> bool:
        return bool(await alerts_on(system, system.school, platform_id))

    return await timed(change, told, "an alert about the caption")


async def unenrol(system: System, admission_no: str) -> None:
    async with open_register(system) as register:
        await register.gallery.remove(system.school.school_id, await _ref(register, system.school, admission_no))


async def enrol(system: System, admission_no: str, platform_id: str) -> float:
    """Enrol a pupil as if seventy minutes ago, so that no time is too short; an alert on the photo follows."""

    async def change() -> None:
        keyring = open_content_store(system.settings).keyring
        database = Database("register", system.settings.database_for("register"))
        async with open_register(system) as register:
            ref = await _ref(register, system.school, admission_no)
        try:
            gallery = Gallery(database, keyring, Earlier())
            told = (datetime.now(UTC) - timedelta(days=30)).date()
            consent = EnrolmentConsent(
                admission_no, told, "a parent", told, parent_objection=False, child_objection=False
            )
            await gallery.record_consents(system.school.school_id, [consent])
            report = await enrol_pupil(gallery, system.school.school_id, ref, [jpeg(admission_no)], Recogniser())
            assert report.entry is not None
        finally:
            await database.close()

    async def told() -> bool:
        alerts = await alerts_on(system, system.school, platform_id)
        return any("image_no_publish" in alert.categories for alert in alerts)

    return await timed(change, told, "an alert about the photo")


async def delete(system: System, platform_id: str) -> float:
    """Delete a post on the platform; ingest notices, and the casebook knows."""

    async def change() -> None:
        assert (await system.sandbox.delete(f"/admin/posts/x/{platform_id}")).is_success

    async def known() -> bool:
        async with system.casebook.reading() as connection:
            rows = (await connection.execute(select(checks.c.post_id).where(checks.c.cause == DELETED))).all()
        return any(row.post_id.endswith(f":{platform_id}") for row in rows)

    return await timed(change, known, "the deletion is known")


async def revoke_token(system: System, handle: str, school: School) -> float:
    """Revoke an account's token; the school hears that the account is not being read."""

    async def change() -> None:
        await set_token(system, handle, revoked=True)

    async def told() -> bool:
        found = await cases_of(system, school)
        return any("not_checked_token_rejected" in case.categories for case in found)

    return await timed(change, told, "people hear of the account that is not read")


async def is_read(system: System, school: School) -> bool:
    """Tell whether every account of a school is being read."""
    async with system.casebook.reading() as connection:
        found = await accounts.statuses(connection, Viewer("test", (school.school_id,), ROLES))
    return bool(found) and {account.state for account in found} == {accounts.CHECKED}


async def set_token(system: System, handle: str, *, revoked: bool) -> None:
    answer = await system.sandbox.post(f"/admin/accounts/x/{handle}/token", json={"revoked": revoked})
    assert answer.is_success, answer.text


async def _ref(register: Register, school: School, admission_no: str) -> str:
    pupils = (await register.reader.roster(school.school_id)).pupils
    return next(pupil.ref for pupil in pupils if pupil.admission_no == admission_no)
