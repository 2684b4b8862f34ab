"""Whom posts showed, what schools changed for these pupils, and what is to be taken down because of it."""

from sqlalchemy import Column, Index, Integer

from services.casebook.tables.columns import key, moment, table, text

subjects = table(  # a row for each revision and detector whose answer named a pupil
    "subjects",
    text("post_id"),
    text("subject_school_id"),
    text("ref"),
    Column("revision_no", Integer, nullable=False),
    text("detector"),
    key("post_id", "subject_school_id", "ref", "revision_no", "detector"),
    Index(None, "subject_school_id", "ref"),
)

pupil_changes = table(  # by the pupil's school; only those after which posts must be looked at
    "pupil_changes",
    text("change_id"),
    text("ref"),
    text("what"),
    moment("changed_at"),
    key("change_id", "ref", "what"),
    Index(None, "school_id", "ref"),
)

tasks = table(  # by the school whose account published the post
    "tasks",
    text("task_id"),
    text("kind"),
    text("post_id"),
    text("account_id"),
    text("subject_school_id"),
    text("ref"),
    text("reason"),
    text("change_id"),
    text("state"),
    moment("opened_at"),
    moment("due_by"),
    moment("done_at", nullable=True),
    text("done_by", nullable=True),
    text("how", nullable=True),
    key("task_id"),
    Index(None, "school_id", "post_id"),
    Index(None, "school_id", "state", "due_by"),
)

audience_readers = table(  # the roles that may read what is for an audience and belongs to no case
    "audience_readers",
    text("audience"),
    text("role"),
    key("audience", "role"),
)
