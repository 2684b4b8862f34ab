"""Whom the posts show, by what was answered: needed when a consent is withdrawn later."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.analysis import Analysis
from services.casebook import tables
from services.shared.database import insert_new


async def record(connection: AsyncConnection, analysis: Analysis) -> None:
    """Remember whom an answer named, also where nothing was wrong with it."""
    await insert_new(connection, tables.subjects, _rows(analysis))


def _rows(analysis: Analysis) -> list[dict[str, Any]]:
    """Make a row for each pupil and school.

    A finding says whose pupil it is about. A mere subject may be of any school whose register was asked: a reference is
    unique among all schools, so the rows for the other schools are never met.
    """
    asked = tuple(analysis.versions) or (analysis.school_id,)
    schools = dict.fromkeys(analysis.subjects, asked)
    for one in analysis.findings:
        if one.subject_ref is not None:
            schools[one.subject_ref] = (one.subject_school_id,) if one.subject_school_id else asked
    return [
        {
            "school_id": analysis.school_id,
            "post_id": analysis.post_id,
            "subject_school_id": school,
            "ref": ref,
            "revision_no": analysis.revision_no,
            "detector": analysis.detector,
        }
        for ref, of in schools.items()
        for school in of
    ]
