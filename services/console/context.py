"""What every page works with: the libraries it reads through, and the person who asks."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from schemas.ids import SchoolId
from services.casebook.drafts import AUDIENCE
from services.casebook.viewer import Viewer, readers
from services.console.drafts.check import DraftChecks
from services.console.drafts.room import UploadRoom
from services.console.security.cookies import Cookies
from services.policy.load import load_profile
from services.policy.profile import Profile
from services.register.audits import Audits
from services.register.models import School, User
from services.register.reads import RegisterReader
from services.register.users import Users
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.database import Database


@dataclass(frozen=True)
class Console:
    """The console's collaborators."""

    casebook: Database
    register: RegisterReader
    audits: Audits
    users: Users
    store: ContentStore
    clock: Clock
    cookies: Cookies
    drafts: DraftChecks | None = None
    """Checks posts before they are published; None: that is not set up."""
    uploads: UploadRoom = field(default_factory=UploadRoom)

    async def profile(self, school_id: SchoolId) -> Profile:
        """Return the policy in whose words a school's cases are told.

        Raises:
            InputRejected: there is no such school.
            SettingsError: its profile is wrong.
        """
        return load_profile((await self.register.school(school_id)).profile)


class NotSignedIn(Exception):
    """Nobody is signed in, or no longer."""


@dataclass(frozen=True)
class Person:
    """Who is signed in, and where; `token` is that of the session."""

    user: User
    school: School
    token: str

    @property
    def viewer(self) -> Viewer:
        """What the casebook must know to decide what this person may see."""
        return Viewer(self.user.user_id, (self.user.school_id,), self.user.roles)

    @property
    def may_publish(self) -> bool:
        """Tell whether this person may check posts before they are published: who reads general cases, or approves."""
        profile = load_profile(self.school.profile)
        allowed = readers(profile, AUDIENCE) | set(profile.approval.roles)
        return bool(allowed & set(self.user.roles))

    @property
    def is_operations(self) -> bool:
        """Tell whether this person looks after the running system."""
        return "operations" in self.user.roles


def console_of(request: Request) -> Console:
    """Return the collaborators that the application was built with."""
    found: Console = request.app.state.console
    return found


async def signed_in(request: Request, console: Annotated[Console, Depends(console_of)]) -> Person:
    """Return who is signed in.

    Raises:
        NotSignedIn: nobody, or the session has ended.
    """
    token = console.cookies.session(request)
    user = await console.users.session_user(token) if token else None
    if user is None:
        raise NotSignedIn
    person = Person(user, await console.register.school(user.school_id), token)
    request.state.person = person
    return person


Here = Annotated[Console, Depends(console_of)]
Me = Annotated[Person, Depends(signed_in)]
