"""The tables of the casebook, by subject. Every row and every unique key carries the school."""

from services.casebook.tables.accounts import account_statuses, outages
from services.casebook.tables.approvals import draft_blobs, draft_readers, drafts, live_revisions
from services.casebook.tables.audit import audit_heads, audit_log
from services.casebook.tables.casework import (
    alert_generations,
    alerts,
    case_posts,
    case_readers,
    cases,
    deliveries,
    evidence,
    notes,
)
from services.casebook.tables.columns import metadata
from services.casebook.tables.ledger import answers, checks, findings, inbox, posts
from services.casebook.tables.takedowns import audience_readers, pupil_changes, subjects, tasks

__all__ = [
    "account_statuses",
    "alert_generations",
    "alerts",
    "answers",
    "audience_readers",
    "audit_heads",
    "audit_log",
    "case_posts",
    "case_readers",
    "cases",
    "checks",
    "deliveries",
    "draft_blobs",
    "draft_readers",
    "drafts",
    "evidence",
    "findings",
    "inbox",
    "live_revisions",
    "metadata",
    "notes",
    "outages",
    "posts",
    "pupil_changes",
    "subjects",
    "tasks",
]
