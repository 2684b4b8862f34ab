"""Records what is to be checked and what was answered, in any order and any number of times."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.analysis import Analysis
from schemas.events import CheckEvent, event_id
from schemas.post import Attachment, Post
from services.casebook import tables
from services.casebook.approvals import live
from services.casebook.checks import subjects
from services.casebook.checks.check import OPEN, Check
from services.policy.decide import Judgement
from services.shared.database import insert_new


async def record(connection: AsyncConnection, event: CheckEvent, at: datetime) -> bool:
    """Record an event and return True, or False when it was recorded before.

    The post's row stays locked until the transaction ends: of two events of a post the second sees the first.
    """
    newest = await lock_post(connection, event.school_id, event.post_id, event.revision_no)
    seen = {"school_id": event.school_id, "event_id": event_id(event), "received_at": at}
    if not await insert_new(connection, tables.inbox, [seen]):
        return False
    if isinstance(event, Post):
        await insert_new(connection, tables.checks, [_check(event, at)])
        await live.record(connection, event, at)
    else:
        await insert_new(connection, tables.answers, [_answer(event, at)])
        await insert_new(connection, tables.findings, _findings(event))
        await subjects.record(connection, event)
    await _mark_changed(connection, event, newest)
    return True


async def lock_post(connection: AsyncConnection, school: str, post: str, revision_no: int) -> int:
    """Lock the post until the transaction ends and return the number of its newest revision, this one included."""
    posts = tables.posts
    row = {"school_id": school, "post_id": post, "newest_revision_no": revision_no}
    await insert_new(connection, posts, [row])
    known = posts.c.newest_revision_no
    newest = case((known < revision_no, revision_no), else_=known)
    locked = await connection.execute(
        update(posts)
        .where(posts.c.school_id == school, posts.c.post_id == post)
        .values(newest_revision_no=newest)
        .returning(known)
    )
    return int(locked.scalar_one())


async def judge(connection: AsyncConnection, check: Check, judgements: tuple[Judgement, ...]) -> None:
    """Write what policy made of the check's own findings beside them."""
    findings = tables.findings
    for judgement in judgements:
        await connection.execute(
            update(findings)
            .where(
                findings.c.school_id == check.key.school_id,
                findings.c.check_id == check.check_id,
                findings.c.finding_id == judgement.finding.finding_id,
            )
            .values(
                verdict=judgement.verdict,
                severity=judgement.severity,
                audience=judgement.audience,
                clause_ids=list(judgement.clause_ids),
                axis=judgement.axis,
                nature=judgement.nature,
                kcsie_area=judgement.kcsie_area,
            )
        )


async def set_state(connection: AsyncConnection, check: Check, state: str, at: datetime) -> bool:
    """Move the check to a state; tell whether it was in another one."""
    if check.row.state == state:
        return False
    await _update(connection, check, state=state, ended_at=None if state == OPEN else at)
    return True


async def set_collected(connection: AsyncConnection, check: Check) -> None:
    """Say that the check's findings are no longer held back until it completes."""
    await _update(connection, check, collected=True)


async def _update(connection: AsyncConnection, check: Check, **values: Any) -> None:
    checks = tables.checks
    await connection.execute(
        update(checks)
        .where(checks.c.school_id == check.key.school_id, checks.c.check_id == check.check_id)
        .values(**values)
    )


async def _mark_changed(connection: AsyncConnection, event: CheckEvent, newest: int) -> None:
    findings = tables.findings
    await connection.execute(
        update(findings)
        .where(
            findings.c.school_id == event.school_id,
            findings.c.post_id == event.post_id,
            findings.c.revision_no < newest,
            findings.c.since_changed.is_(False),
        )
        .values(since_changed=True)
    )


def _check(post: Post, at: datetime) -> dict[str, Any]:
    return {
        **post.model_dump(
            include={
                "school_id", "check_id", "account_id", "post_id", "revision_id", "revision_no", "trigger", "run_id",
                "platform", "kind", "cause", "deadline", "published_at", "observed_at",
            }
        ),
        "root_id": post.root_id or post.post_id,
        "relation": post.author.relation,
        "has_image": any(_may_show_people(attachment) for attachment in post.attachments),
        "required": list(post.required),
        "excluded": [excluded.model_dump() for excluded in post.excluded],
        "content_key": post.content,
        "media_keys": {attachment.key: attachment.media for attachment in post.attachments},
        "recorded_at": at,
        "state": OPEN,
        "collected": False,
    }  # fmt: skip


def _may_show_people(attachment: Attachment) -> bool:
    return attachment.kind != "link"


def _answer(analysis: Analysis, at: datetime) -> dict[str, Any]:
    return {
        **analysis.model_dump(
            include={
                "school_id", "analysis_id", "check_id", "account_id", "post_id", "revision_no", "detector",
                "detector_version", "status", "analysed_at",
            }
        ),
        "unchecked": [part.model_dump() for part in analysis.unchecked],
        "subjects": list(analysis.subjects),
        "media_facts": [fact.model_dump(include={"sha256", "perceptual_hash"}) for fact in analysis.media_facts],
        "recorded_at": at,
        "orphan_reported": False,
    }  # fmt: skip


def _findings(analysis: Analysis) -> list[dict[str, Any]]:
    return [
        {
            "school_id": analysis.school_id,
            "analysis_id": analysis.analysis_id,
            "finding_id": finding.finding_id,
            "check_id": analysis.check_id,
            "post_id": analysis.post_id,
            "revision_id": analysis.revision_id,
            "revision_no": analysis.revision_no,
            "since_changed": False,
            "detector": analysis.detector,
            "category": finding.category,
            "finding": finding.model_dump(mode="json"),
        }
        for finding in analysis.findings
    ]
