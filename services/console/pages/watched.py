"""What is watched, and who is told of what is found there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from services.casebook.accounts import NOT_CHECKED, AccountState, statuses
from services.casebook.queue import Watched, watched_accounts
from services.console.context import Console, Here, Me, Person
from services.console.render import page
from services.policy.profile import Profile
from services.register.models import Account, User

router = APIRouter()
SILENCE: Final = timedelta(minutes=15)
"""A status that is older says nothing of now: one comes every five minutes."""


@dataclass(frozen=True)
class WatchedAccount:
    """An account with how it is being read and how its checks stand; each is None before there was anything to say.

    `silent`: nobody has said for some time how it is being read.
    """

    account: Account
    status: AccountState | None
    silent: bool
    checks: Watched | None

    @property
    def is_read(self) -> bool:
        """Tell whether it is being read at the moment, as far as is known."""
        return self.status is not None and not self.silent and self.status.state != NOT_CHECKED

    @property
    def was_read(self) -> bool:
        """Tell whether anything was ever read from it, or all of it although there was nothing."""
        return self.checks is not None or (self.status is not None and self.status.checked_at is not None)


@dataclass(frozen=True)
class Told:
    """Who is told of an audience's cases of one severity: each role of the policy with the people who hold it."""

    severity: str
    roles: tuple[tuple[str, tuple[User, ...]], ...]

    @property
    def nobody(self) -> bool:
        """Tell whether no person holds any of the roles."""
        return not any(users for _, users in self.roles)


@router.get("/watched")
async def watched(request: Request, console: Here, me: Me) -> Response:
    """Show the school's accounts and people."""
    profile = await console.profile(me.school.school_id)
    users = await console.register.users(me.school.school_id)
    return page(
        request,
        "watched.html",
        accounts=await accounts_of(console, me),
        routes=_routes(profile, users),
        users=users,
        profile=profile,
        zone=profile.calendar.time_zone,
    )


async def accounts_of(console: Console, person: Person) -> list[WatchedAccount]:
    """Return the accounts of this person's school."""
    async with console.casebook.reading() as connection:
        checked = {one.account_id: one for one in await watched_accounts(connection, person.viewer)}
        states = {one.account_id: one for one in await statuses(connection, person.viewer)}
    heard_since = console.clock.now() - SILENCE
    return [
        WatchedAccount(
            account,
            state := states.get(account.account_id),
            state is None or state.observed_at < heard_since,
            checked.get(account.account_id),
        )
        for account in await console.register.accounts()
        if account.school_id == person.school.school_id
    ]


def _routes(profile: Profile, users: tuple[User, ...]) -> dict[str, list[Told]]:
    return {
        audience: [
            Told(
                severity,
                tuple(
                    (profile.roles.get(role, role), tuple(user for user in users if role in user.roles))
                    for role in roles
                ),
            )
            for severity, roles in sorted(by_severity.items())
        ]
        for audience, by_severity in profile.routes.items()
    }
