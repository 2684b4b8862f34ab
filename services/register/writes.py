"""Writing the register. Each write raises the versions that it changes, in the same transaction."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.ids import AccountId, SchoolId
from services.register import rows, tables
from services.register.models import Account, FaceMatching, Facts, Pupil, School, Staff, User
from services.register.sealed_rows import pupil_ref, seal_row, staff_ref
from services.register.versions import bump
from services.shared.crypto import Keyring
from services.shared.database import Database, upsert
from services.shared.errors import InputRejected


@dataclass(frozen=True)
class Changes:
    """What an import did to one kind of people; `left` were in the register and are no longer."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left: int = 0

    @property
    def any(self) -> bool:
        """Whether the register is different now."""
        return bool(self.added or self.changed or self.left)


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

    async def set_facts(self, school_id: SchoolId, facts: Facts) -> None:
        """Replace a school's facts.

        Raises:
            InputRejected: there is no such school.
        """
        key = await self._keyring.data_key(school_id)
        async with self._database.transaction() as connection:
            await _must_exist(connection, {school_id})
            await upsert(connection, tables.facts, rows.facts_row(key, school_id, facts))
            await bump(connection, school_id, "roster", "profile")

    async def import_pupils(
        self, school_id: SchoolId, pupils: Sequence[Pupil], *, keep: Collection[str] = (), remove_leavers: bool = True
    ) -> Changes:
        """Make the register's pupils these, by admission number; leavers go with consents and face templates.

        `keep` are admission numbers of pupils who stay as they are although they are not among `pupils`.

        Raises:
            InputRejected: there is no such school.
        """
        key = await self._keyring.data_key(school_id)
        refs = {pupil_ref(key, pupil.admission_no): pupil for pupil in pupils}
        wanted = {ref: replace(pupil, ref=ref) for ref, pupil in refs.items()}
        staying = {pupil_ref(key, number) for number in keep}
        async with self._database.transaction() as connection:
            await _must_exist(connection, {school_id})
            stored = await _of_school(connection, tables.pupils, school_id)
            known = {row.ref: rows.pupil_from(key, row) for row in stored}
            for ref, pupil in wanted.items():
                if known.get(ref) != pupil:
                    await upsert(connection, tables.pupils, rows.pupil_row(key, school_id, pupil))
            leavers = known.keys() - wanted.keys() - staying if remove_leavers else set()
            for table in (tables.pupils, tables.enrolment_consents, tables.gallery):
                await _remove(connection, table, school_id, leavers)
            changes = _changes(known, wanted, len(leavers))
            if changes.any:
                await bump(connection, school_id, "roster", *(("gallery",) if leavers else ()))
        return changes

    async def import_staff(self, school_id: SchoolId, staff: Sequence[Staff]) -> Changes:
        """Make the register's staff these.

        Raises:
            InputRejected: there is no such school.
        """
        key = await self._keyring.data_key(school_id)
        wanted = {staff_ref(key, member): member for member in staff}
        async with self._database.transaction() as connection:
            await _must_exist(connection, {school_id})
            stored = await _of_school(connection, tables.staff, school_id)
            known = {row.ref: rows.staff_from(key, row) for row in stored}
            for ref in wanted.keys() - known.keys():
                await upsert(connection, tables.staff, rows.staff_row(key, school_id, wanted[ref]))
            leavers = known.keys() - wanted.keys()
            await _remove(connection, tables.staff, school_id, leavers)
            changes = _changes(known, wanted, len(leavers))
            if changes.any:
                await bump(connection, school_id, "roster")
        return changes


def _changes(known: dict[str, Any], wanted: dict[str, Any], left: int) -> Changes:
    both = known.keys() & wanted.keys()
    changed = sum(known[ref] != wanted[ref] for ref in both)
    return Changes(added=len(wanted.keys() - known.keys()), changed=changed, unchanged=len(both) - changed, left=left)


async def _of_school(connection: AsyncConnection, table: Table, school_id: SchoolId) -> Sequence[Any]:
    return (await connection.execute(select(table).where(table.c.school_id == school_id))).all()


async def _remove(connection: AsyncConnection, table: Table, school_id: SchoolId, refs: Collection[str]) -> None:
    for ref in refs:
        await connection.execute(delete(table).where(table.c.school_id == school_id, table.c.ref == ref))


async def _must_exist(connection: AsyncConnection, school_ids: Collection[SchoolId]) -> None:
    table = tables.schools
    found = await connection.execute(select(table.c.school_id).where(table.c.school_id.in_(school_ids)))
    if len(found.all()) < len(set(school_ids)):
        raise InputRejected("there is no such school in the register: add it first")
