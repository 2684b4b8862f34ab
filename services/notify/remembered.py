"""The register as notify reads it: what was read last goes on for a minute when the register does not answer."""

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.notify.profiles import Register
from services.register.models import Roster, School, User
from services.register.reads import LastRead
from services.shared.clock import Clock


class Remembered:
    """A register that remembers versions and users for SERVED_WITHOUT_REGISTER after they were last read.

    With the versions a profile that is known goes on; a school and its roster are read for a new one only.
    """

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register = register
        self._versions = LastRead(register.versions, clock)
        self._users = LastRead(register.users, clock)

    async def school(self, school_id: SchoolId) -> School:
        """Return a school; InputRejected when there is none."""
        return await self._register.school(school_id)

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        """Return how often each part of a school's register was changed."""
        return await self._versions.of(school_id)

    async def roster(self, school_id: SchoolId) -> Roster:
        """Return its people and facts."""
        return await self._register.roster(school_id)

    async def users(self, school_id: SchoolId) -> tuple[User, ...]:
        """Return everybody who may sign in."""
        return await self._users.of(school_id)
