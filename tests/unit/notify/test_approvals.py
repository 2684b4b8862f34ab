"""What goes live without anybody's approval, or is not what was approved, is found like anything else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas import ids
from schemas.analysis import Analysis
from schemas.post import Attachment, Author, Post
from services.casebook import audit_log, drafts
from services.casebook.approvals.compare import LATITUDE
from services.casebook.approvals.settle import PATIENCE, PICTURES_COME_WITHIN
from services.casebook.queue import list_cases, open_case_file
from services.casebook.viewer import Viewer
from services.policy.wording import explain
from services.shared.crypto import Keyring
from services.shared.database import Database
from tests.support.approvals import ANOTHER, PICTURE, RECOMPRESSED, REQUIRING, make_draft, requiring, text_ref, watch
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import EVERYTHING, World

MANAGER = Viewer("user-manager", (SCHOOL,), ("business_manager",))
OTHER_ACCOUNT = ids.account_id(SCHOOL, "facebook", "2")


@pytest.fixture
async def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("services.notify.profiles.load_profile", requiring)
    world = World(database)
    await watch(world)
    return world


def official(text: str = "Sports day!", pictures: tuple[str, ...] = (), **changes: Any) -> Post:
    attachments = tuple(
        Attachment(key=str(number), kind="photo", media=f"{SCHOOL}/media/{sha256(picture)}")
        for number, picture in enumerate(pictures)
    )
    fields: dict[str, Any] = {
        "kind": "post",
        "author": Author(relation="official"),
        "text_ref": text_ref(text),
        "attachments": attachments,
        "published_at": NOW,
        "required": ("details",) if pictures else ("abuse",),
    }
    return make_post(**(fields | changes))


def sha256(picture: str) -> str:
    return picture.ljust(64, "0")


def answer(post: Post, *pictures: str) -> Analysis:
    facts = tuple({"sha256": sha256(picture), "perceptual_hash": picture} for picture in pictures)
    return make_analysis(post, "details" if pictures else "abuse", media_facts=facts)


async def approve(database: Database, keyring: Keyring, at: datetime = NOW, **draft: Any) -> str:
    new = make_draft(**draft)
    async with database.transaction() as connection:
        await drafts.record(connection, REQUIRING, new)
        await drafts.approve(
            connection, keyring, REQUIRING, MANAGER, new.draft_id, content_hash=new.content_hash, reason="", at=at
        )
    return new.draft_id


async def found(world: World) -> list[tuple[int, str, str]]:
    """Let the time pass in which an approval would still count, and return what was found: revision, category, rule."""
    world.clock.advance(seconds=LATITUDE.total_seconds() + 31)
    await world.approvals.settle()
    return [(row.revision_no, row.category, row.finding["rule_id"]) for row in await world.rows("findings")]


async def linked(database: Database, draft_id: str) -> str | None:
    async with database.reading() as connection:
        return (await drafts.find(connection, EVERYTHING, draft_id)).post_id


async def test_what_nobody_approved_is_an_alert_with_clause_evidence_and_words(
    world: World, database: Database, keyring: Keyring
) -> None:
    post = official(content=f"{SCHOOL}/content/rev-1")
    await world.take(post, answer(post))
    assert await world.rows("alerts") == []
    assert await found(world) == [(1, "not_approved", "approvals.none")]
    alert = (await world.alerts())["general"]
    assert (alert.severity, alert.categories, alert.clause_ids) == ("S2", ("not_approved",), ("SB-1.1",))
    assert await world.states() == {post.check_id: "alerted"}
    async with database.transaction() as connection:
        file = await open_case_file(connection, keyring, EVERYTHING, alert.case_id, NOW)
    ((judged,),) = [kept.findings for kept in file.evidence]
    assert (file.evidence[0].content_key, judged.detector) == (post.content, "approvals")
    assert explain(REQUIRING, judged.judgement).startswith("A post went live that nobody had approved. It went live:")
    await world.deliver.send_due()
    assert {mail.headlines for mail in world.mail.taken} == {("A post went live that nobody had approved",)}


async def test_what_was_approved_raises_nothing_and_is_linked_to_its_draft(
    world: World, database: Database, keyring: Keyring
) -> None:
    draft_id = await approve(database, keyring)
    post = official()
    await world.take(post, answer(post))
    assert await linked(database, draft_id) == post.post_id
    assert await found(world) == []
    async with database.reading() as connection:
        newest = (await audit_log.entries(connection, EVERYTHING, SCHOOL))[0]
    assert (newest.act.action, newest.act.subject, newest.act.detail) == ("link_draft", draft_id, post.post_id)


@pytest.mark.parametrize(
    ("minutes", "categories"), [(0.9, []), (1, []), (1.1, ["not_approved"]), (60, ["not_approved"])]
)
async def test_an_approval_counts_until_a_minute_after_the_post_whichever_came_first(
    world: World, database: Database, keyring: Keyring, minutes: float, categories: list[str]
) -> None:
    post = official()
    await world.take(post, answer(post))
    await approve(database, keyring, NOW + timedelta(minutes=minutes))
    assert [category for _, category, _ in await found(world)] == categories


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ((PICTURE,), []),
        ((RECOMPRESSED,), []),
        ((ANOTHER,), [(1, "changed_since_approval", "approvals.pictures")]),
        ((PICTURE, ANOTHER), [(1, "changed_since_approval", "approvals.pictures")]),
    ],
)
async def test_pictures_are_compared_once_the_detector_has_answered(
    world: World,
    database: Database,
    keyring: Keyring,
    live: tuple[str, ...],
    expected: list[tuple[int, str, str]],
) -> None:
    await approve(database, keyring, pictures=(PICTURE,))
    post = official(pictures=live)
    await world.take(post)
    assert await found(world) == []
    await world.take(answer(post, *live))
    assert await found(world) == expected


async def test_a_picture_that_nobody_could_compare_is_not_taken_for_an_approved_one(
    world: World, database: Database, keyring: Keyring
) -> None:
    await approve(database, keyring, pictures=(PICTURE,))
    post = official(pictures=(PICTURE,))
    unreadable = make_analysis(post, "details", media_facts=({"sha256": sha256(PICTURE)},))
    await world.take(post, unreadable)
    await found(world)
    (row,) = await world.rows("findings")
    assert (row.category, row.finding["facts"]) == ("changed_since_approval", {"differs": "pictures_not_compared"})


async def test_a_picture_that_comes_later_is_compared_then(world: World, database: Database, keyring: Keyring) -> None:
    await approve(database, keyring, pictures=(PICTURE,))
    first = official(attachments=(Attachment(key="0", kind="photo", missing_reason="pending"),))
    second = official(pictures=(PICTURE,), revision=2, cause="media")
    await world.take(first, answer(first))
    assert await found(world) == []
    await world.take(second, answer(second, PICTURE))
    world.clock.advance(minutes=10)
    assert await found(world) == []


async def test_an_edit_is_a_change_unless_it_was_approved_itself(
    world: World, database: Database, keyring: Keyring
) -> None:
    await approve(database, keyring)
    for number, text in ((1, "Sports day!"), (2, "Sports day is off.")):
        post = official(text, revision=number, edited_at=NOW + timedelta(hours=number))
        await world.take(post, answer(post))
    await approve(database, keyring, NOW + timedelta(hours=2), number=2, text="It is on after all.")
    world.clock.advance(hours=3)
    post = official("It is on after all.", revision=3, edited_at=world.clock.now())
    await world.take(post, answer(post))
    assert await found(world) == [(2, "changed_since_approval", "approvals.text")]
    (row,) = await world.rows("findings")
    assert row.since_changed


async def test_an_edit_of_which_the_platform_gives_no_time_is_live_since_it_was_seen(
    world: World, database: Database, keyring: Keyring
) -> None:
    await approve(database, keyring)
    await approve(database, keyring, NOW + timedelta(hours=1), number=2, text="Sports day is off.")
    seen = NOW + timedelta(hours=2)
    first, second = official(), official("Sports day is off.", revision=2, cause="edited", observed_at=seen)
    await world.take(first, answer(first), second, answer(second))
    world.clock.advance(hours=3)
    assert await found(world) == []


async def test_edits_of_what_nobody_approved_say_it_once(world: World) -> None:
    for number in (1, 2, 3):
        post = official(str(number), revision=number)
        await world.take(post, answer(post))
        await found(world)
    assert len({row.finding_id for row in await world.rows("findings")}) == 1
    assert len(await world.rows("alert_generations")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "reply"},
        {"author": Author(relation="unknown")},
        {"trigger": "audit"},
        {"trigger": "recheck"},
        {"text_ref": None},
        {"cause": "deleted", "text_ref": None},
    ],
)
async def test_only_what_the_school_itself_publishes_now_is_compared(world: World, changes: dict[str, Any]) -> None:
    post = official(**changes)
    await world.take(post, answer(post))
    assert await found(world) == []


async def test_a_live_check_that_comes_after_an_audits_is_compared(world: World) -> None:
    audit = official(trigger="audit", check_id=ids.check_id(official().revision_id, "audit"))
    await world.take(audit, official(), answer(official()))
    assert [category for _, category, _ in await found(world)] == ["not_approved"]


@pytest.mark.parametrize(
    "draft",
    [{"account_id": OTHER_ACCOUNT}, {"school": "sch-" + "0" * 16}],
    ids=["another account's", "another school's"],
)
async def test_a_draft_for_elsewhere_approves_nothing_here(
    world: World, database: Database, keyring: Keyring, draft: dict[str, Any]
) -> None:
    new = make_draft(**draft)
    viewer = Viewer("user-manager", (SCHOOL, "sch-" + "0" * 16), ("business_manager",))
    async with database.transaction() as connection:
        await drafts.record(connection, REQUIRING, new)
        await drafts.approve(
            connection, keyring, REQUIRING, viewer, new.draft_id, content_hash="c" * 64, reason="", at=NOW
        )
    post = official()
    await world.take(post, answer(post))
    assert [category for _, category, _ in await found(world)] == ["not_approved"]


async def test_a_rejected_draft_approves_nothing(world: World, database: Database, keyring: Keyring) -> None:
    new = make_draft()
    async with database.transaction() as connection:
        await drafts.record(connection, REQUIRING, new)
        await drafts.reject(connection, keyring, MANAGER, new.draft_id, reason="Too early.", at=NOW)
    post = official()
    await world.take(post, answer(post))
    assert [category for _, category, _ in await found(world)] == ["not_approved"]


async def test_a_school_that_requires_nothing_gets_links_and_no_alerts(database: Database, keyring: Keyring) -> None:
    world = World(database)
    draft_id = await approve(database, keyring)
    known, unknown = official(), official("Bingo!", number=2)
    await world.take(known, unknown, answer(known), answer(unknown))
    assert await found(world) == []
    assert await linked(database, draft_id) == known.post_id
    async with database.reading() as connection:
        assert await list_cases(connection, EVERYTHING) == ()


async def test_a_post_is_compared_once_and_by_nobody_twice(world: World) -> None:
    post = official()
    await world.take(post, answer(post))
    await found(world)
    assert await world.approvals.settle() == 0
    await world.take(make_analysis(post, "faces"))
    assert len(await world.rows("findings")) == 1


async def test_what_went_live_before_its_account_was_watched_could_not_be_approved_here(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.profiles.load_profile", requiring)
    world = World(database)
    before = official(number=1, published_at=NOW - timedelta(days=6))
    after = official(number=2)
    edited = official(
        number=1, revision=2, text="Bingo!", cause="edited", published_at=NOW - timedelta(days=6), edited_at=NOW
    )
    for post in (before, after, edited):
        await world.take(post, answer(post))
    assert await found(world) == []  # as long as nothing is known of the account
    await watch(world, NOW - timedelta(minutes=1))
    await world.approvals.settle()
    findings = [(row.post_id, row.revision_no, row.category) for row in await world.rows("findings")]
    assert sorted(findings) == [(edited.post_id, 2, "not_approved"), (after.post_id, 1, "not_approved")]


async def test_an_account_of_which_nothing_is_heard_is_not_waited_for_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.profiles.load_profile", requiring)
    world = World(database)
    post = official()
    await world.take(post, answer(post))
    assert await found(world) == []
    world.clock.advance(seconds=PATIENCE.total_seconds())
    await world.approvals.settle()
    assert [row.category for row in await world.rows("findings")] == ["not_approved"]


PENDING = Attachment(key="0", kind="photo", missing_reason="pending")


def completed(minutes: float, revision: int = 2, **changes: Any) -> Post:
    """Make the revision that brings the picture of the one before it."""
    seen = NOW + timedelta(minutes=minutes)
    return official(pictures=(PICTURE,), revision=revision, cause="media", observed_at=seen, **changes)


async def test_pictures_that_come_later_make_no_old_post_a_new_one(world: World) -> None:
    published = NOW - timedelta(days=6)
    first, second = official(attachments=(PENDING,), published_at=published), completed(1, published_at=published)
    await world.take(first, answer(first), second, answer(second, PICTURE))
    world.clock.advance(seconds=PATIENCE.total_seconds())
    assert await found(world) == []


async def test_approved_words_wait_for_their_pictures_as_long_as_the_platform_is_asked_for_them(
    world: World, database: Database, keyring: Keyring
) -> None:
    await approve(database, keyring, pictures=(PICTURE,))
    approved, other = official(attachments=(PENDING,)), official("Bingo!", number=2, attachments=(PENDING,))
    await world.take(approved, answer(approved), other, answer(other))
    world.clock.advance(seconds=PATIENCE.total_seconds())
    assert await found(world) == [(1, "not_approved", "approvals.none")]
    assert [row.post_id for row in await world.rows("findings")] == [other.post_id]
    world.clock.advance(seconds=PICTURES_COME_WITHIN.total_seconds())
    assert (1, "changed_since_approval", "approvals.pictures") in await found(world)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("cause", "approved_after", "expected"),
    [
        ("created", 1, []),
        ("created", 5, [(2, "not_approved", "approvals.none")]),
        ("edited", 9, []),
        ("edited", 12, [(2, "not_approved", "approvals.none")]),
    ],
)
async def test_what_gets_its_pictures_later_is_live_since_it_was_seen_without(
    world: World,
    database: Database,
    keyring: Keyring,
    cause: str,
    approved_after: int,
    expected: list[tuple[int, str, str]],
    order: int,
) -> None:
    await approve(database, keyring, NOW + timedelta(minutes=approved_after), pictures=(PICTURE,))
    seen = NOW + timedelta(minutes=10 if cause == "edited" else 0)
    first = official(attachments=(PENDING,), cause=cause, observed_at=seen)
    second = completed(15)
    events: list[Post | Analysis] = [first, answer(first), second, answer(second, PICTURE)]
    for event in events[::order]:
        await world.take(event)
    world.clock.advance(minutes=15 + PATIENCE.total_seconds() / 60)
    assert await found(world) == expected
