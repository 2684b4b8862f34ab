"""Whether a post was approved follows from what is recorded, and not from the order in which it came."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore
from pydantic import SecretStr

from schemas.analysis import Analysis
from schemas.post import Attachment, Author, Post
from services.casebook import drafts
from services.casebook.approvals.compare import Approved, Shown, departure, matching
from services.casebook.approvals.settle import PATIENCE, SETTLED_AFTER
from services.casebook.tables import metadata
from services.casebook.viewer import Viewer
from services.shared.content_store import StoredKeys
from services.shared.crypto import Keyring
from services.shared.database import Database
from tests.support.approvals import ANOTHER, PICTURE, RECOMPRESSED, REQUIRING, make_draft, requiring, text_ref, watch
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import World

TEXTS = ("Sports day!", "Bingo!", "Sports day?")
MANAGER = Viewer("user-manager", (SCHOOL,), ("business_manager",))
WAITS = 5
LONGEST_WAIT = (int(SETTLED_AFTER.total_seconds()) - 1) // WAITS
"""Seconds. Together the waits stay below SETTLED_AFTER, so that every approval has come when it counts."""


@dataclass(frozen=True)
class Approval:
    """A draft and when it was approved."""

    draft: drafts.NewDraft
    minutes: int


Step = Post | Analysis | Approval | int


@dataclass(frozen=True)
class History:
    """Everything that happens around one post, and one way in which the casebook hears of it; a number is a wait."""

    steps: tuple[Step, ...]
    heard: tuple[Step, ...]


@st.composite
def revisions(draw: st.DrawFn) -> list[Step]:
    steps: list[Step] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        pictures = draw(st.lists(st.sampled_from((PICTURE, RECOMPRESSED, ANOTHER)), max_size=2, unique=True))
        post = make_post(
            revision=number,
            kind="post",
            cause="created" if number == 1 else "edited",
            author=Author(relation="official"),
            text_ref=text_ref(draw(st.sampled_from(TEXTS))),
            attachments=tuple(
                Attachment(key=str(key), kind="photo", media=f"{SCHOOL}/media/{picture.ljust(64, '0')}")
                for key, picture in enumerate(pictures)
            ),
            published_at=NOW,
            edited_at=NOW + timedelta(minutes=2 * number) if number > 1 else None,
            required=("details",),
        )
        facts = tuple({"sha256": picture.ljust(64, "0"), "perceptual_hash": picture} for picture in pictures)
        steps += [post, make_analysis(post, "details", media_facts=facts)]
    return steps


@st.composite
def approvals(draw: st.DrawFn) -> list[Step]:
    return [
        Approval(
            make_draft(
                number,
                text=draw(st.sampled_from(TEXTS)),
                pictures=tuple(draw(st.lists(st.sampled_from((PICTURE, ANOTHER)), max_size=1))),
            ),
            draw(st.integers(-10, 12)),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    ]


@st.composite
def histories(draw: st.DrawFn) -> History:
    steps = [*draw(revisions()), *draw(approvals())]
    events = [step for step in steps if not isinstance(step, Approval)]
    repeated: list[Step] = draw(st.lists(st.sampled_from(events), max_size=3))
    waits: list[Step] = draw(st.lists(st.integers(1, LONGEST_WAIT), max_size=WAITS))
    return History(tuple(steps), tuple(draw(st.permutations([*steps, *repeated, *waits]))))


async def listen(steps: Sequence[Step]) -> dict[str, object]:
    """Let the casebook hear of the steps, then let the time pass, and return what was found."""
    database = Database("casebook", "sqlite+aiosqlite:///:memory:")
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    with patch("services.notify.profiles.load_profile", requiring):
        world = World(database)
        await watch(world)
        keyring = Keyring(SecretStr("A" * 43 + "="), StoredKeys(MemoryStore()))
        for step in steps:
            match step:
                case int():
                    world.clock.advance(seconds=step)
                    await world.approvals.settle()
                case Approval():
                    await approve(database, keyring, step)
                case _:
                    await world.take(step)
        for wait in (SETTLED_AFTER, SETTLED_AFTER, PATIENCE):
            world.clock.advance(seconds=wait.total_seconds())
            while await world.approvals.settle():
                pass
    ended: dict[str, object] = {
        "findings": {
            (row.revision_no, row.category, row.finding["rule_id"], row.since_changed, row.severity)
            for row in await world.rows("findings")
        },
        "alerts": {(row.audience, *row.categories, *row.finding_ids) for row in await world.rows("alerts")},
        "states": await world.states(),
    }
    await database.close()
    return ended


async def approve(database: Database, keyring: Keyring, step: Approval) -> None:
    draft = step.draft
    at = NOW + timedelta(minutes=step.minutes)
    async with database.transaction() as connection:
        await drafts.record(connection, REQUIRING, draft)
        await drafts.approve(
            connection, keyring, REQUIRING, MANAGER, draft.draft_id, content_hash=draft.content_hash, reason="", at=at
        )


def expected(steps: Sequence[Step]) -> set[tuple[int, str, str]]:
    """Say what must be found from the whole history at once."""
    posts = [step for step in steps if isinstance(step, Post)]
    approved = [
        Approved(step.draft.draft_id, step.draft.text_ref, step.draft.pictures, NOW + timedelta(minutes=step.minutes))
        for step in steps
        if isinstance(step, Approval)
    ]
    answers = {step.revision_no: step for step in steps if isinstance(step, Analysis)}
    shown = [
        Shown(
            str(post.text_ref),
            tuple(fact.perceptual_hash for fact in answers[post.revision_no].media_facts),
            post.edited_at or NOW,
        )
        for post in posts
    ]
    found = set()
    for number, one in enumerate(shown):
        if matching(one, approved) is None:
            departed = departure(one, shown[:number], approved)
            found.add((number + 1, departed.category, departed.rule_id))
    return found


@settings(max_examples=40, deadline=None)
@given(histories())
def test_order_repetition_and_delay_make_no_difference_to_what_was_approved(history: History) -> None:
    heard = asyncio.run(listen(history.heard))
    assert heard == asyncio.run(listen(history.steps))
    findings = heard["findings"]
    assert isinstance(findings, set)
    assert {found[:3] for found in findings} == expected(history.steps)
