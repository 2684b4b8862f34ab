"""What a case rests on: each revision as it was when the alert was raised, and what was found in it and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.analysis import Finding
from schemas.ids import AttachmentKey, BlobKey, CaseId, PostId, RevisionId, SchoolId
from services.casebook import tables
from services.casebook.checks.check import Check
from services.policy.decide import Judgement
from services.shared.database import insert_new


@dataclass(frozen=True)
class JudgedFinding:
    """A finding with the judgement that `policy.wording.explain` puts into words."""

    judgement: Judgement
    detector: str
    revision_id: RevisionId
    since_changed: bool


@dataclass(frozen=True)
class Evidence:
    """One revision of a post in a case. A media key is None when the attachment was not fetched; times are UTC."""

    post_id: PostId
    revision_id: RevisionId
    revision_no: int
    account_id: str
    platform: str
    kind: str
    relation: str
    content_key: BlobKey | None
    media_keys: Mapping[AttachmentKey, BlobKey | None]
    published_at: datetime | None
    observed_at: datetime
    kept_at: datetime
    findings: tuple[JudgedFinding, ...]


async def keep(connection: AsyncConnection, check: Check, case_id: CaseId, at: datetime) -> None:
    """Keep the revision of this check with the case; the first time counts."""
    same = (
        "school_id", "revision_id", "post_id", "revision_no", "account_id", "platform", "kind", "relation",
        "content_key", "media_keys", "published_at", "observed_at",
    )  # fmt: skip
    row = {name: getattr(check.row, name) for name in same}
    await insert_new(connection, tables.evidence, [row | {"case_id": case_id, "kept_at": at}])


async def evidence_of(
    connection: AsyncConnection, school: SchoolId, case_id: CaseId, audience: str
) -> tuple[Evidence, ...]:
    """Return a case's evidence, the newest revision first, with the findings that are for its audience only.

    The caller has found out that the reader may see the case.
    """
    kept, findings = tables.evidence, tables.findings
    rows = (
        await connection.execute(
            select(kept)
            .where(kept.c.school_id == school, kept.c.case_id == case_id)
            .order_by(kept.c.post_id, kept.c.revision_no.desc())
        )
    ).all()
    found = (
        await connection.execute(
            select(findings)
            .where(
                findings.c.school_id == school,
                findings.c.audience == audience,
                findings.c.revision_id.in_([row.revision_id for row in rows]),
            )
            .order_by(findings.c.severity, findings.c.category, findings.c.finding_id, findings.c.analysis_id)
        )
    ).all()
    return tuple(_evidence(row, [one for one in found if one.revision_id == row.revision_id]) for row in rows)


def _evidence(row: Row[Any], found: list[Row[Any]]) -> Evidence:
    judged = {one.finding_id: _judged(one) for one in found}
    return Evidence(
        post_id=row.post_id,
        revision_id=row.revision_id,
        revision_no=row.revision_no,
        account_id=row.account_id,
        platform=row.platform,
        kind=row.kind,
        relation=row.relation,
        content_key=row.content_key,
        media_keys=row.media_keys,
        published_at=row.published_at,
        observed_at=row.observed_at,
        kept_at=row.kept_at,
        findings=tuple(judged.values()),
    )


def _judged(row: Row[Any]) -> JudgedFinding:
    judgement = Judgement(
        finding=Finding.model_validate(row.finding),
        verdict=row.verdict,
        severity=row.severity,
        audience=row.audience,
        clause_ids=tuple(row.clause_ids),
        axis=row.axis,
        nature=row.nature,
        kcsie_area=row.kcsie_area,
    )
    return JudgedFinding(judgement, row.detector, row.revision_id, row.since_changed)
