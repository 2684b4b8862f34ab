"""The policy that holds for a school now: its profile, with the choices that its register makes."""

from typing import Protocol

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.policy.load import choose, load_profile
from services.policy.profile import Profile
from services.register.models import Roster, School, User
from services.shared.errors import DependencyUnavailable, SettingsError


class Register(Protocol):
    """What notify reads of the register."""

    async def school(self, school_id: SchoolId) -> School:
        """Return a school; InputRejected when there is none."""
        ...

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        """Return how often each part of its register was changed."""
        ...

    async def roster(self, school_id: SchoolId) -> Roster:
        """Return its people and facts."""
        ...

    async def users(self, school_id: SchoolId) -> tuple[User, ...]:
        """Return everybody who may sign in."""
        ...


class Profiles:
    """Gives out profiles; reads a school's choices again when its register was changed."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._known: dict[SchoolId, tuple[RegisterVersions, Profile]] = {}

    async def of(self, school_id: SchoolId) -> Profile:
        """Return a school's profile.

        Raises:
            InputRejected: there is no such school.
            DependencyUnavailable: the register does not answer, or the profile is wrong: nothing can be judged now.
        """
        versions = await self._register.versions(school_id)
        known = self._known.get(school_id)
        if known is not None and known[0] == versions:
            return known[1]
        school = await self._register.school(school_id)
        facts = (await self._register.roster(school_id)).facts
        try:
            profile = choose(load_profile(school.profile), facts.policy)
        except SettingsError as error:
            raise DependencyUnavailable(f"a school cannot be served: {error}") from error
        self._known[school_id] = (versions, profile)
        return profile
