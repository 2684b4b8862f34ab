"""What an audit found should come down, as a table for a spreadsheet."""

import csv
import io

from services.casebook.audits import Takedown, takedowns
from services.console.context import Console, Person
from services.console.takedowns.tasks import url_of
from services.register.models import Account, Audit

COLUMNS = (
    "school", "account", "post", "published", "severity", "verdict", "categories", "clauses", "case",
)  # fmt: skip
BYTE_ORDER_MARK = "\ufeff"
"""By this, spreadsheets know that the text is UTF-8."""


async def to_csv(console: Console, person: Person, audit: Audit) -> str:
    """Return the posts of an audit that this person may read about, the worst first; `post` is empty when it is gone.

    Raises:
        DependencyUnavailable: a database or the content store does not answer.
    """
    async with console.casebook.reading() as connection:
        found = await takedowns(connection, person.viewer, audit.run_id)
    accounts = {account.account_id: account for account in await console.register.accounts()}
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in found:
        url = await url_of(console, one.content_key)
        table.writerow(_row(one, person.school.name, accounts.get(one.account_id), url))
    return BYTE_ORDER_MARK + text.getvalue()


def _row(one: Takedown, school: str, account: Account | None, url: str) -> tuple[str, ...]:
    return (
        _harmless(school),
        _harmless(f"{account.platform} {account.handle}") if account else one.account_id,
        url,
        one.published_at.isoformat() if one.published_at else "",
        one.severity,
        one.verdict,
        " ".join(one.categories),
        " ".join(one.clause_ids),
        one.case_id,
    )


def _harmless(text: str) -> str:
    """Return what somebody typed so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
