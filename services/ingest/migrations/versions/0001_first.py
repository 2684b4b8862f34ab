"""The first tables of ingest."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    _posts()
    _attachments()
    _polling()
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("post_id", sa.String(128), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("account_id", sa.String(20), nullable=False),
        sa.Column("first_id", sa.String(96), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("relation", sa.String(64), nullable=False),
        sa.Column("published_at", TIMESTAMP),
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("visibility", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("posts_by_account", "posts", ["account_id", "published_at"])
    op.create_table(
        "revisions",
        sa.Column("revision_id", sa.String(160), primary_key=True),
        sa.Column("post_id", sa.String(128), sa.ForeignKey("posts.post_id"), nullable=False),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("observed_at", TIMESTAMP, nullable=False),
        sa.Column("release_at", TIMESTAMP, nullable=False),
        sa.Column("released_at", TIMESTAMP),
        sa.UniqueConstraint("post_id", "revision_no", name="revisions_number"),
    )
    op.create_index("revisions_waiting", "revisions", ["released_at"])


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("post_id", sa.String(128), sa.ForeignKey("posts.post_id"), primary_key=True),
        sa.Column("key", sa.String(96), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("account_id", sa.String(20), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("object_id", sa.String(96), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("media", sa.String(200)),
        sa.Column("missing_reason", sa.String(64)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", TIMESTAMP),
    )
    op.create_index("attachments_due", "attachments", ["next_at"])


def _polling() -> None:
    op.create_table(
        "cursors",
        sa.Column("account_id", sa.String(20), primary_key=True),
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("moved_at", TIMESTAMP, nullable=False),
        sa.Column("gap", sa.String(64)),
        sa.Column("gap_at", TIMESTAMP),
    )
    op.create_table(
        "leases",
        sa.Column("account_id", sa.String(20), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", TIMESTAMP, nullable=False),
    )
