"""Detectors that check drafts over HTTP without a network, for the console and the command line."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from schemas.analysis import Analysis, Box, MediaFact
from schemas.ids import SchoolId
from schemas.post import Post, RegisterVersions
from services.analyze.check import Checker
from services.analyze.check_api import CheckApi
from services.analyze.detectors.detector import (
    Detection,
    DetectorInfo,
    FindingDraft,
    Material,
    RegisterSnapshot,
)
from services.analyze.engine import Examined, Snapshot
from services.console.drafts.check import DraftChecks
from services.console.drafts.client import CheckClient
from services.register.reads import RegisterReader
from services.shared.clock import Clock
from tests.support.console import Browser, ConsoleWorld
from tests.support.detectors import WordDetector
from tests.support.events import ACCOUNT, make_analysis

TOKEN = "a token for checks"
Answer = Callable[[str, Post], httpx.Response]


def answered(analysis: Analysis) -> httpx.Response:
    return httpx.Response(200, content=analysis.model_dump_json())


def found_nothing(detector: str, post: Post) -> httpx.Response:
    return answered(make_analysis(post, detector))


@dataclass
class FakeDetectors:
    """Answers as it is told; `asked` are the posts with the detector that was asked."""

    answer: Answer = found_nothing
    asked: list[tuple[str, Post]] = field(default_factory=list)

    def client(self, clock: Clock, names: tuple[str, ...] = ("abuse", "details", "faces")) -> CheckClient:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._respond))
        urls = {name: f"http://{name}.example" for name in names}
        return CheckClient(urls, SecretStr(TOKEN), http, clock)

    def checks(self, world: ConsoleWorld) -> DraftChecks:
        return DraftChecks(world.register, world.casebook, world.store, self.client(world.clock), world.clock)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/v1/check")
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        detector = request.url.host.partition(".")[0]
        post = Post.model_validate_json(request.content)
        self.asked.append((detector, post))
        return self.answer(detector, post)


class NamedDetector(WordDetector):
    """Finds the word in texts as `abuse`; as `details` also a name on every picture, and by what it is known again."""

    def __init__(self, info: DetectorInfo) -> None:
        self.info = info

    def detect(self, material: Material, index: object) -> Detection:
        if self.info.name == "abuse":
            return super().detect(material, index)
        return Detection(
            findings=tuple(
                FindingDraft(
                    "name_on_image",
                    0.8,
                    "details.test",
                    f"image:{key}",
                    "name",
                    boxes=(Box(part=f"image:{key}", x0=0.25, y0=0.25, x1=0.5, y1=0.5),),
                )
                for key in material.pictures
            ),
            media_facts=tuple(
                MediaFact(
                    sha256=hashlib.sha256(data).hexdigest(), perceptual_hash=hashlib.sha256(data).hexdigest()[:16]
                )
                for data in material.pictures.values()
            ),
        )


class InProcess:
    """Examines without a child process."""

    def __init__(self, detector: NamedDetector) -> None:
        self._detector = detector

    async def detect(
        self, material: Material, school: SchoolId, versions: RegisterVersions, snapshot: Snapshot
    ) -> Examined:
        register = await snapshot()
        assert (register.school_id, register.versions) == (school, versions)
        return Examined(self._detector.detect(material, self._detector.index(register)), versions)


class Registers:
    """The schools' registers, as far as these detectors need them."""

    def __init__(self, register: RegisterReader) -> None:
        self._register = register

    async def versions(self, school: SchoolId, at_least: RegisterVersions) -> RegisterVersions:
        versions = await self._register.versions(school)
        assert not versions.older_than(at_least)
        return versions

    async def snapshot(self, school: SchoolId) -> RegisterSnapshot:
        return RegisterSnapshot(school, await self._register.versions(school))


def real_checks(world: ConsoleWorld) -> DraftChecks:
    """Drafts checked by the detectors' own HTTP routes and checkers."""
    transports: dict[str, httpx.AsyncBaseTransport | None] = {}
    for name in ("abuse", "details"):
        info = DetectorInfo(name, "1", needs_pictures=name == "details")
        api = CheckApi(name, SecretStr(TOKEN))
        api.checker = Checker(info, world.store, InProcess(NamedDetector(info)), Registers(world.register), world.clock)
        transports[f"http://{name}.example"] = httpx.ASGITransport(Starlette(routes=[api.route()]))
    urls = {name.removeprefix("http://").partition(".")[0]: name for name in transports}
    client = CheckClient(urls, SecretStr(TOKEN), httpx.AsyncClient(mounts=transports), world.clock)
    return DraftChecks(world.register, world.casebook, world.store, client, world.clock)


async def send(browser: Browser, caption: str = "Sports day", *pictures: bytes, **fields: str) -> httpx.Response:
    data = {"form_proof": await browser.proof("/publish"), "account": ACCOUNT, "caption": caption, **fields}
    files: dict[str, Any] = {f"picture-{n}": (f"{n}.jpg", content) for n, content in enumerate(pictures, 1)}
    files[f"picture-{len(pictures) + 1}"] = ("", b"")  # as browsers send what was not chosen
    return await browser.client.post("/publish", data=data, files=files)


async def sent(browser: Browser, caption: str = "Sports day", *pictures: bytes, **fields: str) -> str:
    """Send a draft and return the address of what came of it."""
    answer = await send(browser, caption, *pictures, **fields)
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    assert re.fullmatch(rf"/publish/{ACCOUNT}:draft-[0-9a-f]{{16}}", address)
    return address
