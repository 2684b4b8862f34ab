"""What must come down: whom a post shows, what changed for them, and who says that it is done."""

from datetime import timedelta
from typing import Any

import pytest

from schemas import ids
from schemas.post import Post
from schemas.status import PupilChange, RegisterChange
from services.register.models import Pupil
from tests.support.console import ConsoleWorld
from tests.support.events import SCHOOL, make_analysis, make_post

LEAD = "online_safety_lead"
TAMSIN = Pupil("", "A1", "", "Tamsin", "Tam", "Quillfeather", "3", "3B", "", "", "", "no", "yes")


@pytest.fixture
async def post(world: ConsoleWorld) -> Post:
    """A post that was said to show a pupil; then the consent to photos was withdrawn."""
    await world.writer.import_people(SCHOOL, pupils=[TAMSIN])
    (pupil,) = (await world.register.roster(SCHOOL)).pupils
    post = await world.raise_case(1, "Sports day, useless cow", [("insult", "useless cow")])
    await world.notify.take(make_analysis(post, "faces", subjects=(pupil.ref,)), changed(world, pupil.ref))
    return post


def changed(world: ConsoleWorld, ref: str) -> RegisterChange:
    return RegisterChange(
        change_id=ids.change_id(SCHOOL, "9"),
        school_id=SCHOOL,
        parts=("roster",),
        versions={"roster": 9},
        pupils=(PupilChange(ref=ref, what="photo_consent_withdrawn"),),
        changed_at=world.clock.now() + timedelta(minutes=1),
    )


async def task_of(world: ConsoleWorld) -> Any:
    (task,) = await world.notify.rows("tasks")
    return task


@pytest.mark.usefixtures("post")
async def test_a_task_says_where_the_post_is_whom_it_shows_why_and_by_when(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    for path in ("/tasks", f"/cases/{await world.case_id()}"):
        text = (await lead.get(path)).text
        for expected in (
            'href="https://x.example/angry_reader/status/1"',
            "<strong>Tam Quillfeather</strong>, 3B: the consent to photos is no longer there.",
            "Due by <time",
            "It is taken down</button>",
        ):
            assert expected in text, (path, expected)
    acts = [action for _, action in await world.acts()]
    assert "view_tasks" in acts


@pytest.mark.usefixtures("post")
async def test_a_task_that_is_done_is_no_longer_to_do_and_says_who_did_it(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    done = f"/tasks/{(await task_of(world)).task_id}/done"
    assert (await lead.send("/tasks", done)).headers["location"] == "/tasks"
    assert "Nothing waits to be taken down." in (await lead.get("/tasks")).text
    assert f"Marked as done by Petra {LEAD}," in (await lead.get("/tasks?state=done")).text
    again = await lead.send("/tasks", done)
    assert again.status_code == 422
    assert "This task was done before" in again.text


@pytest.mark.usefixtures("post")
async def test_a_post_that_is_gone_needs_nobody(world: ConsoleWorld) -> None:
    await world.notify.take(make_post(1, revision=2, cause="deleted", required=()))
    lead = await world.signed_in(LEAD)
    assert "Nothing waits to be taken down." in (await lead.get("/tasks")).text
    assert "The platform no longer has the post, as seen on" in (await lead.get("/tasks?state=done")).text


async def test_words_that_are_gone_leave_no_link(world: ConsoleWorld, post: Post) -> None:
    assert post.content is not None
    await world.store.delete(post.content)
    text = (await (await world.signed_in(LEAD)).get("/tasks")).text
    assert "there is no link to it" in text
    assert "x.example" not in text


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize("role", ["dpo", "operations"])
async def test_who_may_not_read_the_cases_sees_no_task_and_no_name(world: ConsoleWorld, role: str) -> None:
    browser = await world.signed_in(role)
    text = (await browser.get("/tasks")).text
    assert "Nothing waits to be taken down." in text
    assert "Quillfeather" not in text
    answer = await browser.send("/tasks", f"/tasks/{(await task_of(world)).task_id}/done")
    assert answer.status_code == 404
    assert (await task_of(world)).state == "open"


@pytest.mark.usefixtures("post")
async def test_a_form_without_its_proof_changes_nothing(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    assert (await lead.client.post(f"/tasks/{(await task_of(world)).task_id}/done")).status_code == 403
    assert (await task_of(world)).state == "open"
