"""How well accounts are being read."""

from sqlalchemy import JSON, Column, Float, Index, Integer

from services.casebook.tables.columns import key, moment, table, text

account_statuses = table(  # the last of each account; `watched_since` is of the first, `heard_at` by our clock
    "account_statuses",
    text("account_id"),
    text("platform"),
    text("state"),
    text("reason", nullable=True),
    moment("since"),
    moment("watched_since"),
    moment("checked_at", nullable=True),
    Column("gaps", JSON, nullable=False),
    Column("budget_used", Float, nullable=True),
    moment("observed_at"),
    Column("repeats_within", Integer, nullable=False),
    moment("heard_at"),
    key("account_id"),
)

outages = table(  # each has the form of a post, so that it has an alert and a case; of a kind one is open an account
    "outages",
    text("post_id"),
    text("account_id"),
    text("platform"),
    text("kind"),
    moment("since", nullable=True),
    moment("opened_at"),
    moment("ended_at", nullable=True),
    key("post_id"),
    Index(None, "school_id", "account_id", "kind", "ended_at"),
)
