"""Who did what."""

from sqlalchemy import Column, Integer

from services.casebook.tables.columns import key, moment, table, text

audit_log = table(
    "audit_log",
    Column("number", Integer, nullable=False),
    text("actor_id"),
    text("action"),
    text("subject"),
    text("detail"),
    moment("at"),
    text("previous_hash"),
    text("hash"),
    key("number"),
)


audit_heads = table(  # the newest link of each chain: a chain whose end was cut off no longer fits it
    "audit_heads",
    Column("number", Integer, nullable=False),
    text("hash"),
    key(),
)
