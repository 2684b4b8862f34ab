"""Passwords, set-up tokens and sessions of those who may sign in. Tokens are kept as hashes only."""

import asyncio
import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import SchoolId
from services.register import tables
from services.register.models import User
from services.register.rows import user_from
from services.register.writes import RegisterWriter
from services.shared.clock import Clock
from services.shared.database import Database
from services.shared.errors import InputRejected

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
FAILURES_ALLOWED: Final = 5
LOCKED_FOR: Final = timedelta(minutes=1)
SETUP_LASTS: Final = timedelta(days=3)
SESSION_LASTS: Final = timedelta(hours=12)


class Users:
    """Signs people in. Every method raises DependencyUnavailable when the database does not answer."""

    def __init__(self, database: Database, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._nobodys_hash = self._hasher.hash(secrets.token_urlsafe())

    async def create_setup_token(self, user_id: str) -> str:
        """Return a token with which this user, once and within three days, sets a password."""
        token = secrets.token_urlsafe(32)
        row = {"token_hash": _hash(token), "user_id": user_id, "expires_at": self._clock.now() + SETUP_LASTS}
        async with self._database.transaction() as connection:
            await connection.execute(insert(tables.setup_tokens).values(row))
        return token

    async def set_password(self, token: str, password: str) -> User:
        """Set the password of the token's user and end every session of theirs; the token is used up.

        Raises:
            InputRejected: the password is too short or too long, or the token is used up, too old or none.
        """
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise InputRejected(f"the password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
        password_hash = await asyncio.to_thread(self._hasher.hash, password)
        async with self._database.transaction() as connection:
            row = await self._by_token(connection, tables.setup_tokens, token)
            if row is None:
                raise InputRejected("the set-up link is used up or too old: ask for a new one")
            for table in (tables.setup_tokens, tables.sessions):
                await connection.execute(delete(table).where(table.c.user_id == row.user_id))
            await _change(connection, row.user_id, password_hash=password_hash, failed=0, locked_until=None)
        return user_from(row)

    async def verify(self, email: str, password: str) -> User | None:
        """Return the user whose password this is; None for a wrong one, and for a minute after five wrong ones."""
        wanted = select(tables.users).where(tables.users.c.email == email.strip().lower())
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        # An unknown address takes as long as a wrong password, so that the time tells nobody who has an account.
        known_hash = row.password_hash if row is not None and row.password_hash else self._nobodys_hash
        fits = await asyncio.to_thread(self._fits, known_hash, password[: LONGEST_PASSWORD + 1])
        if row is None:
            return None
        async with self._database.transaction() as connection:
            # Read again: attempts at the same time may have locked the user meanwhile.
            row = (await connection.execute(wanted)).one_or_none()
            if row is None or (row.locked_until is not None and row.locked_until > self._clock.now()):
                return None
            if not fits or row.password_hash != known_hash:
                await self._count_failure(connection, row.user_id)
                return None
            await _change(connection, row.user_id, failed=0, locked_until=None)
        return user_from(row)

    async def open_session(self, user_id: str) -> str:
        """Return the token of a new session; it lasts for a working day."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        table = tables.sessions
        async with self._database.transaction() as connection:
            await connection.execute(delete(table).where(table.c.expires_at <= now))
            row = {"token_hash": _hash(token), "user_id": user_id, "expires_at": now + SESSION_LASTS}
            await connection.execute(insert(table).values(row))
        return token

    async def session_user(self, token: str) -> User | None:
        """Return whose session this is; None when it is closed, too old or none."""
        async with self._database.reading() as connection:
            row = await self._by_token(connection, tables.sessions, token)
        return None if row is None else user_from(row)

    async def close_session(self, token: str) -> None:
        """End a session; a missing one is no error."""
        table = tables.sessions
        async with self._database.transaction() as connection:
            await connection.execute(delete(table).where(table.c.token_hash == _hash(token)))

    async def ensure_first_user(
        self, writer: RegisterWriter, school_id: SchoolId, *, name: str, email: str, roles: Collection[str]
    ) -> str | None:
        """Return a set-up token for a school's first user, to show once; None when somebody can sign in already."""
        table = tables.users
        async with self._database.reading() as connection:
            found = (await connection.execute(select(table).where(table.c.school_id == school_id))).all()
        if any(row.password_hash for row in found):
            return None
        waiting = [row.user_id for row in found if row.email == email.strip().lower()]
        user_id = waiting[0] if waiting else (await writer.add_user(school_id, name, email, roles)).user_id
        return await self.create_setup_token(user_id)

    async def _by_token(self, connection: AsyncConnection, table: Any, token: str) -> Any:
        wanted = select(tables.users).join(table, table.c.user_id == tables.users.c.user_id)
        fits = (table.c.token_hash == _hash(token)) & (table.c.expires_at > self._clock.now())
        return (await connection.execute(wanted.where(fits))).one_or_none()

    async def _count_failure(self, connection: AsyncConnection, user_id: str) -> None:
        table = tables.users
        await _change(connection, user_id, failed=table.c.failed + 1)
        failed = (await connection.execute(select(table.c.failed).where(table.c.user_id == user_id))).scalar_one()
        if failed >= FAILURES_ALLOWED:
            await _change(connection, user_id, failed=0, locked_until=self._clock.now() + LOCKED_FOR)

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


async def _change(connection: AsyncConnection, user_id: str, **values: Any) -> None:
    await connection.execute(update(tables.users).where(tables.users.c.user_id == user_id).values(**values))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
