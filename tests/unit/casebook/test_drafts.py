"""Who may see a draft, who may approve it, and what exactly is approved."""

from datetime import timedelta

import pytest

from services.casebook import audit_log, drafts
from services.casebook.drafts import DraftNotFound, NewDraft, content_hash
from services.casebook.viewer import Viewer
from services.policy.load import load_profile
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.errors import InputRejected
from tests.support.approvals import SANDBOX, make_draft
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import EVERYTHING

OTHER_SCHOOL = "sch-" + "0" * 16
MANAGER = Viewer("user-manager", (SCHOOL,), ("business_manager",))
LEAD = Viewer("user-lead", (SCHOOL,), ("online_safety_lead",))


async def recorded(database: Database, draft: NewDraft) -> str:
    async with database.transaction() as connection:
        await drafts.record(connection, SANDBOX, draft)
    return draft.draft_id


async def approve(
    database: Database,
    keyring: Keyring,
    draft_id: str,
    reason: str = "",
    *,
    who: Viewer = MANAGER,
    read: str = "c" * 64,
) -> None:
    async with database.transaction() as connection:
        await drafts.approve(
            connection, keyring, SANDBOX, who, draft_id, content_hash=read, reason=reason, at=NOW + timedelta(minutes=1)
        )


async def reject(database: Database, keyring: Keyring, draft_id: str, reason: str, *, who: Viewer = MANAGER) -> None:
    async with database.transaction() as connection:
        await drafts.reject(connection, keyring, who, draft_id, reason=reason, at=NOW)


async def found(database: Database, draft_id: str) -> drafts.Draft:
    async with database.reading() as connection:
        return await drafts.find(connection, EVERYTHING, draft_id)


async def test_a_draft_is_kept_as_it_was_checked(database: Database) -> None:
    draft = make_draft(
        verdict="review",
        media_keys={"1": f"{SCHOOL}/media/draft-{1:016x}-1"},
        pictures=("0f" * 8,),
        analyses=(make_analysis(make_post(kind="draft", trigger="draft"), "details"),),
    )
    kept = await found(database, await recorded(database, draft))
    assert {name: getattr(kept, name) for name in NewDraft.__dataclass_fields__} == vars(draft)
    assert (kept.state, kept.decided_by, kept.post_id) == ("checked", None, None)


async def test_what_the_checks_cleared_is_approved_once(database: Database, keyring: Keyring) -> None:
    draft_id = await recorded(database, make_draft())
    await approve(database, keyring, draft_id)
    kept = await found(database, draft_id)
    assert (kept.state, kept.decided_by, kept.decided_at) == ("approved", MANAGER.user_id, NOW + timedelta(minutes=1))
    with pytest.raises(InputRejected, match="approved already"):
        await approve(database, keyring, draft_id)
    with pytest.raises(InputRejected, match="approved already"):
        await reject(database, keyring, draft_id, "On second thoughts.")


@pytest.mark.parametrize("verdict", ["review", "unchecked"])
async def test_what_the_checks_did_not_clear_needs_a_reason(database: Database, keyring: Keyring, verdict: str) -> None:
    draft_id = await recorded(database, make_draft(verdict=verdict))
    with pytest.raises(InputRejected, match="say why"):
        await approve(database, keyring, draft_id, "  ")
    await approve(database, keyring, draft_id, "Her mother agreed on the telephone.")
    assert (await found(database, draft_id)).state == "approved"


async def test_what_must_not_be_published_is_approved_by_nobody(database: Database, keyring: Keyring) -> None:
    draft_id = await recorded(database, make_draft(verdict="block"))
    with pytest.raises(InputRejected, match="change it and check it again"):
        await approve(database, keyring, draft_id, "All the same.")
    await reject(database, keyring, draft_id, "Has a name in it.")
    assert (await found(database, draft_id)).state == "rejected"


async def test_only_what_was_read_is_approved(database: Database, keyring: Keyring) -> None:
    draft_id = await recorded(database, make_draft())
    with pytest.raises(InputRejected, match="open it again"):
        await approve(database, keyring, draft_id, read="d" * 64)
    assert (await found(database, draft_id)).state == "checked"


async def test_seeing_is_not_approving(database: Database, keyring: Keyring) -> None:
    draft_id = await recorded(database, make_draft())
    with pytest.raises(InputRejected, match="ask somebody who may"):
        await approve(database, keyring, draft_id, who=LEAD)
    with pytest.raises(InputRejected, match="say why"):
        await reject(database, keyring, draft_id, " ", who=LEAD)


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("online_safety_lead", True),
        ("business_manager", True),
        ("headteacher", True),
        ("dsl", True),
        ("dpo", False),
        ("operations", False),
    ],
)
async def test_drafts_are_seen_by_who_reads_the_schools_general_cases(
    database: Database, role: str, *, sees: bool
) -> None:
    draft_id = await recorded(database, make_draft())
    viewer = Viewer("user-1", (SCHOOL,), (role,))
    async with database.reading() as connection:
        assert [draft.draft_id for draft in await drafts.list_drafts(connection, viewer)] == [draft_id] * sees


async def test_a_role_that_only_this_schools_profile_names_sees_and_approves(
    database: Database, keyring: Keyring
) -> None:
    rosewood, draft = load_profile("rosewood"), make_draft()
    leader = Viewer("user-1", (SCHOOL,), ("leadership",))
    async with database.transaction() as connection:
        await drafts.record(connection, rosewood, draft)
        await drafts.approve(
            connection, keyring, rosewood, leader, draft.draft_id, content_hash="c" * 64, reason="", at=NOW
        )
    assert (await found(database, draft.draft_id)).state == "approved"


@pytest.mark.parametrize(
    "stranger",
    [Viewer("user-1", (OTHER_SCHOOL,), EVERYTHING.roles), Viewer("user-2", (SCHOOL,), ("dpo",))],
    ids=["another school", "another role"],
)
async def test_a_draft_of_others_looks_like_none_at_all(database: Database, keyring: Keyring, stranger: Viewer) -> None:
    draft_id = await recorded(database, make_draft())
    refusals = []
    async with database.reading() as connection:
        assert await drafts.list_drafts(connection, stranger) == ()
        for wanted in (draft_id, make_draft(2).draft_id):
            with pytest.raises(DraftNotFound) as refusal:
                await drafts.find(connection, stranger, wanted)
            refusals.append(str(refusal.value))
            with pytest.raises(DraftNotFound):
                await drafts.reason_of(connection, keyring, stranger, wanted)
    assert len(set(refusals)) == 1
    with pytest.raises(DraftNotFound):
        await approve(database, keyring, draft_id, who=stranger)
    with pytest.raises(DraftNotFound):
        await reject(database, keyring, draft_id, "No.", who=stranger)


async def test_reasons_are_sealed_and_every_step_is_in_the_audit_log(database: Database, keyring: Keyring) -> None:
    first = await recorded(database, make_draft(1))
    second = await recorded(database, make_draft(2))
    await approve(database, keyring, first, "Her mother agreed.")
    await reject(database, keyring, second, "Too early.")
    async with database.reading() as connection:
        assert await drafts.reason_of(connection, keyring, MANAGER, first) == "Her mother agreed."
        log = await audit_log.entries(connection, EVERYTHING, SCHOOL)
        assert await audit_log.verify(connection, SCHOOL) is None
        rows = (await connection.exec_driver_sql("SELECT sealed_reason FROM drafts")).all()
    assert not any(b"mother" in row.sealed_reason or b"early" in row.sealed_reason for row in rows)
    assert [(entry.act.actor_id, entry.act.action, entry.act.subject) for entry in reversed(log)] == [
        ("user-author", "check_draft", first),
        ("user-author", "check_draft", second),
        (MANAGER.user_id, "approve_draft", first),
        (MANAGER.user_id, "reject_draft", second),
    ]


async def test_the_newest_drafts_come_first(database: Database) -> None:
    for number in (1, 3, 2):
        await recorded(database, make_draft(number, checked_at=NOW + timedelta(minutes=number)))
    async with database.reading() as connection:
        newest = await drafts.list_drafts(connection, MANAGER, limit=2)
    assert [draft.draft_id[-1] for draft in newest] == ["3", "2"]


def test_what_is_approved_is_exactly_this_text_and_these_pictures() -> None:
    same = content_hash("Sports day!", [b"one", b"two"])
    assert same == content_hash("Sports day!", (b"one", b"two"))
    assert len(same) == 64
    others = [
        content_hash("Sports day", [b"one", b"two"]),
        content_hash("Sports day! ", [b"one", b"two"]),
        content_hash("Sports day!", [b"two", b"one"]),
        content_hash("Sports day!", [b"one", b"two", b""]),
        content_hash("Sports day!", [b"onetwo"]),
        content_hash("Sports day!one", [b"two"]),
    ]
    assert same not in others
    assert len(set(others)) == len(others)


async def test_where_a_draft_lies_is_known_until_it_is_recorded_or_deleted(database: Database) -> None:
    reserved = [
        drafts.Reserved(draft.school_id, draft.draft_id, (draft.content_key,)) for draft in map(make_draft, (1, 2, 3))
    ]
    async with database.transaction() as connection:
        for number, one in enumerate(reserved):
            await drafts.reserve(connection, one, NOW + timedelta(minutes=number))
    await recorded(database, make_draft(1))
    async with database.transaction() as connection:
        assert await drafts.never_recorded(connection, NOW + timedelta(minutes=2)) == [reserved[1]]
        await drafts.release(connection, SCHOOL, reserved[1].draft_id)
        assert await drafts.never_recorded(connection, NOW + timedelta(hours=1)) == [reserved[2]]
