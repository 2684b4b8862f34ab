"""Every walk of the system, with two schools and a trust, on every real part: noticed, told once, and gone."""

import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.sandbox.pictures.portraits import PORTRAITS
from tests.support import walks
from tests.support.schools import Neighbours, add_neighbours
from tests.support.search import places_of
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]
QUICK = {
    "SCHOOLGATE_SWEEP_EVERY": "PT4S",
    "SCHOOLGATE_CONFIRM_AFTER": "PT2S",
    "SCHOOLGATE_PURGE_AFTER": "PT6S",
}
"""The same walks as in life, in seconds instead of hours."""
CAPTION = "A huge well done to Sienna Petrov for her poem!"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, kafka: str) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("walks"), kafka, ingest=QUICK) as system:
        yield system


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def neighbours(system: System) -> Neighbours:
    return await add_neighbours(system)


async def mails_about(system: System, case_id: str) -> list[str]:
    """Who has a mail about the case, one entry a mail."""
    await until(lambda: walks.all_sent(system), what="every message sent")
    return [str(mail["recipients"]) for mail in await system.mails() if case_id in str(mail)]


async def test_each_school_hears_of_its_own_pupils_and_of_nobody_elses(system: System, neighbours: Neighbours) -> None:
    larkhollow = await system.post("Well done Caspian Thornbury-Lisle, what a goal!")
    ferndale = await system.post("Well done Caspian Thornbury-Lisle, what a goal!", account="FerndalePri")
    trust = await system.post("Well done Caspian Thornbury-Lisle, and well done Anwen Abara!", account="LarkFernTrust")
    for post in (larkhollow, ferndale, trust):
        await walks.wait_until_checked(system, post)

    (named,) = await walks.alerts_on(system, neighbours.ferndale, ferndale)
    assert named.categories == ("name_full",)
    (both,) = await walks.alerts_on(system, neighbours.trust, trust)
    assert both.categories == ("name_full",), "a pupil of one school is no stranger to the trust"
    assert len(both.finding_ids) == 2
    assert await walks.alerts_on(system, system.school, larkhollow) == [], "this school has no such pupil"
    for school, own in ((neighbours.ferndale, ferndale), (neighbours.trust, trust)):
        for case in await walks.cases_of(system, school):
            assert {alert.school_id for alert in case.alerts} == {school.school_id}
        (alert,) = await walks.alerts_on(system, school, own)
        assert await mails_about(system, alert.case_id)
    mails = [json.dumps(mail) for mail in await system.mails() if named.case_id in json.dumps(mail)]
    assert mails
    assert all("ferndale.example" in mail for mail in mails)


async def test_five_typo_fixes_are_one_alert_and_a_new_detail_is_told_once(system: System) -> None:
    post = await system.post("Wel dnoe Anwen Abara, you were grate today")
    await walks.wait_until_checked(system, post)
    (alert,) = await walks.alerts_on(system, system.school, post)
    first = await mails_about(system, alert.case_id)
    fixes = (
        "Well dnoe Anwen Abara, you were grate today",
        "Well done Anwen Abara, you were grate today",
        "Well done Anwen Abara, you were great today",
        "Well done Anwen Abara, you were great today!",
        "Well done, Anwen Abara, you were great today!",
    )
    for number, text in enumerate(fixes, start=2):
        await walks.edit(system, post, text)
        await wait_for_revision(system, post, number)
    assert await mails_about(system, alert.case_id) == first, "typo fixes tell nobody anything"

    await walks.edit(system, post, f"{fixes[-1]} Look out for the car with BD51 SMR.")
    await wait_for_revision(system, post, len(fixes) + 2)
    (grown,) = await walks.alerts_on(system, system.school, post)
    assert grown.case_id == alert.case_id
    assert set(grown.categories) > set(alert.categories)
    second = Counter(await mails_about(system, alert.case_id))
    assert second == Counter(first) + Counter(set(first)), "everybody is told once more"


async def wait_for_revision(system: System, post: str, number: int) -> None:
    async def checked() -> bool:
        states = await system.check_states(post)
        return len(states) >= number and "open" not in states

    await until(checked, what=f"revision {number} was checked", limit=walks.LIMIT)


async def test_a_withdrawn_consent_turns_a_live_caption_into_an_alert_and_a_task(system: System) -> None:
    post = await system.post(CAPTION)
    await walks.wait_until_checked(system, post)
    assert await system.check_states(post) == ["checked"]
    await walks.withdraw_name_consent(system, "2414", post)
    (alert,) = await walks.alerts_on(system, system.school, post)
    assert alert.categories == ("name_full",)
    (task,) = await walks.tasks_on(system, post)
    assert (task.reason, task.state) == ("name_consent_withdrawn", "open")
    assert len(set(await mails_about(system, alert.case_id))) == len(await mails_about(system, alert.case_id))

    await walks.edit(system, post, "A huge well done to one of our poets!")

    async def done() -> bool:
        return [task.state for task in await walks.tasks_on(system, post)] == ["done"]

    await until(done, what="the task ends with the name")


async def test_an_enrolled_pupils_live_photo_alerts_once(system: System) -> None:
    pupil = min(PORTRAITS)
    for each in PORTRAITS:
        await walks.unenrol(system, each)
    post = await system.post("Our display wall this week", pictures=["display-wall-1"])
    await walks.wait_until_checked(system, post)
    assert await walks.alerts_on(system, system.school, post) == []
    await walks.enrol(system, pupil, post)
    (alert,) = await walks.alerts_on(system, system.school, post)
    assert "image_no_publish" in alert.categories
    told = await mails_about(system, alert.case_id)
    await walks.wait_until_checked(system, post, "live", "recheck")
    assert await mails_about(system, alert.case_id) == told
    assert len(told) == len(set(told)) > 0


async def test_a_hundred_abusive_comments_are_one_case_and_three_messages(system: System) -> None:
    root = await system.post("The car park is closed on Friday.")
    comments = [
        await system.post(
            f"Ms Kettlewell is a useless pathetic idiot, {number}", parent_id=root, author=f"reader{number}"
        )
        for number in range(100)
    ]

    async def all_there() -> bool:
        return any(case.posts == len(comments) for case in await walks.cases_of(system, system.school))

    await until(all_there, what="every comment has its alert", limit=walks.LIMIT)
    (case,) = [case for case in await walks.cases_of(system, system.school) if case.posts == len(comments)]
    assert len(case.alerts) == 100
    told = Counter(await mails_about(system, case.case_id))
    assert set(told.values()) == {3}, "the first, the tenth and the hundredth are told"


async def test_a_deleted_post_is_withdrawn_and_its_text_is_found_nowhere(system: System) -> None:
    secret, answer = "Marmaduke Quillingham-Thrupp", "Zebedee"
    post = await system.post(f"Call {secret}'s mother on 07700 900999 about the trip")
    await walks.wait_until_checked(system, post)
    reply = await system.post(f"Thank you, {answer} will ring", parent_id=post, author="a_reader")
    await walks.wait_until_checked(system, reply)
    assert {place.split()[0] for place in await places_of(system, secret)} == {"content"}
    await walks.delete(system, post)

    async def gone() -> bool:
        return await places_of(system, secret) == []

    await until(gone, what="the text is purged", limit=walks.LIMIT)
    assert await places_of(system, answer), "what others wrote stays"
    assert "withdrawn" in await system.check_states(post)


async def test_a_revoked_token_is_told_and_its_return_too(system: System, neighbours: Neighbours) -> None:
    await until(lambda: walks.is_read(system, neighbours.ferndale), what="the account is being read")
    await walks.revoke_token(system, "FerndalePri", neighbours.ferndale)
    (case,) = [
        case
        for case in await walks.cases_of(system, neighbours.ferndale)
        if "not_checked_token_rejected" in case.categories
    ]
    told = await mails_about(system, case.case_id)
    assert {role for role in ("online-safety-lead", "operations") if role in str(told)} == {
        "online-safety-lead",
        "operations",
    }
    text = next(mail["text"] for mail in await system.mails() if case.case_id in str(mail))
    assert "Your X account has not been checked since" in text
    assert "the token was revoked" in text
    await walks.set_token(system, "FerndalePri", revoked=False)
    missed = await system.post("Ms Kettlewell is a useless pathetic idiot", account="FerndalePri", author="late_reader")
    await walks.wait_until_checked(system, missed)
