"""Before publishing: a post is checked, its verdict shown in words, and a person approves or refuses exactly that."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from schemas import ids
from schemas.analysis import Analysis, Unchecked
from schemas.post import Post
from services.casebook import tables
from services.casebook.drafts import list_drafts
from services.casebook.viewer import Viewer
from services.console.drafts import upload
from services.console.drafts.client import CheckClient
from services.console.drafts.room import UploadRoom
from services.console.drafts.upload import LONGEST_UPLOAD
from services.register.models import Pupil
from services.shared.logging import configure
from tests.support.console import OTHER, ROLES, ConsoleWorld, picture
from tests.support.draft_checks import FakeDetectors, answered, found_nothing, real_checks, send, sent
from tests.support.events import ACCOUNT, SCHOOL, make_analysis
from tests.support.notify import finding

LEAD, MANAGER = "online_safety_lead", "business_manager"


def finds(category: str, detector: str = "abuse", **changes: Any) -> FakeDetectors:
    def answer(name: str, post: Post) -> httpx.Response:
        found = (finding(post, category, **changes),) if name == detector else ()
        return answered(make_analysis(post, name, findings=found))

    return FakeDetectors(answer)


async def test_a_post_in_which_nothing_was_found_may_go_live_and_is_approved(
    world: ConsoleWorld, detectors: FakeDetectors
) -> None:
    manager = await world.signed_in(MANAGER)
    address = await sent(manager, "A <sunny>\r\nday", picture(), **{"description-1": "A field"})
    page = (await manager.get(address)).text
    assert "<h1>It may go live</h1>" in page
    assert "A &lt;sunny&gt;\nday" in page
    assert "A field" in page
    assert "Everything was checked." in page
    assert f"by Petra {MANAGER}" in page
    assert sorted(name for name, _ in detectors.asked) == ["abuse", "details", "faces"]

    answer = await manager.send(address, f"{address}/approve", reason="")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?done=approved")
    page = (await manager.get(answer.headers["location"])).text
    assert "You have approved this post." in page
    assert "It has not been seen on the account yet." in page
    assert "/approve" not in page
    assert "A &lt;sunny&gt; day" in (await manager.get("/publish")).text
    me = (await world.user(MANAGER)).user_id
    assert (await world.acts())[:2] == [(me, "approve_draft"), (me, "check_draft")]


async def test_what_is_asked_is_a_draft_of_the_schools_own_that_stays_out_of_ingests_blobs(
    world: ConsoleWorld, detectors: FakeDetectors
) -> None:
    await sent(await world.signed_in(MANAGER), "Look", picture())
    post = detectors.asked[0][1]
    assert (post.kind, post.trigger, post.author.relation, post.revision_no) == ("draft", "draft", "official", 1)
    name = post.post_id.partition(":")[2]
    assert (post.content, post.attachments[0].media) == (
        f"{SCHOOL}/content/{post.revision_id}",
        f"{SCHOOL}/media/{name}-1",
    )
    assert post.versions == {SCHOOL: await world.register.versions(SCHOOL)}


async def test_a_finding_is_explained_with_its_clause_and_marked(world: ConsoleWorld) -> None:
    world.drafts = real_checks(world)
    manager = await world.signed_in(MANAGER)
    address = await sent(manager, "What a dunce he is", picture(80, 60, "PNG"))
    page = (await manager.get(address)).text
    assert "What a <mark>dunce</mark> he is" in page
    assert "An insulting comment" in page
    assert "Larkhollow social media policy, section 4" in page
    assert f'src="{address}/pictures/1" loading="lazy" width="80" height="60"' in page
    assert '<rect x="0.25" y="0.25" width="0.25" height="0.25"/>' in page
    shown = await manager.get(f"{address}/pictures/1")
    assert (shown.content, shown.headers["content-type"]) == (picture(80, 60, "PNG"), "image/png")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await manager.get(f"{address}/pictures/2")).status_code == 404
    me = (await world.user(MANAGER)).user_id
    assert (await world.acts())[0] == (me, "view_picture")
    async with world.casebook.reading() as connection:
        (draft,) = await list_drafts(connection, Viewer("test", (SCHOOL,), ROLES))
    assert len(draft.pictures) == 1


@pytest.mark.parametrize(
    ("band", "verdict", "said"),
    [
        ("possible", "review", "It needs a person&#39;s judgement"),
        ("confirmed", "block", "It must not be published as"),
    ],
)
async def test_the_verdict_says_whether_it_can_be_approved_with_a_reason(
    world: ConsoleWorld, detectors: FakeDetectors, band: str, verdict: str, said: str
) -> None:
    detectors.answer = finds("image_no_publish", "faces", band=band).answer
    manager = await world.signed_in(MANAGER)
    address = await sent(manager, "Look", picture())
    page = (await manager.get(address)).text
    assert f"card verdict {verdict}" in page
    assert said in page
    assert ("/approve" in page) == (verdict == "review")
    refused = await manager.send(address, f"{address}/approve", reason="")
    assert refused.status_code == 422
    given = await manager.send(address, f"{address}/approve", reason="All of their families agreed.")
    assert given.status_code == (303 if verdict == "review" else 422)
    assert ("All of their families agreed." in (await manager.get(address)).text) == (verdict == "review")


@pytest.mark.parametrize(
    ("unchecked", "said"),
    [
        (Unchecked(part="image:1", reason="too_small"), "It is too small to see anything in it"),
        (Unchecked(part="all", reason="engine_timeout"), "The check took too long"),
    ],
)
async def test_what_could_not_be_checked_is_never_clean(
    world: ConsoleWorld, detectors: FakeDetectors, unchecked: Unchecked, said: str
) -> None:
    detectors.answer = lambda name, post: answered(
        make_analysis(post, name, status="unchecked", unchecked=(unchecked,) if name == "details" else ())
    )
    manager = await world.signed_in(MANAGER)
    page = (await manager.get(await sent(manager, "Look", picture()))).text
    assert "<h1>Something could not be checked</h1>" in page
    assert "Check for identifying details" in page
    assert said in page


async def test_a_detector_that_is_down_and_one_that_must_not_look_are_named(world: ConsoleWorld) -> None:
    fake = FakeDetectors(lambda name, post: httpx.Response(503) if name == "abuse" else found_nothing(name, post))
    world.drafts = fake.checks(world)
    manager = await world.signed_in(MANAGER)
    page = (await manager.get(await sent(manager, "Look", picture()))).text
    assert "<h1>Something could not be checked</h1>" in page
    assert re.search(r"Check for abuse</strong> <span>It did not answer", page)
    assert re.search(r"Check for faces of pupils</strong> <span>No impact assessment is on record", page)


async def test_a_draft_is_refused_with_a_reason_that_its_author_reads(
    world: ConsoleWorld, detectors: FakeDetectors
) -> None:
    assert not detectors.asked
    manager, lead = await world.signed_in(MANAGER), await world.signed_in(LEAD)
    address = await sent(manager)
    page = (await lead.get(address)).text
    assert "It can be approved by: School business manager, Headteacher." in page
    assert "/approve" not in page
    refused = await lead.send(address, f"{address}/approve", reason="I may")
    assert refused.status_code == 422
    assert "You may not approve drafts" in refused.text
    assert (await lead.send(address, f"{address}/refuse", reason=" ")).status_code == 422
    assert (await lead.send(address, f"{address}/refuse", reason="Not <b>today</b>.")).status_code == 303
    page = (await manager.get(address)).text
    assert "Not &lt;b&gt;today&lt;/b&gt;." in page
    assert f"By Petra {LEAD}" in page
    assert (await manager.send("/publish", f"{address}/approve", reason="Why")).status_code == 422


async def test_only_what_lies_in_the_store_as_it_was_checked_is_approved(
    world: ConsoleWorld, detectors: FakeDetectors
) -> None:
    manager = await world.signed_in(MANAGER)
    address = await sent(manager, "Look", picture())
    media = detectors.asked[0][1].attachments[0].media
    assert media is not None
    await world.store.put(media, picture(65, 48))
    changed = await manager.send(address, f"{address}/approve")
    assert "This is not the draft that you read" in changed.text
    await world.store.delete(media)
    gone = await manager.send(address, f"{address}/approve")
    assert "What was checked is no longer kept" in gone.text


async def test_what_rests_on_an_earlier_state_of_the_register_is_not_approved(world: ConsoleWorld) -> None:
    world.drafts = real_checks(world)
    manager = await world.signed_in(MANAGER)
    approved, open_ = await sent(manager, "Sports day"), await sent(manager, "Another day")
    assert (await manager.send(approved, f"{approved}/approve")).status_code == 303
    for address in (approved, open_):
        assert "The register has changed" not in (await manager.get(address)).text
    withdrawn = Pupil("", "A1", "", "Tamsin", "", "Quillfeather", "3", "3B", "", "", "", "no", "no")
    await world.writer.import_people(SCHOOL, pupils=[withdrawn])
    refused = await manager.send(open_, f"{open_}/approve", reason="It was fine this morning")
    assert refused.status_code == 422
    assert "The register has changed since this was checked" in refused.text
    for address in (approved, open_):
        page = (await manager.get(address)).text
        assert "before it is published" in page
        assert "/approve" not in page
    assert (await manager.send(open_, f"{open_}/refuse", reason="Tamsin is in it")).status_code == 303
    assert "before it is published" not in (await manager.get(open_)).text


@pytest.mark.parametrize(
    ("caption", "pictures", "fields", "reason"),
    [
        ("", (), {}, "There is nothing to check"),
        (" \n ", (), {}, "There is nothing to check"),
        ("x" * 10_001, (), {}, "The caption is too long"),
        ("Look", (b"<svg/>",), {}, "Picture 1 cannot be checked"),
        ("Look", (picture(), b"MZ"), {}, "Picture 2 cannot be checked"),
        ("Look", (), {"account": ids.account_id(OTHER, "x", "1")}, "Choose the account"),
        ("Look", (), {"account": ""}, "Choose the account"),
    ],
)
async def test_what_cannot_be_checked_is_said_and_what_was_typed_stays(
    world: ConsoleWorld, detectors: FakeDetectors, caption: str, pictures: Any, fields: dict[str, str], reason: str
) -> None:
    manager = await world.signed_in(MANAGER)
    answer = await send(manager, caption, *pictures, **({"description-1": "Runners"} | fields))
    assert answer.status_code == 422
    assert reason in answer.text
    assert 'value="Runners"' in answer.text
    assert caption in answer.text
    assert detectors.asked == []


async def test_a_form_without_its_proof_checks_nothing(world: ConsoleWorld, detectors: FakeDetectors) -> None:
    manager = await world.signed_in(MANAGER)
    for proof in ({}, {"form_proof": "0" * 64}):
        answer = await manager.client.post("/publish", data={"account": ACCOUNT, **proof}, files={"p": ("", b"")})
        assert answer.status_code == 403
    address = await sent(manager)
    for action in ("approve", "refuse"):
        assert (await manager.client.post(f"{address}/{action}", data={"reason": "x"})).status_code == 403
    assert len(detectors.asked) == 2  # a text only: not faces


@pytest.mark.parametrize("kind", ["not multipart", "too many files", "cut off", "too long"])
async def test_what_is_no_form_of_ours_is_refused(world: ConsoleWorld, detectors: FakeDetectors, kind: str) -> None:
    assert not detectors.asked
    client = (await world.signed_in(MANAGER)).client
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    if kind == "not multipart":
        answer, status = await client.post("/publish", data={"caption": "x"}), 415
    elif kind == "too many files":
        files = [("picture-1", (f"{number}.jpg", b"x")) for number in range(5)]
        answer, status = await client.post("/publish", files=files), 400
    elif kind == "cut off":
        answer, status = await client.post("/publish", content=b"--y\r\nnonsense", headers=boundary), 400
    else:
        headers = boundary | {"Content-Length": str(LONGEST_UPLOAD + 1)}
        answer, status = await client.post("/publish", content=b"", headers=headers), 413
    assert answer.status_code == status


async def test_pictures_do_not_touch_the_disk_on_their_way(
    world: ConsoleWorld, detectors: FakeDetectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rollover(_: object) -> None:
        raise AssertionError("a picture was written to a temporary file")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", rollover)
    large = picture() + bytes(3 * 2**20)
    await sent(await world.signed_in(MANAGER), "Look", large)
    media = detectors.asked[0][1].attachments[0].media
    assert media is not None
    assert await world.store.get(media) == large


@pytest.mark.parametrize(("room", "at_once"), [(UploadRoom(1), 1), (UploadRoom(), 3)])
async def test_what_people_send_at_once_waits_until_there_is_room(
    world: ConsoleWorld, detectors: FakeDetectors, monkeypatch: pytest.MonkeyPatch, room: UploadRoom, at_once: int
) -> None:
    assert not detectors.asked
    together, running = asyncio.Barrier(at_once), set()

    async def ask(_: CheckClient, post: Post) -> list[Analysis]:
        running.add(post.post_id)
        await together.wait()
        for _turn in range(5):  # time in which the others would begin
            await world.register.schools()
        assert len(running) <= at_once
        running.discard(post.post_id)
        return [make_analysis(post, name) for name in post.required]

    monkeypatch.setattr(CheckClient, "ask", ask)
    console = world.console
    monkeypatch.setattr(world, "console", lambda: replace(console(), uploads=room))
    manager = await world.signed_in(MANAGER)
    answers = await asyncio.gather(*(send(manager, f"Day {number}") for number in range(3)))
    assert [answer.status_code for answer in answers] == [303] * 3


async def test_who_stops_sending_does_not_hold_the_room_of_others(
    world: ConsoleWorld, detectors: FakeDetectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "LONGEST_READING", 0.1)
    console, room = world.console, UploadRoom(1)
    monkeypatch.setattr(world, "console", lambda: replace(console(), uploads=room))

    async def stalled() -> AsyncIterator[bytes]:
        yield b"--x\r\n"
        await asyncio.Event().wait()

    manager = await world.signed_in(MANAGER)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "1000"}
    stopped, sent_on = await asyncio.gather(
        manager.client.post("/publish", content=stalled(), headers=headers), send(manager)
    )
    assert (stopped.status_code, sent_on.status_code) == (408, 303)
    assert len(detectors.asked) == 2


async def test_only_who_reads_general_cases_may_check_and_strangers_see_nothing(
    world: ConsoleWorld, detectors: FakeDetectors
) -> None:
    assert not detectors.asked
    address = await sent(await world.signed_in(MANAGER))
    for role in ("operations", "dpo"):
        browser = await world.signed_in(role)
        assert "/publish" not in (await browser.get("/")).text
        for path in ("/publish", address, f"{address}/pictures/1"):
            assert (await browser.get(path)).status_code == 403
    elsewhere = await world.signed_in(MANAGER, OTHER)
    assert address not in (await elsewhere.get("/publish")).text
    answers = {
        (answer.status_code, re.sub(r'value="[0-9a-f]+"', "", answer.text))
        for answer in [
            await elsewhere.get(address),
            await elsewhere.get(f"{address}/pictures/1"),
            await elsewhere.get(f"/publish/{ACCOUNT}:draft-{'0' * 16}"),
            await elsewhere.get("/publish/x"),
            await elsewhere.send("/publish", f"{address}/approve"),
            await elsewhere.send("/publish", f"{address}/refuse", reason="x"),
        ]
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    signed_out = await world.browser().get("/publish")
    assert signed_out.headers["location"] == "/sign-in?next=%2Fpublish"


async def test_without_detectors_the_page_says_so(world: ConsoleWorld) -> None:
    manager = await world.signed_in(MANAGER)
    page = await manager.get("/publish")
    assert "Checking before publishing is not set up" in page.text
    assert (await manager.client.post("/publish", files={"p": ("", b"")})).status_code == 404


async def test_the_live_post_that_shows_an_approved_draft_is_named(
    world: ConsoleWorld, detectors: FakeDetectors
) -> None:
    assert not detectors.asked
    manager = await world.signed_in(MANAGER)
    address = await sent(manager)
    await manager.send(address, f"{address}/approve")
    live = {"post_id": ids.post_id(ACCOUNT, "7"), "linked_at": world.clock.now()}
    async with world.casebook.transaction() as connection:
        await connection.execute(update(tables.drafts).values(**live))
    assert "It is live: a post on the account is what was approved" in (await manager.get(address)).text
    assert "· Live" in (await manager.get("/publish")).text


@pytest.mark.usefixtures("kept_logging")
async def test_nothing_that_was_written_is_logged(
    world: ConsoleWorld, detectors: FakeDetectors, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("console", "debug")

    def fail(_: str, post: Post) -> httpx.Response:
        return httpx.Response(200, content=make_analysis(post).model_dump_json() + "Quillfeather")

    detectors.answer = fail
    manager = await world.signed_in(MANAGER)
    address = await sent(manager, "Tamsin Quillfeather", picture(), **{"description-1": "Quillfeather"})
    await manager.send(address, f"{address}/refuse", reason="Quillfeather")
    await send(manager, "Tamsin Quillfeather", b"no picture of Quillfeather")
    logged = capsys.readouterr().out
    assert logged.count("check_not_answered") == 3
    assert "Quillfeather" not in logged
