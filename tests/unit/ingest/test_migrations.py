from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from schemas.post import Post
from services.ingest.tables import metadata, posts, revisions
from services.shared.database import Database
from services.shared.migrations import must_be_current, upgrade
from tests.support.ingest import sqlite_url
from tests.upgrade.release import load


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    found: str = request.getfixturevalue("postgres_url") if request.param == "postgresql" else sqlite_url(tmp_path)
    return found


async def test_the_migrations_make_the_tables(url: str) -> None:
    database = Database("ingest", url)
    await upgrade(database)
    await must_be_current(database)
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), metadata)
        )
    await database.close()
    assert differences == []


async def test_posts_of_the_first_release_learn_what_they_answer(url: str) -> None:
    await load("0.1.0", "ingest", url, "0001")
    database = Database("ingest", url)
    await upgrade(database)
    async with database.reading() as connection:
        events = (await connection.execute(select(revisions.c.event).where(revisions.c.revision_no == 1))).scalars()
        told = {post.post_id: post.parent_id for post in map(Post.model_validate_json, events)}
        kept = {row.post_id: row.parent_id for row in await connection.execute(select(posts))}
    await database.close()
    assert kept == told
    assert any(kept.values())
