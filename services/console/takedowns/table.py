"""What an audit found should come down, as a table for a spreadsheet; the terminal gives the same one."""

import csv
import io
from collections.abc import Iterable

from schemas.ids import BlobKey
from services.casebook.audits import Takedown
from services.console import post_view
from services.policy.load import load_profile
from services.policy.profile import Profile
from services.policy.wording import headline
from services.register.models import Account, School
from services.shared.content_store import ContentStore
from services.shared.errors import ContentGone

COLUMNS = (
    "school", "account", "post", "kind", "published", "severity", "verdict", "categories", "clauses", "case",
)  # fmt: skip
BYTE_ORDER_MARK = "\ufeff"
"""By this, spreadsheets know that the text is UTF-8."""


async def to_csv(found: Iterable[Takedown], school: School, accounts: Iterable[Account], store: ContentStore) -> str:
    """Return what was found in a school's posts, in its order; `post` is empty for one that is gone.

    Raises:
        DependencyUnavailable: the content store does not answer.
        SettingsError: the school's profile is wrong.
    """
    by_id, profile = {account.account_id: account for account in accounts}, load_profile(school.profile)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in found:
        cells = _row(one, school, by_id.get(one.account_id), await url_of(store, one.content_key), profile)
        table.writerow(map(_harmless, cells))
    return BYTE_ORDER_MARK + text.getvalue()


async def url_of(store: ContentStore, content_key: BlobKey | None) -> str:
    """Return where a post stands on its platform, as long as its words are kept; else nothing.

    Raises:
        DependencyUnavailable: the content store does not answer.
    """
    if content_key is None:
        return ""
    try:
        content = await store.get_content(content_key)
    except ContentGone:
        return ""
    return post_view.safe_url(content.url)


def _row(one: Takedown, school: School, account: Account | None, url: str, profile: Profile) -> tuple[str, ...]:
    return (
        school.name,
        f"{account.platform} {account.handle}" if account else one.account_id,
        url,
        one.kind.replace("_", " "),
        one.published_at.isoformat() if one.published_at else "",
        one.severity,
        one.verdict,
        "; ".join(headline(profile, category) for category in one.categories),
        " ".join(one.clause_ids),
        one.case_id,
    )


def _harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
