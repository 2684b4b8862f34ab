"""Signing in: set-up links, passwords, sessions and the lock."""

import pytest
from sqlalchemy import select

from services.register import tables
from services.register.models import User
from services.shared.errors import InputRejected
from tests.support.register import Register

EMAIL = "ada@larkhollow.example"
PASSWORD = "twelve letters"


async def ada(register: Register, *, password: bool = True) -> User:
    school = await register.school()
    user = await register.writer.add_user(school.school_id, "Ada Finch", EMAIL, ["dsl"])
    if password:
        await register.users.set_password(await register.users.create_setup_token(user.user_id), PASSWORD)
    return user


async def test_a_setup_link_gives_a_password_once(register: Register) -> None:
    user = await ada(register, password=False)
    assert await register.users.verify(EMAIL, PASSWORD) is None
    token = await register.users.create_setup_token(user.user_id)
    other = await register.users.create_setup_token(user.user_id)
    assert await register.users.set_password(token, PASSWORD) == user
    assert await register.users.verify(" ADA@larkhollow.example", PASSWORD) == user
    for used_up in (token, other, "invented"):
        with pytest.raises(InputRejected, match="used up or too old"):
            await register.users.set_password(used_up, "another password")


async def test_a_setup_link_lasts_three_days(register: Register) -> None:
    user = await ada(register, password=False)
    token = await register.users.create_setup_token(user.user_id)
    register.clock.move(days=3)
    with pytest.raises(InputRejected, match="used up or too old"):
        await register.users.set_password(token, PASSWORD)


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 257])
async def test_a_password_needs_its_length(register: Register, password: str) -> None:
    user = await ada(register, password=False)
    token = await register.users.create_setup_token(user.user_id)
    with pytest.raises(InputRejected, match="12 to 256 characters"):
        await register.users.set_password(token, password)
    await register.users.set_password(token, PASSWORD)


async def test_a_wrong_password_or_address_signs_nobody_in(register: Register) -> None:
    await ada(register)
    assert await register.users.verify(EMAIL, PASSWORD + "!") is None
    assert await register.users.verify("ben@larkhollow.example", PASSWORD) is None


async def test_five_wrong_passwords_lock_for_a_minute(register: Register) -> None:
    user = await ada(register)
    for _ in range(4):
        await register.users.verify(EMAIL, "wrong")
    assert await register.users.verify(EMAIL, PASSWORD) == user  # which also forgets the four
    for _ in range(5):
        await register.users.verify(EMAIL, "wrong")
    assert await register.users.verify(EMAIL, PASSWORD) is None
    register.clock.move(seconds=59)
    assert await register.users.verify(EMAIL, PASSWORD) is None
    register.clock.move(seconds=1)
    assert await register.users.verify(EMAIL, PASSWORD) == user


async def test_a_session_lasts_until_it_is_closed_or_too_old(register: Register) -> None:
    user = await ada(register)
    first = await register.users.open_session(user.user_id)
    second = await register.users.open_session(user.user_id)
    assert await register.users.session_user(first) == user
    await register.users.close_session(first)
    assert await register.users.session_user(first) is None
    assert await register.users.session_user(second) == user
    register.clock.move(hours=12)
    assert await register.users.session_user(second) is None
    assert await register.users.session_user("invented") is None


async def test_a_new_password_ends_every_session(register: Register) -> None:
    user = await ada(register)
    session = await register.users.open_session(user.user_id)
    await register.users.set_password(await register.users.create_setup_token(user.user_id), "another password")
    assert await register.users.session_user(session) is None
    assert await register.users.verify(EMAIL, PASSWORD) is None


async def test_a_removed_user_is_signed_out(register: Register) -> None:
    user = await ada(register)
    session = await register.users.open_session(user.user_id)
    await register.writer.remove_user(user.user_id)
    assert await register.users.session_user(session) is None


async def test_the_first_user_is_offered_until_somebody_can_sign_in(register: Register) -> None:
    school = await register.school()

    async def offered() -> str | None:
        return await register.users.ensure_first_user(
            register.writer, school.school_id, name="Ada Finch", email=EMAIL, roles=["online_safety_lead"]
        )

    first, again = await offered(), await offered()
    assert first is not None
    assert again is not None
    user = await register.users.set_password(again, PASSWORD)
    assert user.roles == ("online_safety_lead",)
    assert await offered() is None


async def test_no_token_or_password_can_be_read_from_the_database(register: Register) -> None:
    user = await ada(register)
    secrets = [
        PASSWORD,
        await register.users.open_session(user.user_id),
        await register.users.create_setup_token(user.user_id),
    ]
    async with register.database.reading() as connection:
        rows = [
            str(row)
            for table in (tables.users, tables.sessions, tables.setup_tokens)
            for row in await connection.execute(select(table))
        ]
    assert len(rows) == 3
    assert not [row for row in rows for secret in secrets if secret in row]
