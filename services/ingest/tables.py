"""The tables of the database `ingest`."""

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

from services.shared.database import UtcTimestamp
from services.shared.outbox import outbox_table

metadata = MetaData()

posts = Table(
    "posts",
    metadata,
    Column("post_id", String(128), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("account_id", String(20), nullable=False),
    Column("first_id", String(96), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("relation", String(64), nullable=False),
    Column("published_at", UtcTimestamp),
    Column("revision_no", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("visibility", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Index("posts_by_account", "account_id", "published_at"),
)
"""Every post, with its last revision."""

revisions = Table(
    "revisions",
    metadata,
    Column("revision_id", String(160), primary_key=True),
    Column("post_id", String(128), ForeignKey("posts.post_id"), nullable=False),
    Column("school_id", String(20), nullable=False),
    Column("revision_no", Integer, nullable=False),
    Column("cause", String(64), nullable=False),
    Column("event", Text, nullable=False),
    Column("observed_at", UtcTimestamp, nullable=False),
    Column("release_at", UtcTimestamp, nullable=False),
    Column("released_at", UtcTimestamp),
    UniqueConstraint("post_id", "revision_no", name="revisions_number"),
    Index("revisions_waiting", "released_at"),
)
"""Every revision with its check; `released_at` is empty while it waits for media, at most until `release_at`."""

attachments = Table(
    "attachments",
    metadata,
    Column("post_id", String(128), ForeignKey("posts.post_id"), primary_key=True),
    Column("key", String(96), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("account_id", String(20), nullable=False),
    Column("platform", String(64), nullable=False),
    Column("object_id", String(96), nullable=False),
    Column("url", Text),
    Column("media", String(200)),
    Column("missing_reason", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcTimestamp),
    Index("attachments_due", "next_at"),
)
"""Every attachment; `next_at` is when to fetch it (again), empty once it was stored or given up."""

cursors = Table(
    "cursors",
    metadata,
    Column("account_id", String(20), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("moved_at", UtcTimestamp, nullable=False),
    Column("gap", String(64)),
    Column("gap_at", UtcTimestamp),
)
"""Where each stream was read up to, and the last gap that was declared on it."""

leases = Table(
    "leases",
    metadata,
    Column("account_id", String(20), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("holder", String(32), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
)
"""Which process polls an account. `fence` rises whenever the holder changes."""

outbox = outbox_table(metadata)
