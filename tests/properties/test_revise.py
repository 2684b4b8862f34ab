"""Whatever a platform shows, in whatever order, and wherever a process dies: nothing is lost, nothing doubled."""

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from schemas.content import Content
from schemas.post import Post, RegisterVersions
from services.ingest.connectors.connector import Attachment, Observation
from services.ingest.revise import CheckRules, Known, Refs, Revision, content_hash, revise
from services.ingest.tables import attachments as attached
from services.policy.load import load_profile
from services.shared.content_store import ContentStore
from services.shared.database import Database
from tests.support.ingest import (
    ACCOUNT,
    BEGIN,
    JPEG,
    SCHOOL,
    Ingest,
    ingest_on,
    memory_store,
    picture,
    seen,
    sqlite_url,
)

RULES = CheckRules(ACCOUNT, load_profile("sandbox"), {SCHOOL.school_id: RegisterVersions()}, ("details", "abuse"))
ADDRESS = "https://media.example/p"
LATER = BEGIN + timedelta(days=365)

attachments = st.lists(st.sampled_from(["p", "q"]), unique=True, max_size=2).map(
    lambda keys: tuple(Attachment(key, "photo", ADDRESS) for key in keys)
)
shown = st.builds(
    lambda text, pictures, visibility, lang: seen(text=text, attachments=pictures, visibility=visibility, lang=lang),
    st.sampled_from(["A", "B", "", "A\N{ZERO WIDTH JOINER}"]) | st.text(max_size=20),
    attachments,
    st.sampled_from(["public", "hidden"]),
    st.sampled_from([None, "en"]),
)


def face(post: Observation) -> tuple[str, tuple[str, ...], str]:
    """What a reader sees."""
    return post.text, tuple(each.key for each in post.attachments), post.visibility


def revised(observations: list[Observation]) -> list[Revision]:
    known: Known | None = None
    revisions = []
    for post in observations:
        revision = revise(post, known, RULES, Refs(None, "1" * 32), BEGIN)
        if revision is not None:
            revisions.append(revision)
            known = revision.as_known()
    return revisions


@given(st.lists(shown, max_size=12))
def test_revisions_are_exactly_the_changes_numbered_without_gaps(observations: list[Observation]) -> None:
    changes = [
        face(post)
        for place, post in enumerate(observations)
        if place == 0 or face(post) != face(observations[place - 1])
    ]
    revisions = revised(observations)
    assert [face(each.observation) for each in revisions] == changes
    assert [each.event.revision_no for each in revisions] == list(range(1, len(changes) + 1))
    assert len({each.event.check_id for each in revisions}) == len(changes)


@given(st.lists(shown, min_size=1, max_size=12))
def test_the_cause_says_what_changed(observations: list[Observation]) -> None:
    revisions = revised(observations)
    assert revisions[0].event.cause == "created"
    for before, after in itertools.pairwise(revisions):
        only_visibility = face(before.observation)[:2] == face(after.observation)[:2]
        assert after.event.cause == ("visibility" if only_visibility else "edited")


@given(st.lists(shown, min_size=1, max_size=6), st.data())
def test_versions_that_the_platform_numbers_never_run_backwards(edits: list[Observation], data: st.DataObject) -> None:
    versions = [replace(post, version=number) for number, post in enumerate(edits)]
    order = data.draw(st.lists(st.sampled_from(versions), min_size=1, max_size=12))
    latest = versions[-1]
    revisions = revised([*order, latest])
    numbers = [each.observation.version for each in revisions]
    assert numbers == sorted(numbers)
    assert face(revisions[-1].observation) == face(latest)


@given(shown, shown)
def test_the_hash_is_that_of_what_a_reader_sees(one: Observation, other: Observation) -> None:
    hashes = [content_hash(post.text, post.attachments, post.visibility) for post in (one, other)]
    assert (hashes[0] == hashes[1]) == (face(one) == face(other))


# Crashes


class Crash(Exception):
    """The process dies."""


@dataclass
class Fate:
    """Counts the moments at which a process may die, and says at which it does."""

    deaths: list[int]
    moment: int = 0

    def may_strike(self) -> None:
        self.moment += 1
        if self.moment in self.deaths:
            raise Crash


class MortalDatabase(Database):
    """Dies before or after it commits. It is the process that dies, not the machine, so nothing waits for the disk."""

    fate: Fate | None = None

    def __init__(self, owner: str, url: str) -> None:
        super().__init__(owner, url)

        @event.listens_for(self.engine.sync_engine, "connect")
        def _do_not_wait(connection: Any, _: Any) -> None:
            connection.cursor().execute("PRAGMA synchronous=OFF")

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        async with super().transaction() as connection:
            yield connection
            if self.fate is not None:
                self.fate.may_strike()
        if self.fate is not None:
            self.fate.may_strike()


class MortalStore(ContentStore):
    """Dies before or after it writes."""

    fate: Fate

    async def put(self, key: str, plain: bytes) -> None:
        self.fate.may_strike()
        await super().put(key, plain)
        self.fate.may_strike()


def mortal_store(fate: Fate) -> MortalStore:
    whole = memory_store()
    store = MortalStore(whole._store, whole.keyring)
    store.fate = fate
    return store


async def live_through(
    timeline: list[list[Observation]], deaths: list[int], folder: Path
) -> list[tuple[Post, Content]]:
    """Read the timeline, state after state; a process that dies is followed by another, which reads the state again."""
    fate = Fate(deaths)
    async with ingest_on(sqlite_url(folder), MortalDatabase) as first:
        database = first.database
        assert isinstance(database, MortalDatabase)
        database.fate = fate
        process = first.other(content=mortal_store(fate))
        process.platform.media = {ADDRESS: JPEG}
        for state in timeline:
            while not await survives(process, state):
                process.clock.forward(61)
                process = process.other()
        rounds = itertools.count()
        while await process.reader.waiting(1) or await process.reader.due_attachments(LATER, 1):
            assert next(rounds) < 100, "something waits for ever"
            process.clock.forward(61)
            with contextlib.suppress(Crash):
                await process.media.round()
        database.fate = None
        posts = await process.published()
        return [(post, await process.content.get_content(post.content)) for post in posts if post.content]


async def survives(process: Ingest, state: list[Observation]) -> bool:
    before = struck(process)
    with contextlib.suppress(Crash):
        await process.poll(state)
    with contextlib.suppress(Crash):
        await process.media.round()
    return struck(process) == before


def struck(process: Ingest) -> int:
    """How often the process has died so far."""
    fate = process_fate(process)
    return sum(moment <= fate.moment for moment in fate.deaths)


def process_fate(process: Ingest) -> Fate:
    assert isinstance(process.content, MortalStore)
    return process.content.fate


states = st.lists(
    st.lists(
        st.builds(
            lambda number, text, with_picture: seen(
                str(number), text, attachments=(picture("p", ADDRESS),) if with_picture else ()
            ),
            st.integers(1, 3),
            st.sampled_from(["A", "B", "C"]),
            st.booleans(),
        ),
        unique_by=lambda post: post.first_id,
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=50, deadline=None)
@given(states, st.lists(st.integers(1, 60), max_size=5, unique=True))
def test_a_process_that_dies_anywhere_loses_and_doubles_nothing(
    timeline: list[list[Observation]], deaths: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, capture_logs():  # a rendered traceback takes longer than the rest
        published = asyncio.run(live_through(timeline, deaths, Path(folder)))
    assert len({post.check_id for post, _ in published}) == len(published)
    by_post: dict[str, list[Post]] = {}
    for post, content in published:
        by_post.setdefault(post.post_id, []).append(post)
        assert content.text in {"A", "B", "C"}
    for first_id in {post.first_id for state in timeline for post in state}:
        expected = revised([post for state in timeline for post in state if post.first_id == first_id])
        got = by_post[f"{ACCOUNT.account_id}:{first_id}"]
        assert [post.revision_no for post in got] == list(range(1, len(got) + 1))
        edits = [post.revision_id.rsplit(":", 1)[1] for post in got if post.cause != "media"]
        assert edits == [each.event.revision_id.rsplit(":", 1)[1] for each in expected]
        assert all(each.media or each.missing_reason for post in got for each in post.attachments)
        pictures = got[-1].attachments
        assert all(each.media for each in pictures)


# Deletions


async def look_up(process: Ingest) -> None:
    process.clock.forward(6 * 3600)
    await process.sweep.round()


async def confirm(process: Ingest) -> None:
    process.clock.forward(600)
    await process.sweep.round()


async def purge(process: Ingest) -> None:
    process.clock.forward(12 * 3600)
    while await process.purge.round():
        pass


async def read(process: Ingest) -> None:
    await process.poll(list(process.platform.lookups.values()))
    await process.media.round()


Step = Callable[[Ingest], Awaitable[None]]
STEPS: dict[str, Step] = {"read": read, "look_up": look_up, "confirm": confirm, "purge": purge}
contents = st.tuples(st.sampled_from(["A", "B"]), st.booleans())
"""What a post says, and whether it shows the picture."""
shown_by_id = st.dictionaries(st.sampled_from(["1", "2"]), contents)
"""What the platform has."""
orders = st.sampled_from(
    [
        ("read", "look_up", "confirm"),
        ("look_up", "confirm", "read"),
        ("read", "look_up", "confirm", "purge"),
        ("read", "look_up"),
        ("confirm", "read"),
    ]
)
days = st.lists(st.tuples(shown_by_id, orders), min_size=3, max_size=5)


@dataclass
class End:
    """What was published, which blobs are kept, which pictures are referred to, and which posts the platform has."""

    published: list[Post]
    kept: set[str]
    pictures: set[str]
    there: set[str]


async def taken(process: Ingest, name: str) -> Ingest:
    """Take a step; a process that dies is followed by another, which finds the platform as it is then."""
    before = struck(process)
    with contextlib.suppress(Crash):
        await STEPS[name](process)
    if struck(process) == before:
        return process
    process.clock.forward(61)
    return process.other()


async def live_days(timeline: list[Any], deaths: list[int], folder: Path) -> End:
    """Live through the timeline, and through two quiet days after it."""
    fate = Fate(list(deaths))
    async with ingest_on(sqlite_url(folder), MortalDatabase) as first:
        database = first.database
        assert isinstance(database, MortalDatabase)
        database.fate = fate
        process = first.other(content=mortal_store(fate))
        process.platform.media = {ADDRESS: JPEG}
        there = process.platform.lookups
        for posts, names in timeline:
            there.clear()
            for post, (text, shows) in posts.items():
                there[post] = seen(post, text, attachments=(picture("p", ADDRESS),) if shows else ())
            for name in names:
                process = await taken(process, name)
        fate.deaths.clear()
        for name in ("read", "look_up", "confirm", "read", "purge", "look_up", "purge"):
            process = await taken(process, name)
        listed = await process.content._store.list().collect_async()
        kept = {each["path"] for each in listed if not each["path"].startswith("keys/")}
        async with database.reading() as connection:
            pictures = set((await connection.execute(select(attached.c.media))).scalars()) - {None}
        return End(await process.published(), kept, pictures, set(there))


@settings(max_examples=40, deadline=None)
@given(days, st.lists(st.integers(1, 150), max_size=5, unique=True))
def test_a_deletion_is_told_once_and_what_it_left_is_purged_and_nothing_else(
    timeline: list[Any], deaths: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, capture_logs():
        end = asyncio.run(live_days(timeline, deaths, Path(folder)))
    by_post: dict[str, list[Post]] = {}
    for post in end.published:
        by_post.setdefault(post.post_id.rsplit(":", 1)[1], []).append(post)
    wanted = set(end.pictures)
    for name, told in by_post.items():
        assert [post.revision_no for post in told] == list(range(1, len(told) + 1))
        for before, after in itertools.pairwise(told):
            assert (after.cause == "visibility") == (before.cause == "deleted")
        assert (told[-1].cause == "deleted") == (name not in end.there)
        assert {each.media for each in told[-1].attachments} <= end.pictures
        last = max((post.revision_no for post in told if post.cause == "deleted"), default=0)
        wanted |= {post.content for post in told if post.revision_no > last and post.content}
    assert end.there <= set(by_post)
    assert end.kept == wanted
