"""Writing the register. Each write raises the versions that it changes, in the same transaction."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.ids import AccountId, SchoolId
from services.register import rows, tables
from services.register.models import Account, FaceMatching, Facts, Pupil, School, Staff, User
from services.register.people_writes import Changes, put_facts, put_pupils, put_staff
from services.register.sealed_rows import seal_row
from services.register.versions import bump
from services.shared.crypto import Keyring
from services.shared.database import Database, upsert
from services.shared.errors import InputRejected


@dataclass(frozen=True)
class PeopleChanges:
    """What an import did to each kind of people; None for a kind that was not given."""

    pupils: Changes | None
    staff: Changes | None
    facts: Changes | None


class RegisterWriter:
    """Writes; every method raises DependencyUnavailable when the database does not answer."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def add_school(
        self,
        establishment_no: str,
        name: str,
        *,
        profile: str,
        kind: str = "school",
        jurisdiction: str = "england_and_wales",
        face_matching: FaceMatching | None = None,
    ) -> School:
        """Add a school, or change the one with this establishment number; its id follows from the number."""
        school_id = ids.school_id(establishment_no)
        school = School(school_id, name, kind, jurisdiction, profile, face_matching or FaceMatching())
        await self._keyring.data_key(school_id)
        async with self._database.transaction() as connection:
            await upsert(connection, tables.schools, rows.school_row(school))
            await bump(connection, school_id, "profile", "gallery")
        return school

    async def add_account(
        self,
        school_id: SchoolId,
        platform: str,
        platform_account: str,
        *,
        handle: str,
        token: SecretStr,
        checked_against: Sequence[SchoolId] = (),
    ) -> Account:
        """Add an official account, or change it (a new token, say); by default it is checked against its own school.

        Raises:
            InputRejected: there is no such school.
        """
        account_id = ids.account_id(school_id, platform, platform_account)
        against = tuple(checked_against) or (school_id,)
        account = Account(account_id, school_id, platform, handle, platform_account, against)
        key = await self._keyring.data_key(school_id)
        sealed = seal_row(key, "accounts", school_id, account_id, {"token": token.get_secret_value()})
        async with self._database.transaction() as connection:
            await _must_exist(connection, {school_id, *against})
            row = asdict(account) | {"checked_against": list(against), "token": sealed}
            await upsert(connection, tables.accounts, row)
            await bump(connection, school_id, "profile")
        return account

    async def remove_account(self, account_id: AccountId) -> None:
        """Stop watching an account; a missing one is no error."""
        table = tables.accounts
        async with self._database.transaction() as connection:
            await connection.execute(delete(table).where(table.c.account_id == account_id))

    async def add_user(self, school_id: SchoolId, name: str, email: str, roles: Collection[str]) -> User:
        """Add somebody who may sign in once a password is set (see users.py).

        Raises:
            InputRejected: there is no such school, the address is none, or it is taken.
        """
        address = email.strip().lower()
        if address.count("@") != 1 or not all(address.split("@")) or " " in address:
            raise InputRejected("the e-mail address is not one: it needs the form name@domain")
        user = User(f"usr-{uuid.uuid4().hex[:16]}", school_id, name, address, tuple(sorted(set(roles))))
        row = asdict(user) | {"roles": list(user.roles), "failed": 0}
        try:
            async with self._database.transaction() as connection:
                await _must_exist(connection, {school_id})
                await connection.execute(insert(tables.users).values(row))
        except IntegrityError:
            raise InputRejected("another user has this e-mail address already") from None
        return user

    async def set_roles(self, user_id: str, roles: Collection[str]) -> None:
        """Replace a user's roles."""
        change = update(tables.users).where(tables.users.c.user_id == user_id).values(roles=sorted(set(roles)))
        async with self._database.transaction() as connection:
            await connection.execute(change)

    async def remove_user(self, user_id: str) -> None:
        """Remove a user with sessions and set-up tokens; a missing one is no error."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(tables.users).where(tables.users.c.user_id == user_id))

    async def import_people(
        self,
        school_id: SchoolId,
        *,
        pupils: Sequence[Pupil] | None = None,
        kept: Collection[str] = (),
        whole: bool = True,
        staff: Sequence[Staff] | None = None,
        facts: Facts | None = None,
    ) -> PeopleChanges:
        """Make the register's people and facts these; what is None stays as it is.

        Pupils are known by admission number; their references are derived here. `kept` are admission numbers of
        pupils who stay although they are not among `pupils`; unless the lists are `whole`, nobody leaves at all.
        Leavers go with their consents and face templates.

        Raises:
            InputRejected: there is no such school.
        """
        key = await self._keyring.data_key(school_id)
        async with self._database.transaction() as connection:
            await _must_exist(connection, {school_id})
            done = PeopleChanges(
                pupils=None
                if pupils is None
                else await put_pupils(connection, key, school_id, pupils, kept=kept, whole=whole),
                staff=None if staff is None else await put_staff(connection, key, school_id, staff, whole=whole),
                facts=None if facts is None else await put_facts(connection, key, school_id, facts),
            )
            if any(changes.any for changes in (done.pupils, done.staff, done.facts) if changes is not None):
                await bump(connection, school_id, "roster")
            if done.pupils is not None and done.pupils.left:
                await bump(connection, school_id, "gallery")
            if done.facts is not None and done.facts.any:
                await bump(connection, school_id, "profile")
        return done


async def _must_exist(connection: AsyncConnection, school_ids: Collection[SchoolId]) -> None:
    table = tables.schools
    found = await connection.execute(select(table.c.school_id).where(table.c.school_id.in_(school_ids)))
    if len(found.all()) < len(set(school_ids)):
        raise InputRejected("there is no such school in the register: add it first")
