"""What was to be checked and what was answered."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer

from services.casebook.tables.columns import key, moment, table, text

inbox = table(
    "inbox",
    text("event_id"),
    moment("received_at"),
    key("event_id"),
)


posts = table(  # one row a post: what is written about a post is written under this row's lock
    "posts",
    text("post_id"),
    Column("newest_revision_no", Integer, nullable=False),
    key("post_id"),
)


checks = table(
    "checks",
    text("check_id"),
    text("account_id"),
    text("post_id"),
    text("root_id"),
    text("revision_id"),
    Column("revision_no", Integer, nullable=False),
    text("trigger"),
    text("run_id", nullable=True),
    text("platform"),
    text("kind"),
    text("cause"),
    text("relation"),
    Column("has_image", Boolean, nullable=False),
    Column("required", JSON, nullable=False),
    Column("excluded", JSON, nullable=False),
    moment("deadline"),
    moment("published_at", nullable=True),
    moment("observed_at"),
    text("content_key", nullable=True),
    Column("media_keys", JSON, nullable=False),
    moment("recorded_at"),
    text("state"),
    Column("collected", Boolean, nullable=False),
    moment("ended_at", nullable=True),
    key("check_id"),
    Index(None, "school_id", "post_id", "revision_no"),
    Index(None, "school_id", "account_id", "state"),
    Index(None, "state", "collected", "recorded_at"),
    Index(None, "state", "deadline"),
    Index(None, "school_id", "run_id"),
)


answers = table(
    "answers",
    text("analysis_id"),
    text("check_id"),
    text("account_id"),
    text("post_id"),
    Column("revision_no", Integer, nullable=False),
    text("detector"),
    text("detector_version"),
    text("status"),
    Column("unchecked", JSON, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("media_facts", JSON, nullable=True),
    moment("analysed_at"),
    moment("recorded_at"),
    Column("orphan_reported", Boolean, nullable=False),
    key("analysis_id"),
    Index(None, "school_id", "check_id"),
    Index(None, "orphan_reported", "recorded_at"),
)


findings = table(
    "findings",
    text("analysis_id"),
    text("finding_id"),
    text("check_id"),
    text("post_id"),
    text("revision_id"),
    Column("revision_no", Integer, nullable=False),
    Column("since_changed", Boolean, nullable=False),
    text("detector"),
    text("category"),
    Column("finding", JSON, nullable=False),
    text("verdict", nullable=True),
    text("severity", nullable=True),
    text("audience", nullable=True),
    Column("clause_ids", JSON, nullable=True),
    text("axis", nullable=True),
    text("nature", nullable=True),
    text("kcsie_area", nullable=True),
    key("analysis_id", "finding_id"),
    Index(None, "school_id", "post_id", "revision_no"),
    Index(None, "school_id", "check_id"),
)
