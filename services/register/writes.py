"""Writing the register. Each write that changes something raises versions and tells of it, in the same transaction."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address

from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import ids
from schemas.ids import AccountId, SchoolId
from schemas.status import PupilChange
from services.register import rows, tables
from services.register.imports.people_writes import Changes, put_facts, put_pupils, put_staff
from services.register.models import (
    SCHOOL,
    SCHOOL_KINDS,
    TRUST,
    Account,
    FaceMatching,
    Facts,
    Pupil,
    School,
    Staff,
    User,
)
from services.register.sealed_rows import seal_row
from services.register.versions import Part, bump, registered_school
from services.shared.clock import Clock, SystemClock
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

    def __init__(self, database: Database, keyring: Keyring, clock: Clock | None = None) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock or SystemClock()

    async def add_school(
        self,
        establishment_no: str,
        name: str,
        *,
        profile: str,
        kind: str = SCHOOL,
        jurisdiction: str = "england_and_wales",
        face_matching: FaceMatching | None = None,
    ) -> School:
        """Add a school, or change the one with this establishment number; its id follows from the number.

        Raises:
            InputRejected: the kind is none of SCHOOL_KINDS, or a trust whose accounts are checked against other schools
                would be one no longer.
        """
        if kind not in SCHOOL_KINDS:
            raise InputRejected(f"a school is of the kind {' or '.join(SCHOOL_KINDS)}")
        school_id = ids.school_id(establishment_no)
        school = School(school_id, name, kind, jurisdiction, profile, face_matching or FaceMatching())
        await self._keyring.data_key(school_id)
        table = tables.schools
        async with self._database.transaction() as connection:
            known = await connection.execute(select(table).where(table.c.school_id == school_id).with_for_update())
            row = known.one_or_none()
            if kind != TRUST:
                await _must_speak_for_itself(connection, school_id)
            if row is None or rows.school_from(row) != school:
                await upsert(connection, table, rows.school_row(school))
                await bump(connection, school_id, "profile", "gallery", at=self._clock.now())
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
        """Add an official account, or change it (a new token, say).

        It is checked against its own school's register, and a trust's also against those in `checked_against`; where
        none is given, an account that is there already keeps its own.

        Raises:
            InputRejected: there is no such school, or the account of a school that is no trust names another school.
        """
        account_id = ids.account_id(school_id, platform, platform_account)
        key = await self._keyring.data_key(school_id)
        sealed = seal_row(key, "accounts", school_id, account_id, {"token": token.get_secret_value()})
        table = tables.accounts
        async with self._database.transaction() as connection:
            school = await registered_school(connection, school_id, lock=True)
            kept = await connection.execute(select(table.c.checked_against).where(table.c.account_id == account_id))
            others = tuple(checked_against) or tuple(kept.scalar_one_or_none() or ())
            against = tuple(dict.fromkeys((school_id, *others)))
            await _may_be_checked_against(connection, school, against)
            account = Account(account_id, school_id, platform, handle, platform_account, against)
            row = asdict(account) | {"checked_against": list(against), "token": sealed}
            await upsert(connection, table, row)
            await bump(connection, school_id, "profile", at=self._clock.now())
        return account

    async def remove_account(self, account_id: AccountId) -> None:
        """Stop watching an account; a missing one is no error."""
        table = tables.accounts
        removed = delete(table).where(table.c.account_id == account_id).returning(table.c.school_id)
        async with self._database.transaction() as connection:
            school_id = (await connection.execute(removed)).scalar_one_or_none()
            if school_id is not None:
                await bump(connection, school_id, "profile", at=self._clock.now())

    async def add_user(self, school_id: SchoolId, name: str, email: str, roles: Collection[str]) -> User:
        """Add somebody who may sign in once a password is set (see users.py).

        Raises:
            InputRejected: there is no such school, the address is none, or it is taken.
        """
        address = _address(email)
        user = User(f"usr-{uuid.uuid4().hex[:16]}", school_id, name, address, tuple(sorted(set(roles))))
        row = asdict(user) | {"roles": list(user.roles), "failed": 0}
        try:
            async with self._database.transaction() as connection:
                await registered_school(connection, school_id, lock=True)
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
        pupils who stay although they are not among `pupils`; unless the lists are `whole`, only those leave whose
        leaving date has passed. Leavers go with their consents and face templates; each deletion leaves a receipt.

        Raises:
            InputRejected: there is no such school.
        """
        key, now = await self._keyring.data_key(school_id), self._clock.now()
        told: tuple[PupilChange, ...] = ()
        of_pupils = of_staff = of_facts = None
        async with self._database.transaction() as connection:
            await registered_school(connection, school_id, lock=True)
            if pupils is not None:
                of_pupils, told = await put_pupils(connection, key, school_id, pupils, kept=kept, whole=whole, at=now)
            if staff is not None:
                of_staff = await put_staff(connection, key, school_id, staff, whole=whole)
            if facts is not None:
                of_facts = await put_facts(connection, key, school_id, facts)
            done = PeopleChanges(of_pupils, of_staff, of_facts)
            if parts := _raised(done, told):
                await bump(connection, school_id, *parts, pupils=told, at=now)
        return done


def _raised(done: PeopleChanges, told: Collection[PupilChange]) -> list[Part]:
    """Name the versions that an import raises."""
    found: list[Part] = []
    if any(changes.any for changes in (done.pupils, done.staff, done.facts) if changes is not None):
        found.append("roster")
    if any(change.what == "enrolment_removed" for change in told):
        found.append("gallery")
    if done.facts is not None and done.facts.any:
        found.append("profile")
    return found


async def _must_speak_for_itself(connection: AsyncConnection, school_id: SchoolId) -> None:
    table = tables.accounts
    found = await connection.execute(select(table.c.checked_against).where(table.c.school_id == school_id))
    if any(set(against) - {school_id} for against in found.scalars()):
        raise InputRejected(
            "accounts of this trust are checked against other schools: name only itself for each of them first"
        )


def _address(email: str) -> str:
    """Return an e-mail address as it is kept: one that a mail can be sent to.

    Raises:
        InputRejected: it is none.
    """
    address = email.strip().lower()
    try:
        parsed = Address(addr_spec=address)
    except (HeaderParseError, ValueError, IndexError, AttributeError):
        parsed = Address()
    if not (parsed.username and parsed.domain) or parsed.addr_spec != address or not address.isprintable():
        raise InputRejected("the e-mail address is not one: it needs the form name@domain")
    return address


async def _may_be_checked_against(connection: AsyncConnection, school: School, against: Collection[SchoolId]) -> None:
    if len(against) > 1 and school.kind != TRUST:
        raise InputRejected("only the account of a trust may be checked against other schools: register it as a trust")
    table = tables.schools
    found = await connection.execute(select(table.c.school_id).where(table.c.school_id.in_(against)))
    if len(found.all()) < len(against):
        raise InputRejected("there is no such school in the register: add it first")
