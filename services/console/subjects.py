"""Whom posts may show, by name: from the registers that the post's account is checked against, and from no other."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.ids import AccountId, PupilRef, SchoolId
from services.console.context import Console
from services.register.models import Pupil


@dataclass(frozen=True)
class Subject:
    """A pupil whom a post of an account may show; `school_id` is that of the pupil's register."""

    account_id: AccountId
    school_id: SchoolId
    ref: PupilRef


async def pupils_of(console: Console, owner: SchoolId, subjects: Iterable[Subject]) -> dict[PupilRef, Pupil]:
    """Return the pupils behind the references, as far as the school `owner` of the accounts may know them.

    Others, and those who have left, stay references.

    Raises:
        DependencyUnavailable: the register does not answer.
    """
    against = {
        account.account_id: {owner, *account.checked_against}
        for account in await console.register.accounts()
        if account.school_id == owner
    }
    wanted: dict[SchoolId, set[PupilRef]] = {}
    for subject in subjects:
        if subject.school_id in against.get(subject.account_id, {owner}):
            wanted.setdefault(subject.school_id, set()).add(subject.ref)
    return {
        pupil.ref: pupil
        for school, refs in wanted.items()
        for pupil in (await console.register.roster(school)).pupils
        if pupil.ref in refs
    }
