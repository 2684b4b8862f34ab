"""Reading the register. Every read of a school's people needs the school's data key."""

from collections.abc import Awaitable, Callable, Collection, Hashable
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

from pydantic import SecretStr
from sqlalchemy import select

from schemas.ids import AccountId, SchoolId
from schemas.post import RegisterVersions
from services.register import rows, tables
from services.register.consent import as_of, has_left
from services.register.models import Account, Facts, Receipt, Roster, School, Template, User
from services.register.sealed_rows import open_row
from services.register.versions import registered_school
from services.shared.clock import Clock, SystemClock
from services.shared.crypto import Keyring, unseal
from services.shared.database import Database
from services.shared.errors import DependencyUnavailable, InputRejected

SERVED_WITHOUT_REGISTER: Final = timedelta(seconds=60)
"""For so long after it was last read a register may be done without; then whoever needs it waits."""
K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class RegisterReader:
    """Reads; every method raises DependencyUnavailable when the database does not answer."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock | None = None) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock or SystemClock()

    async def schools(self) -> tuple[School, ...]:
        """Return all schools, by name."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(tables.schools).order_by(tables.schools.c.name))
            return tuple(rows.school_from(row) for row in found)

    async def school(self, school_id: SchoolId) -> School:
        """Return a school.

        Raises:
            InputRejected: there is no such school.
        """
        async with self._database.reading() as connection:
            return await registered_school(connection, school_id)

    async def accounts(self) -> tuple[Account, ...]:
        """Return all official accounts of all schools."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(tables.accounts).order_by(tables.accounts.c.account_id))
            return tuple(rows.account_from(row) for row in found)

    async def token(self, account_id: AccountId) -> SecretStr:
        """Return an account's access token.

        Raises:
            InputRejected: there is no such account.
        """
        async with self._database.reading() as connection:
            found = await connection.execute(select(tables.accounts).where(tables.accounts.c.account_id == account_id))
            row = found.one_or_none()
        if row is None:
            raise InputRejected("there is no such account in the register")
        key = await self._keyring.data_key(row.school_id)
        return SecretStr(open_row(key, "accounts", row.school_id, account_id, row.token)["token"])

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        """Return the versions of a school's register; all zero for a school without one."""
        table = tables.versions
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.school_id == school_id))).one_or_none()
        return RegisterVersions() if row is None else RegisterVersions(**{n: getattr(row, n) for n in _VERSIONS})

    async def roster(self, school_id: SchoolId) -> Roster:
        """Return a school's pupils, staff and facts as of one moment; empty for a school without any.

        Pupils have the consents that hold now; those whose leaving date has passed are left out.
        """
        key = await self._keyring.data_key(school_id)
        async with self._database.reading() as connection:
            found = [
                (await connection.execute(select(table).where(table.c.school_id == school_id))).all()
                for table in (tables.pupils, tables.staff, tables.facts)
            ]
        pupils, staff, facts = found
        today = self._clock.now().astimezone(UTC).date()
        holding = (as_of(rows.pupil_from(key, row), today) for row in pupils)
        present = (pupil for pupil in holding if not has_left(pupil, today))
        return Roster(
            pupils=tuple(sorted(present, key=lambda pupil: pupil.admission_no)),
            staff=tuple(
                sorted((rows.staff_from(key, row) for row in staff), key=lambda who: (who.surname, who.forename))
            ),
            facts=rows.facts_from(key, facts[0]) if facts else Facts(),
        )

    async def templates(self, school_id: SchoolId) -> tuple[Template, ...]:
        """Return a school's face templates, opened; none that expired, and none at all without its documents."""
        if (await self.school(school_id)).face_matching.dpia_reference is None:
            return ()
        key = await self._keyring.data_key(school_id)
        table = tables.gallery
        wanted = select(table).where(table.c.school_id == school_id, table.c.expires_at > self._clock.now())
        async with self._database.reading() as connection:
            found = (await connection.execute(wanted.order_by(table.c.template_id))).all()
        return tuple(
            Template(
                row.ref, row.model_id, unseal(key, row.sealed, f"gallery/{school_id}/{row.template_id}"), row.photos
            )
            for row in found
        )

    async def users(self, school_id: SchoolId) -> tuple[User, ...]:
        """Return a school's users, by e-mail address."""
        table = tables.users
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(table).where(table.c.school_id == school_id).order_by(table.c.email)
            )
            return tuple(rows.user_from(row) for row in found)

    async def recipients(self, school_id: SchoolId, roles: Collection[str]) -> tuple[User, ...]:
        """Return a school's users who hold one of the roles."""
        return tuple(user for user in await self.users(school_id) if set(user.roles) & set(roles))

    async def receipts(self, school_id: SchoolId) -> tuple[Receipt, ...]:
        """Return the receipts of what was deleted about a school's pupils, newest first."""
        table = tables.receipts
        wanted = select(table).where(table.c.school_id == school_id)
        async with self._database.reading() as connection:
            found = await connection.execute(wanted.order_by(table.c.deleted_at.desc(), table.c.receipt_id))
            return tuple(Receipt(row.receipt_id, row.what, row.ref, row.reason, row.deleted_at) for row in found)


class LastRead(Generic[K, T]):
    """Remembers by key what `read` returned, and serves it for SERVED_WITHOUT_REGISTER after it was read."""

    def __init__(self, read: Callable[[K], Awaitable[T]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._known: dict[K, tuple[datetime, T]] = {}

    async def of(self, key: K) -> T:
        """Read anew; failing that, return what was read not too long ago.

        Raises:
            DependencyUnavailable: the register does not answer, and what is known is too old to be trusted.
        """
        try:
            read = await self._read(key)
        except DependencyUnavailable:
            known = self._known.get(key)
            if known is None or self._clock.now() - known[0] > SERVED_WITHOUT_REGISTER:
                raise
            return known[1]
        self._known[key] = (self._clock.now(), read)
        return read


_VERSIONS = ("roster", "gallery", "profile")
