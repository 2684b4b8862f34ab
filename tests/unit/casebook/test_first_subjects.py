"""An upgrade from the first release knows whom the posts show that were checked before it."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from schemas import ids
from schemas.analysis import Analysis
from services.casebook import tables
from services.shared.database import Database
from services.shared.migrations import upgrade
from tests.support.events import ACCOUNT, NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import finding

PARTNER = ids.school_id("a school of the trust")
PUPIL, STRANGER = ids.pupil_ref(SCHOOL, "1"), ids.pupil_ref(PARTNER, "1")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def first_release(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    url = f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}"
    return Database("casebook", request.getfixturevalue("postgres_url") if request.param == "postgres" else url)


def answer(analysis: Analysis) -> dict[str, object]:
    same = {"school_id", "analysis_id", "check_id", "account_id", "post_id", "revision_no", "detector", "status"}
    return {
        **analysis.model_dump(include={*same, "detector_version", "analysed_at"}),
        "unchecked": [],
        "subjects": list(analysis.subjects),
        "recorded_at": NOW,
        "orphan_reported": False,
    }


async def test_whom_posts_show_is_read_out_of_the_answers_that_were_kept(first_release: Database) -> None:
    await upgrade(first_release, to="0001")
    one, two = make_post(1), make_post(2, revision=3)
    named = finding(two, "name_full", subject_ref=STRANGER, subject_school_id=PARTNER)
    answers = [make_analysis(one, "details", subjects=(PUPIL,)), make_analysis(two, "details", findings=(named,))]
    found: dict[str, object] = {
        "school_id": SCHOOL,
        "analysis_id": answers[1].analysis_id,
        "finding_id": named.finding_id,
    }
    found |= {"check_id": two.check_id, "post_id": two.post_id, "revision_id": two.revision_id, "revision_no": 3}
    found |= {"since_changed": False, "detector": "details", "category": "name_full"}
    async with first_release.transaction() as connection:
        await connection.execute(insert(tables.answers), [answer(each) for each in answers])
        await connection.execute(insert(tables.findings).values(**found, finding=named.model_dump(mode="json")))
    await upgrade(first_release)
    async with first_release.reading() as connection:
        rows = (await connection.execute(select(tables.subjects))).all()
    await first_release.close()
    assert {(row.post_id, row.subject_school_id, row.ref, row.revision_no, row.detector) for row in rows} == {
        (one.post_id, SCHOOL, PUPIL, 1, "details"),
        (one.post_id, PARTNER, PUPIL, 1, "details"),  # the account shows pupils of both schools
        (two.post_id, PARTNER, STRANGER, 3, "details"),
    }
    assert {row.post_id.partition(":")[0] for row in rows} == {ACCOUNT}
