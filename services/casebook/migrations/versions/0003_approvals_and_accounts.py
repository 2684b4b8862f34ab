"""Keep drafts and what went live, how accounts are being read, and find checks by their run."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def upgrade() -> None:
    op.add_column("answers", sa.Column("media_facts", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_checks_school_id_run_id"), "checks", ["school_id", "run_id"])
    _approvals()
    _accounts()


def _approvals() -> None:
    op.create_table(
        "drafts",
        *(_text(name) for name in ("school_id", "draft_id", "account_id", "author_id", "content_key")),
        _json("media_keys"),
        *(_text(name) for name in ("content_hash", "text_ref")),
        _json("pictures"),
        _text("verdict"),
        _json("analyses"),
        _moment("checked_at"),
        _text("state"),
        _text("decided_by", nullable=True),
        _moment("decided_at", nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        _text("post_id", nullable=True),
        _moment("linked_at", nullable=True),
        sa.PrimaryKeyConstraint("school_id", "draft_id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_school_id_checked_at"), "drafts", ["school_id", "checked_at"])
    op.create_index(
        op.f("ix_drafts_school_id_account_id_state_decided_at"),
        "drafts",
        ["school_id", "account_id", "state", "decided_at"],
    )
    op.create_table(
        "draft_readers",
        *(_text(name) for name in ("school_id", "draft_id", "role")),
        sa.PrimaryKeyConstraint("school_id", "draft_id", "role", name=op.f("pk_draft_readers")),
        sa.ForeignKeyConstraint(
            ["school_id", "draft_id"], ["drafts.school_id", "drafts.draft_id"], name=op.f("fk_draft_readers_drafts")
        ),
    )
    op.create_table(
        "draft_blobs",
        *(_text(name) for name in ("school_id", "draft_id")),
        _json("blobs"),
        _moment("reserved_at"),
        sa.PrimaryKeyConstraint("school_id", "draft_id", name=op.f("pk_draft_blobs")),
    )
    op.create_index(op.f("ix_draft_blobs_reserved_at"), "draft_blobs", ["reserved_at"])
    op.create_table(
        "live_revisions",
        *(_text(name) for name in ("school_id", "post_id")),
        sa.Column("revision_no", sa.Integer(), nullable=False),
        _text("account_id"),
        _text("check_id", nullable=True),
        *(_text(name) for name in ("cause", "text_ref")),
        _json("pictures"),
        sa.Column("awaits_answer", sa.Boolean(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        *(_moment(name) for name in ("live_at", "recorded_at")),
        _text("outcome", nullable=True),
        _moment("compare_at", nullable=True),
        sa.PrimaryKeyConstraint("school_id", "post_id", "revision_no", name=op.f("pk_live_revisions")),
    )
    op.create_index(op.f("ix_live_revisions_compare_at"), "live_revisions", ["compare_at"])


def _accounts() -> None:
    op.create_table(
        "account_statuses",
        *(_text(name) for name in ("school_id", "account_id", "platform", "state")),
        _text("reason", nullable=True),
        _moment("since"),
        _moment("watched_since"),
        _moment("checked_at", nullable=True),
        _json("gaps"),
        sa.Column("budget_used", sa.Float(), nullable=True),
        _moment("observed_at"),
        sa.Column("repeats_within", sa.Integer(), nullable=False),
        _moment("heard_at"),
        sa.PrimaryKeyConstraint("school_id", "account_id", name=op.f("pk_account_statuses")),
    )
    op.create_table(
        "outages",
        *(_text(name) for name in ("school_id", "post_id", "account_id", "platform", "kind")),
        _moment("since", nullable=True),
        _moment("opened_at"),
        _moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("school_id", "post_id", name=op.f("pk_outages")),
    )
    op.create_index(
        op.f("ix_outages_school_id_account_id_kind_ended_at"),
        "outages",
        ["school_id", "account_id", "kind", "ended_at"],
    )


def downgrade() -> None:
    for table in ("outages", "account_statuses", "live_revisions", "draft_blobs", "draft_readers", "drafts"):
        op.drop_table(table)
    op.drop_index(op.f("ix_checks_school_id_run_id"), "checks")
    with op.batch_alter_table("answers") as batch:
        batch.drop_column("media_facts")
