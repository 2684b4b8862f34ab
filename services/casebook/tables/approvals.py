"""Posts before they go live, who approved them, and what went live."""

from sqlalchemy import JSON, Boolean, Column, ForeignKeyConstraint, Index, Integer, LargeBinary

from services.casebook.tables.columns import key, moment, table, text

drafts = table(
    "drafts",
    text("draft_id"),
    text("account_id"),
    text("author_id"),
    text("content_key"),
    Column("media_keys", JSON, nullable=False),
    text("content_hash"),
    text("text_ref"),
    Column("pictures", JSON, nullable=False),
    text("verdict"),
    Column("analyses", JSON, nullable=False),
    moment("checked_at"),
    text("state"),
    text("decided_by", nullable=True),
    moment("decided_at", nullable=True),
    Column("sealed_reason", LargeBinary, nullable=True),
    text("post_id", nullable=True),
    moment("linked_at", nullable=True),
    key("draft_id"),
    Index(None, "school_id", "checked_at"),
    Index(None, "school_id", "account_id", "state", "decided_at"),
)

draft_readers = table(  # the roles that may read a draft, by the profile under which it was checked
    "draft_readers",
    text("draft_id"),
    text("role"),
    key("draft_id", "role"),
    ForeignKeyConstraint(["school_id", "draft_id"], ["drafts.school_id", "drafts.draft_id"]),
)

draft_blobs = table(  # where texts and pictures may lie of drafts that are not recorded: not yet, or never
    "draft_blobs",
    text("draft_id"),
    Column("blobs", JSON, nullable=False),
    moment("reserved_at"),
    key("draft_id"),
    Index(None, "reserved_at"),
)

live_revisions = table(  # what official posts show; `compare_at` only while a comparison waits for time to pass
    "live_revisions",
    text("post_id"),
    Column("revision_no", Integer, nullable=False),
    text("account_id"),
    text("check_id", nullable=True),
    text("cause"),
    text("text_ref"),
    Column("pictures", JSON, nullable=False),
    Column("awaits_answer", Boolean, nullable=False),
    Column("pending", Boolean, nullable=False),
    moment("live_at"),
    moment("recorded_at"),
    text("outcome", nullable=True),
    moment("compare_at", nullable=True),
    key("post_id", "revision_no"),
    Index(None, "compare_at"),
)
