"""Rechecks after changes of registers, and how far audits have read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    _rechecks()
    op.create_table(
        "audit_runs",
        sa.Column("run_id", sa.String(20), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("account_id", sa.String(20), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("posts_read", sa.Integer(), nullable=False),
        sa.Column("read_to_the_end", sa.Boolean(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("moved_at", TIMESTAMP, nullable=False),
    )


def _rechecks() -> None:
    op.create_table(
        "register_changes",
        sa.Column("change_id", sa.String(32), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("changed_at", TIMESTAMP, nullable=False),
    )
    op.create_index("register_changes_of_school", "register_changes", ["school_id", "changed_at"])
    op.create_table(
        "rechecks",
        sa.Column("run_id", sa.String(20), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("detectors", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("first_at", TIMESTAMP, nullable=False),
        sa.Column("due_at", TIMESTAMP, nullable=False),
        sa.Column("pass_at", TIMESTAMP),
        sa.Column("released_since", TIMESTAMP),
        sa.Column("position", sa.Text()),
        sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("rechecks_due", "rechecks", ["due_at"])
