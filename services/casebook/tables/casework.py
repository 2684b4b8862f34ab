"""What people work on, what it rests on, and the messages that tell of it."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    true,
)

from services.casebook.tables.columns import key, moment, of_case, table, text

cases = table(  # told_*: how many of its posts are not only an audit's, and the severity that people know
    "cases",
    text("case_id"),
    text("root_id"),
    text("audience"),
    text("severity"),
    text("state"),
    moment("opened_at"),
    moment("respond_by"),
    moment("acknowledged_at", nullable=True),
    text("acknowledged_by", nullable=True),
    moment("closed_at", nullable=True),
    text("closed_by", nullable=True),
    text("outcome", nullable=True),
    Column("told_posts", Integer, nullable=False, server_default="1"),
    text("told_severity", nullable=True),
    key("case_id"),
    Index(None, "school_id", "state", "severity", "respond_by"),
)


case_posts = table(
    "case_posts",
    text("case_id"),
    text("post_id"),
    key("case_id", "post_id"),
    of_case(),
)


case_readers = table(  # the roles that may read a case, by the profile that opened or raised it
    "case_readers",
    text("case_id"),
    text("role"),
    key("case_id", "role"),
    of_case(),
)


alerts = table(  # told: whether it was ever raised by more than an audit, which tells nobody
    "alerts",
    text("alert_id"),
    text("account_id"),
    text("post_id"),
    text("audience"),
    text("case_id"),
    Column("generation", Integer, nullable=False),
    text("severity"),
    Column("categories", JSON, nullable=False),
    Column("clause_ids", JSON, nullable=False),
    text("axis"),
    text("nature"),
    text("kcsie_area"),
    text("profile_version"),
    Column("finding_ids", JSON, nullable=False),
    moment("raised_at"),
    moment("respond_by"),
    Column("told", Boolean, nullable=False, server_default=true()),
    key("alert_id"),
    UniqueConstraint("school_id", "post_id", "audience"),
    Index(None, "school_id", "case_id"),
    of_case(),
)


alert_generations = table(  # each generation as it was announced: a repeated sending says the same
    "alert_generations",
    text("alert_id"),
    Column("generation", Integer, nullable=False),
    Column("alert", JSON, nullable=False),
    moment("raised_at"),
    key("alert_id", "generation"),
    ForeignKeyConstraint(["school_id", "alert_id"], ["alerts.school_id", "alerts.alert_id"]),
)


deliveries = table(
    "deliveries",
    text("delivery_id"),
    text("alert_id"),
    Column("generation", Integer, nullable=False),
    text("case_id"),
    text("channel"),
    text("recipient"),
    text("state"),
    moment("created_at"),
    moment("send_at"),
    moment("next_attempt_at"),
    Column("attempts", Integer, nullable=False),
    text("last_code", nullable=True),
    Column("late_reported", Boolean, nullable=False),
    moment("ended_at", nullable=True),
    key("delivery_id"),
    UniqueConstraint("school_id", "alert_id", "generation", "recipient", "channel"),
    Index(None, "school_id", "case_id"),
    Index(None, "state", "next_attempt_at"),
    ForeignKeyConstraint(
        ["school_id", "alert_id", "generation"],
        ["alert_generations.school_id", "alert_generations.alert_id", "alert_generations.generation"],
    ),
)


notes = table(
    "notes",
    text("note_id"),
    text("case_id"),
    text("author_id"),
    Column("sealed_text", LargeBinary, nullable=False),
    moment("written_at"),
    key("note_id"),
    Index(None, "school_id", "case_id"),
    of_case(),
)


evidence = table(  # what a revision was when its alert was raised, and where its content lies
    "evidence",
    text("case_id"),
    text("revision_id"),
    text("post_id"),
    Column("revision_no", Integer, nullable=False),
    text("account_id"),
    text("platform"),
    text("kind"),
    text("relation"),
    text("content_key", nullable=True),
    Column("media_keys", JSON, nullable=False),
    moment("published_at", nullable=True),
    moment("observed_at"),
    moment("kept_at"),
    key("case_id", "revision_id"),
    of_case(),
)
