"""A school withdraws a consent: what shows the pupil is to come down, and somebody is told what is wrong with it."""

from datetime import timedelta
from typing import Any

import pytest

from schemas import ids
from schemas.analysis import Analysis
from schemas.post import Excluded, Post, RegisterVersions
from schemas.status import PupilChange, RegisterChange
from services.casebook import audit_log, tasks
from services.casebook.tasks import Task, TaskNotFound
from services.casebook.viewer import Viewer
from services.shared.database import Database
from services.shared.errors import InputRejected
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import EVERYTHING, World, finding

PUPIL = ids.pupil_ref(SCHOOL, "1")
CLASSMATE = ids.pupil_ref(SCHOOL, "2")
OTHER_SCHOOL = ids.school_id("another school")
LATER = NOW + timedelta(minutes=5)


def photo(number: int = 1, **changes: Any) -> Post:
    return make_post(
        number, **({"kind": "post", "author": {"relation": "official"}, "required": ("details",)} | changes)
    )


def showing(post: Post, *pupils: str, **changes: Any) -> Analysis:
    return make_analysis(post, "details", **({"subjects": pupils} | changes))


def changed(
    what: str = "name_consent_withdrawn", ref: str = PUPIL, school: str = SCHOOL, number: int = 1, **fields: Any
) -> RegisterChange:
    fields = {"changed_at": LATER, "pupils": (PupilChange(ref=ref, what=what),)} | fields
    change = ids.change_id(school, str(number))
    return RegisterChange(change_id=change, school_id=school, parts=("roster",), versions=RegisterVersions(), **fields)


async def listed(world: World, viewer: Viewer = EVERYTHING, *states: str) -> tuple[Task, ...]:
    async with world.database.reading() as connection:
        return await tasks.list_tasks(connection, viewer, states=states or ("open", "done"))


async def test_a_withdrawn_consent_leads_to_a_task_at_once_and_to_an_alert_when_the_recheck_answers(
    world: World,
) -> None:
    post = photo(content=f"{SCHOOL}/content/one")
    await world.take(post, showing(post, PUPIL, CLASSMATE), photo(2))
    await world.take(changed())
    (task,) = await listed(world)
    assert (task.post_id, task.account_id, task.ref) == (post.post_id, post.account_id, PUPIL)
    assert (task.kind, task.reason, task.state) == ("takedown", "name_consent_withdrawn", "open")
    assert task.due_by == NOW + timedelta(minutes=240)
    assert task.content_key == post.content
    assert await world.alerts() == {}

    check = ids.check_id(post.revision_id, "recheck", ids.run_id("a change"))
    recheck = post.model_copy(update={"check_id": check, "trigger": "recheck", "observed_at": LATER})
    named = finding(recheck, "name_full", subject_ref=PUPIL, facts={"name_consent": "no", "photo_consent": "yes"})
    await world.take(recheck, showing(recheck, PUPIL, findings=(named,)))
    assert (await world.alerts())["general"].categories == ("name_full",)
    assert await world.deliver.send_due() > 0
    assert await listed(world) == (task,)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("photo_consent_withdrawn", 1),
        ("name_consent_withdrawn", 1),
        ("enrolled", 1),
        ("photo_consent_given", 0),
        ("renamed", 0),
        ("left", 0),
        ("enrolment_removed", 0),
    ],
)
async def test_only_what_takes_a_permission_away_leads_to_tasks(world: World, what: str, expected: int) -> None:
    post = photo()
    await world.take(post, showing(post, PUPIL), changed(what))
    assert len(await listed(world)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (changed(), 1),
        (changed(ref=CLASSMATE), 0),
        (changed(school=OTHER_SCHOOL), 0),
        (changed(changed_at=NOW - timedelta(seconds=1)), 0),
    ],
    ids=["the pupil shown", "another pupil", "another school", "before the post"],
)
@pytest.mark.parametrize("first", [True, False], ids=["the change first", "the answer first"])
async def test_a_task_needs_the_pupil_the_school_and_a_post_from_before(
    world: World, change: RegisterChange, expected: int, *, first: bool
) -> None:
    post = photo()
    events = (post, showing(post, PUPIL))
    await world.take(*((change, *events) if first else (*events, change)))
    assert len(await listed(world)) == expected


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("withdrawn", "given", "seconds", "how"),
    [
        ("photo_consent_withdrawn", "photo_consent_given", 1, "consent_given"),
        ("name_consent_withdrawn", "name_consent_given", 1, "consent_given"),
        ("name_consent_withdrawn", "photo_consent_given", 1, None),
        ("photo_consent_withdrawn", "photo_consent_given", -1, None),
        ("photo_consent_withdrawn", "photo_consent_given", 0, None),
        ("enrolled", "photo_consent_given", 1, None),
        ("enrolled", "enrolment_removed", 1, None),
    ],
)
async def test_a_consent_that_is_given_again_ends_what_its_withdrawal_asked_for(
    world: World, withdrawn: str, given: str, seconds: float, how: str | None, order: int
) -> None:
    post = photo()
    again = changed(given, number=2, changed_at=LATER + timedelta(seconds=seconds))
    await world.take(post, showing(post, PUPIL, CLASSMATE), *[changed(withdrawn), again][::order])
    assert [task.how for task in await listed(world)] == [how]
    await world.take(changed(withdrawn, number=3, changed_at=LATER + timedelta(hours=1)))
    assert [task.how for task in await listed(world, EVERYTHING, "open")] == [None] * (1 if how else 2)


async def test_a_repeated_change_opens_nothing_more_and_another_change_does(world: World) -> None:
    post = photo()
    await world.take(post, showing(post, PUPIL), changed(), changed())
    assert len(await listed(world)) == 1
    await world.take(changed(number=2))
    assert len(await listed(world)) == 2


async def test_a_trusts_post_may_show_a_pupil_of_any_of_its_schools(world: World) -> None:
    post = photo()
    versions = {SCHOOL: RegisterVersions(), OTHER_SCHOOL: RegisterVersions()}
    stranger = ids.pupil_ref(OTHER_SCHOOL, "1")
    await world.take(post, showing(post, stranger, versions=versions), changed(ref=stranger, school=OTHER_SCHOOL))
    (task,) = await listed(world)
    assert (task.school_id, task.subject_school_id, task.ref) == (SCHOOL, OTHER_SCHOOL, stranger)


async def test_a_finding_says_whose_pupil_it_is(world: World) -> None:
    post = photo()
    stranger = ids.pupil_ref(OTHER_SCHOOL, "1")
    about = finding(post, "name_full", subject_ref=stranger, subject_school_id=OTHER_SCHOOL)
    await world.take(post, showing(post, findings=(about,)), changed(ref=stranger, school=OTHER_SCHOOL))
    assert [task.subject_school_id for task in await listed(world)] == [OTHER_SCHOOL]
    assert [row.subject_school_id for row in await world.rows("subjects")] == [OTHER_SCHOOL]


async def test_the_platform_removed_the_post_and_later_has_it_again(world: World) -> None:
    post = photo()
    await world.take(post, showing(post, PUPIL), changed())
    await world.take(photo(revision=2, cause="deleted", required=()))
    (task,) = await listed(world)
    assert (task.state, task.how, task.done_by, task.done_at) == ("done", "deleted", "system", NOW)
    await world.take(photo(revision=3, cause="visibility"))
    (task,) = await listed(world)
    assert (task.state, task.how, task.done_at) == ("open", None, None)


@pytest.mark.parametrize(
    ("edit", "answer", "how"),
    [
        ({}, {}, "edited"),
        ({}, {"subjects": (PUPIL,)}, None),
        ({}, {"status": "unchecked", "unchecked": ({"part": "all", "reason": "crashed"},)}, None),
        ({"required": ("abuse", "details")}, {}, None),
        ({"trigger": "recheck"}, {}, None),
        ({"required": (), "excluded": (Excluded(detector="details", reason="not_available"),)}, None, None),
        ({"required": ()}, None, "edited"),
    ],
    ids=["gone", "still there", "not seen", "half an answer", "a recheck", "not looked at", "nothing left to see"],
)
async def test_an_edit_ends_a_task_once_every_answer_says_that_the_pupil_is_not_there(
    world: World, edit: dict[str, Any], answer: dict[str, Any] | None, how: str | None
) -> None:
    post, new = photo(), photo(revision=2, **edit)
    await world.take(post, showing(post, PUPIL), changed(), new)
    if answer is not None:
        await world.take(showing(new, **answer))
    assert [task.how for task in await listed(world)] == [how]


async def test_a_person_does_a_task_once_and_it_stays_done(world: World, database: Database) -> None:
    post = photo()
    await world.take(post, showing(post, PUPIL), changed())
    (task,) = await listed(world)
    async with database.transaction() as connection:
        await tasks.complete(connection, EVERYTHING, task.task_id, LATER)
        with pytest.raises(InputRejected):
            await tasks.complete(connection, EVERYTHING, task.task_id, LATER)
        (act, *_) = await audit_log.entries(connection, EVERYTHING, SCHOOL)
    assert (act.act.actor_id, act.act.action, act.act.subject) == ("user-test", "complete_task", task.task_id)
    await world.take(photo(revision=2), changed())
    (done,) = await listed(world)
    assert (done.state, done.how, done.done_by, done.done_at) == ("done", "person", "user-test", LATER)
    assert await listed(world, EVERYTHING, "open") == ()


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        (Viewer("u", (SCHOOL,), ("online_safety_lead",)), True),
        (Viewer("u", (SCHOOL,), ("business_manager",)), True),
        (Viewer("u", (SCHOOL,), ("dpo", "operations")), False),
        (Viewer("u", (OTHER_SCHOOL,), ("online_safety_lead",)), False),
        (Viewer("u", (), ("online_safety_lead",)), False),
    ],
)
async def test_tasks_are_for_those_who_read_what_is_general(
    world: World, database: Database, viewer: Viewer, *, sees: bool
) -> None:
    post = photo()
    await world.take(post, showing(post, PUPIL), changed())
    (task,) = await listed(world)
    assert bool(await listed(world, viewer)) == sees
    async with database.transaction() as connection:
        if sees:
            await tasks.complete(connection, viewer, task.task_id, LATER)
        else:
            with pytest.raises(TaskNotFound):
                await tasks.complete(connection, viewer, task.task_id, LATER)
