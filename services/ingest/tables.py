"""The tables of the database `ingest`."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

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
    Column("parent_id", String(128)),
    Column("object_id", String(96)),
    Column("looked_up_at", UtcTimestamp),
    Column("absent_at", UtcTimestamp),
    Column("deleted_at", UtcTimestamp),
    Column("purged_at", UtcTimestamp),
    Index("posts_by_account", "account_id", "published_at"),
    Index("posts_by_parent", "parent_id"),
    Index("posts_by_look_up", "account_id", "looked_up_at"),
)
"""Every post, with its last revision; live while `deleted_at` is empty.

`object_id` is the platform's id of the last version (empty: `first_id`). `looked_up_at` is when a look-up or a new
revision last said whether the post is there, `absent_at` when a look-up first said that it is not. `purged_at` is when
the last of a deleted post's blobs was removed.
"""

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

purges = Table(
    "purges",
    metadata,
    Column("blob", String(200), primary_key=True),
    Column("post_id", String(128), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("part", String(64), nullable=False),
    Column("due_at", UtcTimestamp, nullable=False),
    Column("begun_at", UtcTimestamp),
    Column("purged_at", UtcTimestamp),
    Index("purges_due", "purged_at", "due_at"),
    Index("purges_by_post", "post_id"),
)
"""What must go because `post_id` was deleted, or because a crash may have left it without a revision.

`part` is `blob` (all of it) or `parent_text` (a comment's blob is rewritten without the deleted post's text).
`begun_at` is set while the blob is being removed: nobody may write it then.
"""

stream_status = Table(
    "stream_status",
    metadata,
    Column("account_id", String(20), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("code", String(64), nullable=False),
    Column("failing_since", UtcTimestamp),
    Column("read_at", UtcTimestamp),
    Column("budget_used", Float),
)
"""How the last reading of each stream ended; `read_at` is when the last complete one began."""

account_status = Table(
    "account_status",
    metadata,
    Column("account_id", String(20), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("state", String(64), nullable=False),
    Column("reason", String(64)),
    Column("gaps", Text, nullable=False),
    Column("observed_at", UtcTimestamp, nullable=False),
)
"""The status of each account that was published last; `gaps` is a JSON list."""

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

register_changes = Table(
    "register_changes",
    metadata,
    Column("change_id", String(32), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    Index("register_changes_of_school", "school_id", "changed_at"),
)
"""The changes of registers that were seen, so that one that is told twice counts once."""

rechecks = Table(
    "rechecks",
    metadata,
    Column("run_id", String(20), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("detectors", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("first_at", UtcTimestamp, nullable=False),
    Column("due_at", UtcTimestamp, nullable=False),
    Column("pass_at", UtcTimestamp),
    Column("released_since", UtcTimestamp),
    Column("position", Text),
    Column("held", Boolean, nullable=False, server_default=false()),
    Index("rechecks_due", "due_at"),
)
"""The rechecks to come and under way; `due_at` is when to go on.

Until it begins (`pass_at` is empty) further changes of its school and urgency join it. It then passes through the posts
from the newest on, `position` being where it is, and again through those that were published since the last pass began
(`released_since`), until none of these is `held` back by its media any more.
"""

audit_runs = Table(
    "audit_runs",
    metadata,
    Column("run_id", String(20), primary_key=True),
    Column("school_id", String(20), nullable=False),
    Column("account_id", String(20), nullable=False),
    Column("cursor", Text, nullable=False),
    Column("posts_read", Integer, nullable=False),
    Column("read_to_the_end", Boolean, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("moved_at", UtcTimestamp, nullable=False),
)
"""How far each audit has read its account."""

outbox = outbox_table(metadata)
