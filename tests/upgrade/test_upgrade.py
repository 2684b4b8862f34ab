"""A school upgrades from an earlier release: everything is there, everything opens, and the work goes on."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, select

from services.casebook.queue import STATES, list_cases, open_case_file
from services.casebook.viewer import Viewer
from services.ingest.reads import IngestReader
from services.policy.load import load_profile
from services.register.reads import RegisterReader
from services.shared.clock import SystemClock
from services.shared.content_store import ContentStore
from services.shared.database import Database
from services.shared.migrations import OWNERS, must_be_current, upgrade
from services.shared.paths import ROOT
from tests.upgrade.release import content_of, load

RELEASE = "0.1.0"
LAST_OF = {RELEASE: "0001"}
AS_RELEASED = {
    "register": "f407c0951f76155d3055a9faea5584a9b85e95e6099a714829027463b498ee18",
    "ingest": "ee945c898ae9341edb32f2107ed97db7979eabd488d3dbb158f5da5edb6dc1f1",
    "casebook": "7658278172bf1b87a4c29a332fc54fe5dc7f83750fd2b6246cf4bc2be4295279",
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite+aiosqlite:///{tmp_path / 'before.db'}"


@pytest.fixture
def content(tmp_path: Path) -> ContentStore:
    return content_of(RELEASE, tmp_path)


async def upgraded(owner: str, url: str) -> Database:
    await load(RELEASE, owner, url, LAST_OF[RELEASE])
    database = Database(owner, url)
    await upgrade(database)
    await must_be_current(database)
    return database


async def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
        metadata = MetaData()
        metadata.reflect(connection)
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name != "alembic_version"
        }

    async with database.reading() as connection:
        return await connection.run_sync(read)


@pytest.mark.parametrize("owner", OWNERS)
def test_the_first_releases_migration_is_as_it_was(owner: str) -> None:
    script = ROOT / "services" / owner / "migrations" / "versions" / "0001_first.py"
    assert hashlib.sha256(script.read_bytes()).hexdigest() == AS_RELEASED[owner]


@pytest.mark.parametrize("owner", OWNERS)
async def test_every_row_is_kept(owner: str, url: str) -> None:
    await load(RELEASE, owner, url, LAST_OF[RELEASE])
    database = Database(owner, url)
    before = await rows(database)
    await upgrade(database)
    after = await rows(database)
    await database.close()
    assert sum(map(len, before.values())) > 10
    for table, had in before.items():
        kept = [{name: row[name] for name in had[0]} for row in after[table]] if had else []
        assert sorted(map(str, kept)) == sorted(map(str, had)), table


async def test_the_register_opens(url: str, content: ContentStore) -> None:
    database = await upgraded("register", url)
    reader = RegisterReader(database, content.keyring)
    (school,) = await reader.schools()
    roster = await reader.roster(school.school_id)
    accounts = await reader.accounts()
    assert (len(roster.pupils), len(roster.staff), len(accounts)) == (119, 14, 2)
    assert {pupil.photo_consent for pupil in roster.pupils} == {"yes", "no", "unknown"}
    assert len(await reader.templates(school.school_id)) == 2
    assert (await reader.token(accounts[0].account_id)).get_secret_value() == "token"
    assert len(await reader.users(school.school_id)) == 6
    await database.close()


async def test_the_cases_open_with_their_words(url: str, content: ContentStore) -> None:
    database = await upgraded("casebook", url)
    async with database.reading() as connection:
        (school,) = set(await rows_of(connection, "cases", "school_id"))
        viewer = Viewer("usr-1", (school,), tuple(load_profile("sandbox").roles))
        cases = await list_cases(connection, viewer, states=STATES)
    assert sorted(case.severity for case in cases) == ["S1", "S1", "S3", "S4"]
    for case in cases:
        async with database.transaction() as connection:
            file = await open_case_file(connection, content.keyring, viewer, case.case_id, SystemClock().now())
        (evidence,) = file.evidence
        assert evidence.content_key is not None
        assert (await content.get_content(evidence.content_key)).text
        assert file.deliveries
    await database.close()


async def rows_of(connection: Any, table: str, column: str) -> list[Any]:
    def read(sync: Connection) -> list[Any]:
        metadata = MetaData()
        metadata.reflect(sync, only=[table])
        return list(sync.execute(select(metadata.tables[table].c[column])).scalars())

    found: list[Any] = await connection.run_sync(read)
    return found


async def test_ingest_knows_its_posts_and_where_it_was(url: str) -> None:
    database = await upgraded("ingest", url)
    reader = IngestReader(database)
    async with database.reading() as connection:
        (account,) = set(await rows_of(connection, "posts", "account_id"))
    known = await reader.known(account, ("1", "2", "3"))
    assert {first: post.number for first, post in known.items()} == {"1": 1, "2": 2, "3": 1}
    assert known["3"].waiting
    assert await reader.cursor(account, "posts") == {"stream": "posts", "poll": 3}
    (waiting,) = await reader.waiting(10)
    assert waiting[0].event.post_id.endswith(":3")
    await database.close()
