"""The tables of the casebook. Every row and every unique key carries the school."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from services.shared.database import UtcTimestamp

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, UtcTimestamp, nullable=nullable)


def _table(name: str, *parts: SchemaItem) -> Table:
    return Table(name, metadata, _text("school_id"), *parts)


def _key(*names: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("school_id", *names)


def _of_case() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["school_id", "case_id"], ["cases.school_id", "cases.case_id"])


inbox = _table(
    "inbox",
    _text("event_id"),
    _moment("received_at"),
    _key("event_id"),
)

posts = _table(  # one row a post: what is written about a post is written under this row's lock
    "posts",
    _text("post_id"),
    Column("newest_revision_no", Integer, nullable=False),
    _key("post_id"),
)

checks = _table(
    "checks",
    _text("check_id"),
    _text("account_id"),
    _text("post_id"),
    _text("root_id"),
    _text("revision_id"),
    Column("revision_no", Integer, nullable=False),
    _text("trigger"),
    _text("run_id", nullable=True),
    _text("platform"),
    _text("kind"),
    _text("cause"),
    _text("relation"),
    Column("has_image", Boolean, nullable=False),
    Column("required", JSON, nullable=False),
    Column("excluded", JSON, nullable=False),
    _moment("deadline"),
    _moment("published_at", nullable=True),
    _moment("observed_at"),
    _text("content_key", nullable=True),
    Column("media_keys", JSON, nullable=False),
    _moment("recorded_at"),
    _text("state"),
    Column("collected", Boolean, nullable=False),
    _moment("ended_at", nullable=True),
    _key("check_id"),
    Index(None, "school_id", "post_id", "revision_no"),
    Index(None, "school_id", "account_id", "state"),
    Index(None, "state", "collected", "recorded_at"),
    Index(None, "state", "deadline"),
)

answers = _table(
    "answers",
    _text("analysis_id"),
    _text("check_id"),
    _text("account_id"),
    _text("post_id"),
    Column("revision_no", Integer, nullable=False),
    _text("detector"),
    _text("detector_version"),
    _text("status"),
    Column("unchecked", JSON, nullable=False),
    Column("subjects", JSON, nullable=False),
    _moment("analysed_at"),
    _moment("recorded_at"),
    Column("orphan_reported", Boolean, nullable=False),
    _key("analysis_id"),
    Index(None, "school_id", "check_id"),
    Index(None, "orphan_reported", "recorded_at"),
)

findings = _table(
    "findings",
    _text("analysis_id"),
    _text("finding_id"),
    _text("check_id"),
    _text("post_id"),
    _text("revision_id"),
    Column("revision_no", Integer, nullable=False),
    Column("since_changed", Boolean, nullable=False),
    _text("detector"),
    _text("category"),
    Column("finding", JSON, nullable=False),
    _text("verdict", nullable=True),
    _text("severity", nullable=True),
    _text("audience", nullable=True),
    Column("clause_ids", JSON, nullable=True),
    _text("axis", nullable=True),
    _text("nature", nullable=True),
    _text("kcsie_area", nullable=True),
    _key("analysis_id", "finding_id"),
    Index(None, "school_id", "post_id", "revision_no"),
    Index(None, "school_id", "check_id"),
)

cases = _table(
    "cases",
    _text("case_id"),
    _text("root_id"),
    _text("audience"),
    _text("severity"),
    _text("state"),
    _moment("opened_at"),
    _moment("respond_by"),
    _moment("acknowledged_at", nullable=True),
    _text("acknowledged_by", nullable=True),
    _moment("closed_at", nullable=True),
    _text("closed_by", nullable=True),
    _text("outcome", nullable=True),
    _key("case_id"),
    Index(None, "school_id", "state", "severity", "respond_by"),
)

case_posts = _table(
    "case_posts",
    _text("case_id"),
    _text("post_id"),
    _key("case_id", "post_id"),
    _of_case(),
)

case_readers = _table(  # the roles that may read a case, by the profile that opened or raised it
    "case_readers",
    _text("case_id"),
    _text("role"),
    _key("case_id", "role"),
    _of_case(),
)

alerts = _table(
    "alerts",
    _text("alert_id"),
    _text("account_id"),
    _text("post_id"),
    _text("audience"),
    _text("case_id"),
    Column("generation", Integer, nullable=False),
    _text("severity"),
    Column("categories", JSON, nullable=False),
    Column("clause_ids", JSON, nullable=False),
    _text("axis"),
    _text("nature"),
    _text("kcsie_area"),
    _text("profile_version"),
    Column("finding_ids", JSON, nullable=False),
    _moment("raised_at"),
    _moment("respond_by"),
    _key("alert_id"),
    UniqueConstraint("school_id", "post_id", "audience"),
    Index(None, "school_id", "case_id"),
    _of_case(),
)

alert_generations = _table(  # each generation as it was announced: a repeated sending says the same
    "alert_generations",
    _text("alert_id"),
    Column("generation", Integer, nullable=False),
    Column("alert", JSON, nullable=False),
    _moment("raised_at"),
    _key("alert_id", "generation"),
    ForeignKeyConstraint(["school_id", "alert_id"], ["alerts.school_id", "alerts.alert_id"]),
)

deliveries = _table(
    "deliveries",
    _text("delivery_id"),
    _text("alert_id"),
    Column("generation", Integer, nullable=False),
    _text("case_id"),
    _text("channel"),
    _text("recipient"),
    _text("state"),
    _moment("created_at"),
    _moment("send_at"),
    _moment("next_attempt_at"),
    Column("attempts", Integer, nullable=False),
    _text("last_code", nullable=True),
    Column("late_reported", Boolean, nullable=False),
    _moment("ended_at", nullable=True),
    _key("delivery_id"),
    UniqueConstraint("school_id", "alert_id", "generation", "recipient", "channel"),
    Index(None, "school_id", "case_id"),
    Index(None, "state", "next_attempt_at"),
    ForeignKeyConstraint(
        ["school_id", "alert_id", "generation"],
        ["alert_generations.school_id", "alert_generations.alert_id", "alert_generations.generation"],
    ),
)

notes = _table(
    "notes",
    _text("note_id"),
    _text("case_id"),
    _text("author_id"),
    Column("sealed_text", LargeBinary, nullable=False),
    _moment("written_at"),
    _key("note_id"),
    Index(None, "school_id", "case_id"),
    _of_case(),
)

evidence = _table(  # what a revision was when its alert was raised, and where its content lies
    "evidence",
    _text("case_id"),
    _text("revision_id"),
    _text("post_id"),
    Column("revision_no", Integer, nullable=False),
    _text("account_id"),
    _text("platform"),
    _text("kind"),
    _text("relation"),
    _text("content_key", nullable=True),
    Column("media_keys", JSON, nullable=False),
    _moment("published_at", nullable=True),
    _moment("observed_at"),
    _moment("kept_at"),
    _key("case_id", "revision_id"),
    _of_case(),
)

audit_log = _table(
    "audit_log",
    Column("number", Integer, nullable=False),
    _text("actor_id"),
    _text("action"),
    _text("subject"),
    _text("detail"),
    _moment("at"),
    _text("previous_hash"),
    _text("hash"),
    _key("number"),
)

audit_heads = _table(  # the newest link of each chain: a chain whose end was cut off no longer fits it
    "audit_heads",
    Column("number", Integer, nullable=False),
    _text("hash"),
    _key(),
)
