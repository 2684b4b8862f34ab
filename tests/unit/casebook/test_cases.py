import pytest

from services.casebook import audit_log, cases
from services.casebook.cases import CaseNotFound
from services.casebook.queue import count_cases, list_cases, open_case_file, watched_accounts
from services.casebook.viewer import Viewer
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.errors import InputRejected
from tests.support.events import ACCOUNT, NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import EVERYTHING, World, finding

OTHER_SCHOOL = "sch-" + "0" * 16


def viewer(*roles: str, school: str = SCHOOL) -> Viewer:
    return Viewer("user-1", (school,), roles)


async def raised(world: World, *categories: str, revision: int = 1) -> str:
    post = make_post(revision=revision)
    found = tuple(finding(post, category) for category in categories)
    await world.take(post, make_analysis(post, findings=found))
    return (await world.alerts())["general"].case_id


async def state(database: Database, case_id: str) -> str:
    async with database.reading() as connection:
        (case,) = [
            case
            for case in await list_cases(connection, EVERYTHING, states=("open", "acknowledged", "closed"))
            if case.case_id == case_id
        ]
    return case.state


async def close(database: Database, keyring: Keyring, case_id: str, outcome: str = "no_action") -> None:
    async with database.transaction() as connection:
        await cases.acknowledge(connection, EVERYTHING, case_id, NOW)
        await cases.close(connection, keyring, EVERYTHING, case_id, outcome=outcome, note="Spoke to them.", at=NOW)


async def test_a_case_is_acknowledged_and_then_closed(world: World, database: Database, keyring: Keyring) -> None:
    case_id = await raised(world, "insult")
    async with database.transaction() as connection:
        await cases.acknowledge(connection, EVERYTHING, case_id, NOW)
    assert await state(database, case_id) == "acknowledged"
    async with database.transaction() as connection:
        await cases.close(connection, keyring, EVERYTHING, case_id, outcome="spoken_to", note="", at=NOW)
    async with database.reading() as connection:
        (case,) = await list_cases(connection, EVERYTHING, states=("closed",))
    assert (case.outcome, case.closed_by, case.acknowledged_by) == ("spoken_to", "user-test", "user-test")


@pytest.mark.parametrize("outcome", ["no_action", "unheard_of"])
async def test_a_step_that_is_not_next_is_refused(
    world: World, database: Database, keyring: Keyring, outcome: str
) -> None:
    case_id = await raised(world, "insult")
    if outcome == "unheard_of":
        async with database.transaction() as connection:
            await cases.acknowledge(connection, EVERYTHING, case_id, NOW)
    with pytest.raises(InputRejected):
        async with database.transaction() as connection:
            await cases.close(connection, keyring, EVERYTHING, case_id, outcome=outcome, note="", at=NOW)
    assert await state(database, case_id) != "closed"


@pytest.mark.parametrize(
    ("later", "expected"),
    [("bullying", "closed"), ("threat", "open")],
    ids=["a new category of the same severity", "a higher severity"],
)
async def test_a_closed_case_opens_again_only_when_it_gets_worse(
    world: World, database: Database, keyring: Keyring, later: str, expected: str
) -> None:
    case_id = await raised(world, "insult")
    await close(database, keyring, case_id)
    await raised(world, "insult", later, revision=2)
    assert await state(database, case_id) == expected


async def test_a_finding_of_an_older_revision_opens_nothing_again(
    world: World, database: Database, keyring: Keyring
) -> None:
    case_id = await raised(world, "insult", revision=2)
    await close(database, keyring, case_id)
    await raised(world, "threat", revision=1)
    assert await state(database, case_id) == "closed"


@pytest.mark.parametrize(
    ("roles", "audiences"),
    [
        (("online_safety_lead",), {"general", "operations"}),
        (("headteacher",), {"general", "safeguarding", "staff_allegation", "data_protection"}),
        (("dsl",), {"general", "safeguarding", "staff_allegation"}),
        (("business_manager",), {"general", "data_protection"}),
        (("dpo",), {"data_protection"}),
        (("operations",), {"operations"}),
        (("parent_governor",), set()),
        ((), set()),
    ],
)
async def test_each_role_sees_the_cases_that_are_for_it(
    world: World, database: Database, roles: tuple[str, ...], audiences: set[str]
) -> None:
    post = make_post(required=("abuse", "details"))
    categories = ("insult", "grooming_contact", "allegation", "takedown_request")
    await world.take(post, make_analysis(post, findings=tuple(finding(post, category) for category in categories)))
    gone = make_analysis(post, "details", status="unchecked", unchecked=({"part": "all", "reason": "crashed"},))
    await world.take(gone)
    async with database.reading() as connection:
        seen = await list_cases(connection, viewer(*roles))
        assert sum((await count_cases(connection, viewer(*roles))).values()) == len(audiences)
        elsewhere = await list_cases(connection, viewer(*roles, school=OTHER_SCHOOL))
    assert {case.audience for case in seen} == audiences
    assert elsewhere == ()


async def test_a_case_of_others_looks_like_none_at_all(world: World, database: Database, keyring: Keyring) -> None:
    case_id = await raised(world, "insult")
    for stranger in (viewer("dpo"), viewer("headteacher", school=OTHER_SCHOOL)):
        async with database.transaction() as connection:
            with pytest.raises(CaseNotFound):
                await open_case_file(connection, keyring, stranger, case_id, NOW)
            with pytest.raises(CaseNotFound):
                await cases.acknowledge(connection, stranger, case_id, NOW)


async def test_a_case_file_has_what_a_person_needs_and_nothing_of_other_audiences(
    world: World, database: Database, keyring: Keyring
) -> None:
    content = f"{SCHOOL}/content/rev-1"
    picture = f"{SCHOOL}/media/{'a' * 64}"
    post = make_post(
        content=content,
        attachments=({"key": "1", "kind": "photo", "media": picture}, {"key": "2", "kind": "photo"}),
    )
    span = {"part": "text", "start": 3, "end": 9}
    insult = finding(post, "insult", spans=(span,))
    await world.take(post, make_analysis(post, findings=(insult, finding(post, "allegation"))))
    case_id = (await world.alerts())["general"].case_id
    async with database.transaction() as connection:
        await cases.add_note(connection, keyring, EVERYTHING, case_id, text="Rang the author.", at=NOW)
        file = await open_case_file(connection, keyring, viewer("online_safety_lead"), case_id, NOW)
    (kept,) = file.evidence
    assert (kept.content_key, kept.media_keys) == (content, {"1": picture, "2": None})
    (judged,) = kept.findings
    assert judged.judgement.finding == insult
    assert (judged.judgement.clause_ids, judged.detector, judged.since_changed) == (
        ("SB-4.1", "SB-4.3"),
        "abuse",
        False,
    )
    assert [note.text for note in file.notes] == ["Rang the author."]
    assert {delivery.recipient.user_id for delivery in file.deliveries} == {"user-online_safety_lead"}
    (row,) = await world.rows("notes")
    assert b"author" not in row.sealed_text


async def test_who_looked_and_who_decided_is_in_the_audit_log(
    world: World, database: Database, keyring: Keyring
) -> None:
    case_id = await raised(world, "insult")
    async with database.transaction() as connection:
        await open_case_file(connection, keyring, viewer("dsl"), case_id, NOW)
    await close(database, keyring, case_id, "referred")
    await raised(world, "threat", revision=2)
    async with database.reading() as connection:
        entries = await audit_log.entries(connection, EVERYTHING, SCHOOL)
        assert await audit_log.verify(connection, SCHOOL) is None
    assert [(entry.act.actor_id, entry.act.action, entry.act.detail) for entry in reversed(entries)] == [
        ("user-1", "view", ""),
        ("user-test", "acknowledge", ""),
        ("user-test", "close", "referred"),
        ("system", "reopen", ""),
    ]
    assert {entry.act.subject for entry in entries} == {case_id}


async def test_the_queue_has_the_most_severe_first(world: World, database: Database) -> None:
    for number, category in ((1, "spam_scam"), (2, "threat"), (3, "insult")):
        post = make_post(number)
        await world.take(post, make_analysis(post, findings=(finding(post, category),)))
    async with database.reading() as connection:
        assert [case.categories for case in await list_cases(connection, viewer("online_safety_lead"))] == [
            ("threat",),
            ("insult",),
            ("spam_scam",),
        ]


async def test_what_is_watched_is_counted_by_account(world: World, database: Database) -> None:
    answered, waiting, late = make_post(1), make_post(2), make_post(3)
    await world.take(late)
    world.clock.advance(seconds=200)
    await world.overdue.end_overdue()
    await world.take(answered, make_analysis(answered), waiting)
    async with database.reading() as connection:
        (watched,) = await watched_accounts(connection, viewer())
        assert await watched_accounts(connection, viewer(school=OTHER_SCHOOL)) == ()
    assert (watched.account_id, watched.checks, watched.open, watched.overdue) == (ACCOUNT, 3, 1, 1)
    assert (watched.last_observed_at, watched.last_ended_at) == (NOW, world.clock.now())
