"""The register's tables. What is about a person is sealed with the school's data key, one blob a row."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from services.shared.database import UtcTimestamp
from services.shared.outbox import outbox_table

metadata = MetaData()


def _school(*, primary: bool = False) -> Column[str]:
    return Column(
        "school_id",
        String(32),
        ForeignKey("schools.school_id", ondelete="CASCADE"),
        primary_key=primary,
        nullable=False,
    )


schools = Table(
    "schools",
    metadata,
    Column("school_id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("jurisdiction", String(32), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("dpia_reference", String(200)),
    Column("dpo_opinion", String(200)),
    Column("consulted_on", Date),
)
versions = Table(
    "versions",
    metadata,
    _school(primary=True),
    Column("roster", Integer, nullable=False),
    Column("gallery", Integer, nullable=False),
    Column("profile", Integer, nullable=False),
)
facts = Table("facts", metadata, _school(primary=True), Column("sealed", LargeBinary, nullable=False))
pupils = Table(
    "pupils",
    metadata,
    _school(primary=True),
    Column("ref", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
staff = Table(
    "staff",
    metadata,
    _school(primary=True),
    Column("ref", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
accounts = Table(
    "accounts",
    metadata,
    Column("account_id", String(32), primary_key=True),
    _school(),
    Column("platform", String(32), nullable=False),
    Column("handle", String(100), nullable=False),
    Column("platform_account", String(100), nullable=False),
    Column("checked_against", JSON, nullable=False),
    Column("token", LargeBinary, nullable=False),
    UniqueConstraint("school_id", "platform", "platform_account"),
)
enrolment_consents = Table(
    "enrolment_consents",
    metadata,
    _school(primary=True),
    Column("ref", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
gallery = Table(
    "gallery",
    metadata,
    Column("template_id", String(32), primary_key=True),
    _school(),
    Column("ref", String(32), nullable=False),
    Column("model_id", String(200), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("photos", Integer, nullable=False),
    Column("enrolled_at", UtcTimestamp, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Index("gallery_by_pupil", "school_id", "ref"),
)
users = Table(
    "users",
    metadata,
    Column("user_id", String(32), primary_key=True),
    _school(),
    Column("name", String(200), nullable=False),
    Column("email", String(254), nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("password_hash", String(200)),
    Column("failed", Integer, nullable=False),
    Column("locked_until", UtcTimestamp),
)
setup_tokens = Table(
    "setup_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(32), ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
)
receipts = Table(
    "receipts",
    metadata,
    Column("receipt_id", String(32), primary_key=True),
    _school(),
    Column("what", String(32), nullable=False),
    Column("ref", String(32), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("deleted_at", UtcTimestamp, nullable=False),
    Index("receipts_by_school", "school_id", "deleted_at"),
)
"""What was deleted, why and when; nothing of what it was."""

audits = Table(
    "audits",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("account_id", String(32), ForeignKey("accounts.account_id", ondelete="CASCADE"), nullable=False, index=True),
    _school(),
    Column("state", String(16), nullable=False),
    Column("requested_at", UtcTimestamp, nullable=False),
    Column("posts_read", Integer, nullable=False),
    Column("read_to_the_end", Boolean, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
)
"""The audits that people asked for, and how far ingest has read."""

outbox = outbox_table(metadata)
