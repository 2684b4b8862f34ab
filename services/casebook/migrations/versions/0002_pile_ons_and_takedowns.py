"""Count what people were told of a case; remember whom posts showed, and what is to be taken down."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROWS_AT_A_TIME = 500
answers = sa.table("answers", *map(sa.column, ("school_id", "account_id", "post_id", "revision_no", "detector")))
answers.append_column(sa.column("subjects", sa.JSON()))
findings = sa.table("findings", *map(sa.column, ("school_id", "post_id", "revision_no", "detector")))
findings.append_column(sa.column("finding", sa.JSON()))
SUBJECT = ("school_id", "post_id", "subject_school_id", "ref", "revision_no", "detector")


def upgrade() -> None:
    op.add_column("cases", sa.Column("told_posts", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("cases", sa.Column("told_severity", sa.String(), nullable=True))
    op.add_column("alerts", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true()))
    subjects = op.create_table(
        "subjects",
        sa.Column("school_id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("subject_school_id", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column("detector", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(*SUBJECT, name=op.f("pk_subjects")),
    )
    op.create_index(op.f("ix_subjects_subject_school_id_ref"), "subjects", ["subject_school_id", "ref"])
    op.create_table(
        "pupil_changes",
        sa.Column("school_id", sa.String(), nullable=False),
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "change_id", "ref", "what", name=op.f("pk_pupil_changes")),
    )
    op.create_index(op.f("ix_pupil_changes_school_id_ref"), "pupil_changes", ["school_id", "ref"])
    op.create_table(
        "tasks",
        sa.Column("school_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("subject_school_id", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("how", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "task_id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_school_id_post_id"), "tasks", ["school_id", "post_id"])
    op.create_index(op.f("ix_tasks_school_id_state_due_by"), "tasks", ["school_id", "state", "due_by"])
    op.create_table(
        "audience_readers",
        sa.Column("school_id", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "audience", "role", name=op.f("pk_audience_readers")),
    )
    _fill(subjects)


def _fill(subjects: sa.Table) -> None:
    """Read whom the posts showed out of what was answered before.

    An answer did not say whose pupil a subject is: the account's own school's, or of a school that any finding of the
    account named. A reference is unique among all schools, so a row for a school that it is not of is never met.
    """
    connection = op.get_bind()
    found: set[tuple[object, ...]] = set()
    schools: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(sa.select(findings)):
        school, ref = row.finding.get("subject_school_id"), row.finding.get("subject_ref")
        if ref:
            account = row.post_id.partition(":")[0]
            schools[account].add(school or row.school_id)
            found.add((row.school_id, row.post_id, school or row.school_id, ref, row.revision_no, row.detector))
    for row in connection.execute(sa.select(answers)):
        for ref in row.subjects:
            for school in {row.school_id, *schools[row.account_id]}:
                found.add((row.school_id, row.post_id, school, ref, row.revision_no, row.detector))
    rows = [dict(zip(SUBJECT, values, strict=True)) for values in sorted(found, key=str)]
    for first in range(0, len(rows), ROWS_AT_A_TIME):
        connection.execute(sa.insert(subjects), rows[first : first + ROWS_AT_A_TIME])


def downgrade() -> None:
    for table in ("audience_readers", "tasks", "pupil_changes", "subjects"):
        op.drop_table(table)
    for table, column in (("alerts", "told"), ("cases", "told_severity"), ("cases", "told_posts")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
