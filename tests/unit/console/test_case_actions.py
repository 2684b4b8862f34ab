import pytest

from services.casebook import audit_log
from tests.support.console import Browser, ConsoleWorld
from tests.support.events import SCHOOL

LEAD = "online_safety_lead"


@pytest.fixture
async def case(world: ConsoleWorld) -> str:
    await world.raise_case(1, "useless cow")
    return f"/cases/{await world.case_id()}"


@pytest.fixture
async def lead(world: ConsoleWorld) -> Browser:
    return await world.signed_in(LEAD)


async def state(world: ConsoleWorld) -> str:
    (case,) = await world.cases()
    return case.state


async def test_a_case_is_acknowledged_noted_and_closed(world: ConsoleWorld, lead: Browser, case: str) -> None:
    answer = await lead.send(case, f"{case}/acknowledge")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{case}?done=acknowledged")
    assert await state(world) == "acknowledged"
    assert "You have taken this case on." in (await lead.get(answer.headers["location"])).text

    await lead.send(case, f"{case}/notes", note="Rang <the> author.")
    assert "Rang &lt;the&gt; author." in (await lead.get(case)).text

    await lead.send(case, f"{case}/close", outcome="spoken_to", note="They took it down.")
    assert await state(world) == "closed"
    page = await lead.get(case)
    assert "They took it down." in page.text
    assert f"Spoken to the person or the family, by Petra {LEAD}" in page.text
    assert "Close the case" not in page.text

    me = (await world.user(LEAD)).user_id
    done = [action for actor, action in reversed(await world.acts()) if actor == me and action != "view"]
    assert done == ["acknowledge", "note", "close"]
    async with world.casebook.reading() as connection:
        assert await audit_log.verify(connection, SCHOOL) is None


@pytest.mark.parametrize(
    ("outcome", "note", "reason"),
    [
        ("spoken_to", "", "Write a note first"),
        ("spoken_to", "  \n ", "Write a note first"),
        ("", "They took it down.", "There is no such outcome"),
        ("shredded", "They took it down.", "There is no such outcome"),
        ("spoken_to", "x" * 10_001, "The note is too long"),
    ],
)
async def test_closing_needs_an_outcome_and_a_note(
    world: ConsoleWorld, lead: Browser, case: str, outcome: str, note: str, reason: str
) -> None:
    await lead.send(case, f"{case}/acknowledge")
    answer = await lead.send(case, f"{case}/close", outcome=outcome, note=note)
    assert answer.status_code == 422
    assert reason in answer.text
    assert note.strip() in answer.text
    assert await state(world) == "acknowledged"


@pytest.mark.parametrize("action", ["acknowledge", "close", "notes"])
async def test_a_form_without_its_proof_changes_nothing(
    world: ConsoleWorld, lead: Browser, case: str, action: str
) -> None:
    for proof in ({}, {"form_proof": ""}, {"form_proof": "0" * 64}, {"form_proof": "ü"}):
        answer = await lead.client.post(f"{case}/{action}", data={"note": "x", "outcome": "referred", **proof})
        assert answer.status_code == 403
        assert "This form is no longer valid" in answer.text
    assert await state(world) == "open"


async def test_the_proof_of_another_session_does_not_count(world: ConsoleWorld, lead: Browser, case: str) -> None:
    other = await world.signed_in("headteacher")
    stolen = (await other.get("/watched")).text.split('name="form_proof" value="')[1][:64]
    answer = await lead.client.post(f"{case}/acknowledge", data={"form_proof": stolen})
    assert answer.status_code == 403
    assert await state(world) == "open"


@pytest.mark.parametrize("action", ["acknowledge", "close", "notes"])
async def test_who_may_not_read_a_case_cannot_act_on_it(world: ConsoleWorld, action: str) -> None:
    await world.raise_case(1, "I will hurt myself", [("welfare_concern", "")])
    manager = await world.signed_in("business_manager")
    case = f"/cases/{await world.case_id('safeguarding')}"
    answer = await manager.send("/", f"{case}/{action}", note="Why", outcome="referred")
    assert answer.status_code == 404
    assert await state(world) == "open"


async def test_acting_twice_says_why_it_did_not_work(lead: Browser, case: str) -> None:
    await lead.send(case, f"{case}/acknowledge")
    again = await lead.send(case, f"{case}/acknowledge")
    assert again.status_code == 422
    assert "reload the page" in again.text


async def test_a_body_that_no_form_has_is_refused(lead: Browser, case: str) -> None:
    answer = await lead.client.post(f"{case}/notes", data={"note": "x" * 100_000})
    assert answer.status_code == 413
