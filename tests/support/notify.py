"""Notify with a real casebook and the sandbox's policy; only the register and the channels are stand-ins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from schemas import ids
from schemas.alert import Alert
from schemas.analysis import Analysis, Finding
from schemas.events import CheckEvent
from schemas.ids import SchoolId
from schemas.post import Post, RegisterVersions
from schemas.status import RegisterChange
from services.casebook import tables
from services.casebook.alerts import as_alert
from services.casebook.viewer import Viewer
from services.notify.accounts import Accounts
from services.notify.approvals import Approvals
from services.notify.assess import EMAIL, Assess
from services.notify.changes import Changes
from services.notify.channels.channel import Channel, Message, Result, Sent
from services.notify.deliver import Deliver
from services.notify.intake import Intake
from services.notify.overdue import Overdue
from services.notify.profiles import Profiles
from services.notify.remembered import Remembered
from services.register.models import Account, Facts, Roster, School, User
from services.shared.database import Database
from services.shared.errors import InputRejected
from tests.support.events import NOW, SCHOOL

ROLES = ("online_safety_lead", "headteacher", "dsl", "business_manager", "dpo", "operations")
EVERYTHING = Viewer("user-test", (SCHOOL,), ROLES)


@dataclass
class HandClock:
    """A clock that tests move."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Register:
    """One school (or more, all alike) with one user in each role."""

    roles: tuple[str, ...] = ROLES
    facts: Facts = field(default_factory=Facts)
    profile: str = "sandbox"
    official: tuple[Account, ...] = ()
    schools: tuple[SchoolId, ...] = (SCHOOL,)
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The roles that those now have who once had the one role."""

    async def school(self, school_id: SchoolId) -> School:
        if school_id not in self.schools:
            raise InputRejected("there is no such school in the register")
        return School(school_id, "Larkhollow Primary School", "school", "england_and_wales", self.profile)

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        assert school_id
        return RegisterVersions()

    async def roster(self, school_id: SchoolId) -> Roster:
        assert school_id
        return Roster((), (), self.facts)

    async def accounts(self) -> tuple[Account, ...]:
        return self.official

    async def users(self, school_id: SchoolId) -> tuple[User, ...]:
        return tuple(
            User(f"user-{role}", school_id, f"Petra Quillfeather {role}", f"{role}@larkhollow.example", roles)
            for role, roles in ({role: (role,) for role in self.roles} | self.changed).items()
        )


@dataclass
class Taking:
    """A channel that takes everything and remembers it."""

    taken: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> Result:
        self.taken.append(message)
        return Sent("smtp_250")


class World:
    """Notify, driven by hand."""

    def __init__(
        self, database: Database, register: Register | None = None, channels: Mapping[str, Channel] | None = None
    ) -> None:
        self.database = database
        self.clock = HandClock()
        self.mail = Taking()
        self.register = register or Register()
        channels = channels or {EMAIL: self.mail}
        remembered = Remembered(self.register, self.clock)
        profiles = Profiles(remembered)
        assess = Assess(remembered, channels)
        self.accounts = Accounts(database, self.register, profiles, assess, self.clock)
        self.approvals = Approvals(database, profiles, assess, self.clock)
        self.intake = Intake(database, profiles, assess, self.clock)
        self.overdue = Overdue(database, profiles, assess, self.clock)
        self.changes = Changes(database, profiles, self.clock)
        self.deliver = Deliver(database, remembered, profiles, assess, channels, self.clock)

    async def take(self, *events: CheckEvent | RegisterChange) -> None:
        for event in events:
            match event:
                case Post():
                    await self.intake.post(event)
                case Analysis():
                    await self.intake.analysis(event)
                case RegisterChange():
                    await self.changes.changed(event)

    async def alerts(self) -> dict[str, Alert]:
        """Return all alerts by audience; only for tests with one post."""
        return {row.audience: as_alert(row) for row in await self.rows("alerts")}

    async def states(self) -> dict[str, str]:
        return {row.check_id: row.state for row in await self.rows("checks")}

    async def rows(self, table: str) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(tables.metadata.tables[table]))).all())


def finding(post: Post, category: str, match: str = "", **changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "finding_id": ids.finding_id(post.post_id, category, "", "text", match),
        "category": category,
        "confidence": 0.9,
        "rule_id": f"test.{category}",
    }
    return Finding(**(fields | changes))
