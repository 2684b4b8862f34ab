"""Deletions, purges and the status of accounts."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("looked_up_at", "absent_at", "deleted_at", "purged_at"):
        op.add_column("posts", sa.Column(name, TIMESTAMP))
    op.add_column("posts", sa.Column("parent_id", sa.String(128)))
    op.add_column("posts", sa.Column("object_id", sa.String(96)))
    _fill_in_parents()
    op.create_index("posts_by_parent", "posts", ["parent_id"])
    op.create_index("posts_by_look_up", "posts", ["account_id", "looked_up_at"])
    op.create_table(
        "purges",
        sa.Column("blob", sa.String(200), primary_key=True),
        sa.Column("post_id", sa.String(128), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("part", sa.String(64), nullable=False),
        sa.Column("due_at", TIMESTAMP, nullable=False),
        sa.Column("begun_at", TIMESTAMP),
        sa.Column("purged_at", TIMESTAMP),
    )
    op.create_index("purges_due", "purges", ["purged_at", "due_at"])
    op.create_index("purges_by_post", "purges", ["post_id"])
    _status()


def _fill_in_parents() -> None:
    """Take each known post's parent from its first revision."""
    revisions = sa.table("revisions", sa.column("post_id"), sa.column("revision_no"), sa.column("event"))
    posts = sa.table("posts", sa.column("post_id"), sa.column("parent_id"))
    connection = op.get_bind()
    first = sa.select(revisions.c.post_id, revisions.c.event).where(revisions.c.revision_no == 1)
    for post_id, event in connection.execute(first).all():
        parent_id = json.loads(event).get("parent_id")
        if parent_id is not None:
            connection.execute(posts.update().where(posts.c.post_id == post_id).values(parent_id=parent_id))


def _status() -> None:
    op.create_table(
        "stream_status",
        sa.Column("account_id", sa.String(20), primary_key=True),
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("failing_since", TIMESTAMP),
        sa.Column("read_at", TIMESTAMP),
        sa.Column("budget_used", sa.Float()),
    )
    op.create_table(
        "account_status",
        sa.Column("account_id", sa.String(20), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("gaps", sa.Text(), nullable=False),
        sa.Column("observed_at", TIMESTAMP, nullable=False),
    )
