"""Checks over HTTP: who may ask, what is refused, and that a draft waits for nobody's backlog."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from schemas.analysis import Analysis
from schemas.content import Content
from schemas.events import Event
from schemas.ids import SchoolId
from schemas.post import Post, RegisterVersions
from services.analyze.answer import Answer
from services.analyze.check import Checker
from services.analyze.check_api import LONGEST_BODY, PATH, CheckApi
from services.analyze.detectors.detector import DetectorInfo, RegisterSnapshot
from services.analyze.engine import Engine, Limits
from services.shared.content_store import ContentStore, open_content_store
from services.shared.errors import DependencyUnavailable
from services.shared.logging import configure
from services.shared.settings import StoreSettings
from tests.support.detectors import WordDetector
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import HandClock

TOKEN = "a token of the service"
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}


class Answering:
    """Stands for the checker: answers, fails or never ends, as its post's kind says."""

    def __init__(self) -> None:
        self.began = 0
        self.ended = 0
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def check(self, post: Post) -> Analysis:
        self.began += 1
        self.has_begun.set()
        if post.kind == "hang":
            await self.may_end.wait()
        if post.kind == "down":
            raise DependencyUnavailable("the register does not answer")
        self.ended += 1
        return make_analysis(post)


class Registers:
    async def versions(self, school: SchoolId, at_least: RegisterVersions) -> RegisterVersions:
        assert school == SCHOOL
        return at_least

    async def snapshot(self, school: SchoolId) -> RegisterSnapshot:
        return RegisterSnapshot(school, RegisterVersions())


def client(api: CheckApi) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=[api.route()])), base_url="http://abuse.example"
    )


def serving(checker: object | None, **options: float) -> CheckApi:
    api = CheckApi("abuse", SecretStr(TOKEN), **options)
    api.checker = checker  # type: ignore[assignment]  # a stand-in
    return api


async def send(api: CheckApi, body: str | bytes | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
    async with client(api) as asked:
        content = make_post().model_dump_json() if body is None else body
        return await asked.post(PATH, content=content, headers=ALLOWED if headers is None else headers)


async def test_a_check_is_answered_with_an_analysis() -> None:
    post = make_post(kind="draft", trigger="draft")
    answer = await send(serving(Answering()), post.model_dump_json())
    assert answer.status_code == 200
    assert Analysis.model_validate_json(answer.content) == make_analysis(post)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Basic {TOKEN}", "Bearer ü"],
)
async def test_nobody_gets_in_without_the_token(header: str) -> None:
    checker = Answering()
    async with client(serving(checker)) as asked:
        headers = {b"authorization": header.encode("latin-1")} if header else {}
        answer = await asked.post(PATH, content=make_post().model_dump_json(), headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert checker.began == 0


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "no valid check: the body"),
        (b"{", 400, "no valid check: the body"),
        (b"[]", 400, "no valid check: the body"),
        (json.dumps({"check_id": "Tamsin Quillfeather"}).encode(), 400, "no valid check: check_id"),
        (b" " * (LONGEST_BODY + 1), 413, "is longer than"),
        (make_post(required=("faces",)).model_dump_json().encode(), 422, "does not require abuse"),
        (make_post(content="sch-00000000000000aa/content/1").model_dump_json().encode(), 422, "another school"),
        (make_post(kind="down").model_dump_json().encode(), 503, "the register does not answer"),
    ],
    ids=["empty", "cut off", "no object", "no digest", "too long", "not for it", "of another school", "register down"],
)
async def test_what_cannot_be_answered_is_refused_in_one_line(body: bytes, status: int, said: str) -> None:
    answer = await send(serving(Answering()), body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert said in error
    assert "\n" not in error
    assert "Quillfeather" not in error


async def test_other_methods_are_no_way_in() -> None:
    async with client(serving(Answering())) as asked:
        assert (await asked.get(PATH, headers=ALLOWED)).status_code == 405


async def test_it_asks_for_patience_until_its_engine_has_started() -> None:
    answer = await send(serving(None))
    assert (answer.status_code, answer.json()) == (503, {"error": "the detector is starting"})


async def test_a_check_that_takes_too_long_is_given_up_by_the_asker_only() -> None:
    """To stop it in the engine would cost the child and everything that is prepared in it."""
    checker = Answering()
    api = serving(checker, answer_seconds=0.05)
    assert (await send(api, make_post(kind="hang").model_dump_json())).status_code == 504
    assert (checker.began, checker.ended) == (1, 0)
    checker.may_end.set()
    await asyncio.gather(*api._running)
    assert (await send(api)).status_code == 200
    assert checker.ended == 2


async def test_drafts_that_nobody_waits_for_any_more_do_not_pile_up_before_what_is_live() -> None:
    checker = Answering()
    api = serving(checker, answer_seconds=0.05)
    for _ in range(5):
        assert (await send(api, make_post(kind="hang").model_dump_json())).status_code == 504
    assert checker.began == 1
    checker.may_end.set()
    await asyncio.gather(*api._running)
    assert (await send(api)).status_code == 200


async def test_drafts_are_checked_one_after_the_other_and_one_that_never_began_never_begins() -> None:
    checker = Answering()
    api = serving(checker, answer_seconds=20)
    hanging = asyncio.create_task(send(api, make_post(kind="hang").model_dump_json()))
    await checker.has_begun.wait()
    api._answer_seconds = 0.01
    assert (await send(api)).status_code == 504
    assert checker.began == 1
    checker.may_end.set()
    assert (await hanging).status_code == 200


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    key = SecretStr(base64.b64encode(b"k" * 32).decode())
    return open_content_store(StoreSettings(data_dir=tmp_path, master_key=key))


@pytest.fixture
async def checker(store: ContentStore) -> AsyncIterator[Checker]:
    engine = Engine("abuse", Limits(seconds=20, memory=2 * 2**30), WordDetector)
    info: DetectorInfo = await engine.start()
    yield Checker(info, store, engine, Registers(), HandClock(NOW))
    await asyncio.to_thread(engine.stop)


async def post_of(store: ContentStore, number: int, text: str) -> Post:
    key = f"{SCHOOL}/content/{number}"
    await store.put_content(key, Content(text=text))
    return make_post(number, content=key)


async def test_the_same_check_has_the_same_answer_over_http_and_over_kafka(
    store: ContentStore, checker: Checker
) -> None:
    post = await post_of(store, 1, "what a dunce")
    published: list[Event] = []

    class Publisher:
        async def publish(self, topic: str, event: Event) -> None:
            assert topic == "analyses"
            published.append(event)

    await Answer("abuse", checker, Publisher()).post(post)
    answer = await send(serving(checker), post.model_dump_json())
    (over_kafka,) = published
    assert isinstance(over_kafka, Analysis)
    assert [finding.category for finding in over_kafka.findings] == ["insult"]
    assert Analysis.model_validate_json(answer.content) == over_kafka


async def test_a_draft_waits_for_one_check_of_a_backlog_and_not_for_the_rest(
    store: ContentStore, checker: Checker
) -> None:
    slow = [await post_of(store, number, "linger") for number in range(1, 9)]
    draft = await post_of(store, 9, "a dunce")
    api = serving(checker)
    done: list[str] = []
    begun = asyncio.Event()

    async def backlog() -> None:
        for post in slow:
            begun.set()
            await checker.check(post)
            done.append("backlog")

    async with asyncio.TaskGroup() as group:
        group.create_task(backlog())
        await begun.wait()
        assert (await send(api, draft.model_dump_json())).status_code == 200
        done.append("draft")
    # One was being examined, and one more may have come while the draft's text was read.
    assert done.index("draft") <= 2
    assert len(done) == 9


@pytest.mark.usefixtures("kept_logging")
async def test_nothing_that_was_asked_or_sent_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure("abuse", "debug")
    checker = Answering()
    api = serving(checker, answer_seconds=0.01)
    for body in (make_post(kind="down").model_dump_json(), make_post(kind="hang").model_dump_json(), "Quillfeather"):
        await send(api, body, headers=ALLOWED)
        await send(api, body, headers={"Authorization": "Bearer Quillfeather"})
    checker.may_end.set()
    await asyncio.gather(*api._running)
    output = capsys.readouterr().out
    assert "draft_not_answered" in output
    for secret in ("Quillfeather", TOKEN, "register does not"):
        assert secret not in output
