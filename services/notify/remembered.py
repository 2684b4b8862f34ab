"""The register as notify reads it: what was read last goes on for a minute when the register does not answer."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.notify.profiles import Register
from services.register.models import Roster, School, User
from services.register.reads import SERVED_WITHOUT_REGISTER
from services.shared.clock import Clock
from services.shared.errors import DependencyUnavailable

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")


class Remembered:
    """A register that remembers versions and users for SERVED_WITHOUT_REGISTER after they were last read.

    With the versions a profile that is known goes on; a school and its roster are read for a new one only.
    """

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register = register
        self._versions = _Memory(register.versions, clock)
        self._users = _Memory(register.users, clock)

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


class _Memory(Generic[T]):
    def __init__(self, read: Callable[[SchoolId], Awaitable[T]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._known: dict[SchoolId, tuple[datetime, T]] = {}

    async def of(self, school_id: SchoolId) -> T:
        """Read anew; failing that, return what was read not too long ago.

        Raises:
            DependencyUnavailable: the register does not answer, and what is known is too old to be trusted.
        """
        try:
            read = await self._read(school_id)
        except DependencyUnavailable:
            read_at, known = self._known.get(school_id, (None, None))
            if read_at is None or known is None or self._clock.now() - read_at > SERVED_WITHOUT_REGISTER:
                raise
            return known
        self._known[school_id] = (self._clock.now(), read)
        return read
