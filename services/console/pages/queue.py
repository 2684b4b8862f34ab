"""The queue: the cases to work on, the most severe first and then the most urgent."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from services.casebook.cases import ACKNOWLEDGED, CLOSED, OPEN
from services.casebook.queue import Case, count_cases, count_deleted, list_cases
from services.console.case_reader import headlines, outages_of
from services.console.context import Here, Me
from services.console.pages.watched import WatchedAccount, accounts_of
from services.console.render import page
from services.register.models import Account

router = APIRouter()
TO_DO: Final = "to-do"
FILTERS: Final[Mapping[str, tuple[str, ...]]] = {
    TO_DO: (OPEN, ACKNOWLEDGED),
    OPEN: (OPEN,),
    ACKNOWLEDGED: (ACKNOWLEDGED,),
    CLOSED: (CLOSED,),
}
SHOWN: Final = 200


@dataclass(frozen=True)
class Row:
    """A case in the queue; `accounts` are where its posts stand, as far as they are still watched.

    `deleted` is how many of its posts the platform no longer has.
    """

    case: Case
    headlines: tuple[str, ...]
    accounts: tuple[Account, ...]
    deleted: int


@dataclass(frozen=True)
class Stillness:
    """What an empty queue rests on: when the last check ended, and why it may be empty although all is not well.

    `overdue` counts the checks without an answer in time, `unread` the accounts from which nothing was ever read,
    `left` those that were read once and are not any more.
    """

    ended_at: datetime | None
    overdue: int
    unread: int
    left: int

    @property
    def well(self) -> bool:
        """Tell whether everything that is watched was looked at, as far as is known here."""
        return self.ended_at is not None and not (self.overdue or self.unread or self.left)


@router.get("/")
async def queue(request: Request, console: Here, me: Me, state: str = TO_DO) -> Response:
    """Show the cases that this person may see."""
    chosen = state if state in FILTERS else TO_DO
    async with console.casebook.reading() as connection:
        found = await list_cases(connection, me.viewer, states=FILTERS[chosen], limit=SHOWN)
        counted = await count_cases(connection, me.viewer)
        outages = await outages_of(connection, found)
        deleted = await count_deleted(connection, me.viewer, [case.case_id for case in found])
    profile = await console.profile(me.school.school_id)
    watched = await accounts_of(console, me)
    rows = [
        Row(case, headlines(profile, case, outages), _where(case, watched), deleted.get(case.case_id, 0))
        for case in found
    ]
    return page(
        request,
        "queue.html",
        rows=rows,
        chosen=chosen,
        filters=_filters(counted),
        severities=_by_severity(counted),
        stillness=_stillness(watched),
        zone=profile.calendar.time_zone,
        shown=SHOWN,
    )


def _where(case: Case, watched: Iterable[WatchedAccount]) -> tuple[Account, ...]:
    ids = {alert.account_id for alert in case.alerts}
    return tuple(one.account for one in watched if one.account.account_id in ids)


def _filters(counted: Mapping[tuple[str, str], int]) -> dict[str, int | None]:
    """Return how many cases each filter shows; closed ones are not counted."""
    by_state: Counter[str] = Counter()
    for (_, state), number in counted.items():
        by_state[state] += number
    return {
        name: None if name == CLOSED else sum(by_state[state] for state in states) for name, states in FILTERS.items()
    }


def _by_severity(counted: Mapping[tuple[str, str], int]) -> dict[str, int]:
    by_severity: Counter[str] = Counter()
    for (severity, _), number in counted.items():
        by_severity[severity] += number
    return dict(sorted(by_severity.items()))


def _stillness(watched: Iterable[WatchedAccount]) -> Stillness:
    accounts = list(watched)
    checks = [one.checks for one in accounts if one.checks is not None]
    return Stillness(
        max((each.last_ended_at for each in checks if each.last_ended_at is not None), default=None),
        sum(each.overdue for each in checks),
        sum(not one.was_read for one in accounts),
        sum(one.was_read and not one.is_read for one in accounts),
    )
