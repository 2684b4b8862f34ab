"""Asking the detectors: whatever does not come back as a proper answer in time counts as not checked."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from schemas.analysis import Unchecked
from schemas.post import Post
from services.console.drafts.client import CheckClient
from tests.support.draft_checks import TOKEN, FakeDetectors, answered, found_nothing
from tests.support.events import NOW, make_analysis, make_post
from tests.support.notify import HandClock

POST = make_post(kind="draft", trigger="draft", required=("abuse", "details", "faces"))
NOTHING_CHECKED = (Unchecked(part="all", reason="no_answer"),)


def fail(error: type[Exception]) -> httpx.Response:
    raise error("no names here")


async def test_every_required_detector_is_asked_and_no_other() -> None:
    detectors = FakeDetectors()
    post = POST.model_copy(update={"required": ("abuse", "faces")})
    answers = await detectors.client(HandClock(NOW)).ask(post)
    assert sorted(detector for detector, _ in detectors.asked) == ["abuse", "faces"]
    assert {asked.check_id for _, asked in detectors.asked} == {post.check_id}
    assert [(answer.detector, answer.status) for answer in answers] == [("abuse", "complete"), ("faces", "complete")]


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(503, json={"error": "the detector is starting"}),
        lambda _: httpx.Response(401),
        lambda _: httpx.Response(200, content=b"<html>"),
        lambda _: httpx.Response(200, json={"status": "complete"}),
        lambda post: answered(make_analysis(make_post(2), "details")) if post else httpx.Response(500),
        lambda post: answered(make_analysis(post, "abuse")),
        lambda _: fail(httpx.ConnectError),
        lambda _: fail(httpx.ReadTimeout),
        lambda _: fail(httpx.RemoteProtocolError),
    ],
    ids=["503", "401", "html", "no analysis", "of another check", "of another", "refused", "timeout", "cut off"],
)
async def test_what_is_no_answer_counts_as_unchecked_and_the_others_stand(
    answer: Callable[[Post], httpx.Response],
) -> None:
    detectors = FakeDetectors(lambda name, post: answer(post) if name == "details" else found_nothing(name, post))
    abuse, details, faces = await detectors.client(HandClock(NOW)).ask(POST)
    assert (abuse.status, faces.status) == ("complete", "complete")
    assert (details.detector, details.status, details.unchecked) == ("details", "unchecked", NOTHING_CHECKED)
    assert (details.check_id, details.post_id, details.analysed_at) == (POST.check_id, POST.post_id, NOW)


async def test_an_answer_that_is_not_complete_and_does_not_say_why_is_never_clean() -> None:
    detectors = FakeDetectors(lambda name, post: answered(make_analysis(post, name, status="partial")))
    for answer in await detectors.client(HandClock(NOW)).ask(POST):
        assert [gap.part for gap in answer.unchecked] == ["all"]


async def test_a_detector_without_an_address_counts_as_unchecked() -> None:
    detectors = FakeDetectors()
    answers = await detectors.client(HandClock(NOW), ("abuse",)).ask(POST)
    assert [answer.status for answer in answers] == ["complete", "unchecked", "unchecked"]
    assert [detector for detector, _ in detectors.asked] == ["abuse"]


async def test_a_late_detector_costs_its_own_answer_only() -> None:
    async def respond(request: httpx.Request) -> httpx.Response:
        detector = request.url.host.partition(".")[0]
        if detector == "faces":
            await asyncio.Event().wait()
        return found_nothing(detector, POST)

    urls = {name: f"http://{name}.example/" for name in POST.required}
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        client = CheckClient(urls, SecretStr(TOKEN), http, HandClock(NOW), answer_seconds=0.05)
        answers = await client.ask(POST)
    assert [answer.status for answer in answers] == ["complete", "complete", "unchecked"]
