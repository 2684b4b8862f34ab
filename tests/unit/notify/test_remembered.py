"""Notify goes on for a minute when the register does not answer, then waits, and then goes on by itself."""

from dataclasses import dataclass

import pytest

from schemas import ids
from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.notify.profiles import Profiles
from services.notify.remembered import Remembered
from services.register.models import School, User
from services.shared.errors import DependencyUnavailable, InputRejected
from tests.support.events import SCHOOL
from tests.support.notify import HandClock, Register


@dataclass
class Silent(Register):
    """A register that stops answering when it is told to."""

    answers: bool = True

    async def school(self, school_id: SchoolId) -> School:
        self._answer()
        return await super().school(school_id)

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        self._answer()
        return await super().versions(school_id)

    async def users(self, school_id: SchoolId) -> tuple[User, ...]:
        self._answer()
        return await super().users(school_id)

    def _answer(self) -> None:
        if not self.answers:
            raise DependencyUnavailable("the register does not answer")


async def test_what_is_known_is_served_for_a_minute_and_then_nothing_until_the_register_answers() -> None:
    clock, register = HandClock(), Silent()
    remembered = Remembered(register, clock)
    profiles = Profiles(remembered)
    profile, users = await profiles.of(SCHOOL), await remembered.users(SCHOOL)

    register.answers = False
    clock.advance(seconds=60)
    assert (await profiles.of(SCHOOL), await remembered.users(SCHOOL)) == (profile, users)
    clock.advance(seconds=1)
    for read in (profiles.of, remembered.users):
        with pytest.raises(DependencyUnavailable):
            await read(SCHOOL)

    register.answers = True
    assert (await profiles.of(SCHOOL), await remembered.users(SCHOOL)) == (profile, users)
    register.answers = False
    clock.advance(seconds=60)
    assert await profiles.of(SCHOOL) == profile


async def test_a_school_that_was_never_read_is_waited_for() -> None:
    register = Silent(answers=False)
    with pytest.raises(DependencyUnavailable):
        await Profiles(Remembered(register, HandClock())).of(SCHOOL)


async def test_a_school_that_the_register_does_not_have_stays_unknown() -> None:
    clock, register = HandClock(), Silent()
    profiles = Profiles(Remembered(register, clock))
    with pytest.raises(InputRejected):
        await profiles.of(ids.school_id("elsewhere"))
