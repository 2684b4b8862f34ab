"""`schoolgate check`: the verdict in words and as an exit status, and nothing left behind."""

import asyncio
import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from schemas import ids
from schemas.analysis import Unchecked
from schemas.post import Post
from services.register.writes import RegisterWriter
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.settings import StoreSettings, load
from tests.support.console import picture
from tests.support.events import make_analysis
from tests.support.notify import finding
from tests.unit.cli.conftest import Run

TOKEN = "a token for checks"
SCHOOL = ids.school_id("100001")
pytestmark = pytest.mark.usefixtures("kept_logging")


class Detector(BaseHTTPRequestHandler):
    """One address for all three: it answers by the words of the caption, as it is kept in the store."""

    answers: dict[str, Any]
    asked: list[Post]
    kept: list[list[str]]

    def do_POST(self) -> None:
        assert self.headers["authorization"] == f"Bearer {TOKEN}"
        detector = self.path.split("/")[1]
        post = Post.model_validate_json(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(post)
        self.kept.append(blobs())
        changes = self.answers.get(detector, {})
        if changes is None:
            self.send_error(503)
            return
        found = tuple(finding(post, category) for category in changes.get("found", ()))
        answer = make_analysis(
            post, detector, findings=found, **{name: said for name, said in changes.items() if name != "found"}
        )
        body = answer.model_dump_json().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""


def blobs() -> list[str]:
    folder = Path(os.environ["SCHOOLGATE_DATA_DIR"]) / "content" / SCHOOL
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def detectors(school: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Detector]]:
    """Detectors that are set up, and a school with an account on X."""
    assert school("register", "school", "100001", "--name", "Larkhollow", "--profile", "sandbox")[0] == 0
    asyncio.run(add_account("x", "1", "LarkhollowPri"))
    Detector.answers, Detector.asked, Detector.kept = {}, [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Detector)
    thread = Thread(target=server.serve_forever)
    thread.start()
    urls = {name: f"http://127.0.0.1:{server.server_port}/{name}" for name in ("abuse", "details", "faces")}
    monkeypatch.setenv("SCHOOLGATE_CHECK_URLS", json.dumps(urls))
    monkeypatch.setenv("SCHOOLGATE_CHECK_TOKEN", TOKEN)
    yield Detector
    server.shutdown()
    thread.join()
    server.server_close()


async def add_account(platform: str, number: str, handle: str) -> None:
    settings = load(StoreSettings)
    database = Database("register", settings.database_for("register"))
    writer = RegisterWriter(database, open_content_store(settings).keyring)
    await writer.add_account(SCHOOL, platform, number, handle=handle, token=SecretStr("secret"))
    await database.close()


def asked(run: Run, *arguments: str) -> tuple[int, str, str]:
    return run("check", "--school", "100001", "--platform", "x", *arguments)


def test_a_harmless_caption_may_go_live_and_nothing_stays(school: Run, detectors: type[Detector]) -> None:
    status, output, errors = asked(school, "--caption", "A sunny sports day")
    assert (status, output, errors) == (0, "It may go live.\n", "")
    assert [post.kind for post in detectors.asked] == ["draft", "draft"]
    assert all(len(kept) == 1 for kept in detectors.kept)
    assert blobs() == []


def test_what_was_found_is_explained_with_its_clause(school: Run, detectors: type[Detector], tmp_path: Path) -> None:
    photo, words = tmp_path / "a.png", tmp_path / "caption.txt"
    photo.write_bytes(picture(kind="PNG"))
    words.write_text("A sports day, große Freude", encoding="utf-8")
    gap = Unchecked(part="image:1", reason="too_small")
    detectors.answers = {"abuse": {"found": ("insult",)}, "details": {"status": "unchecked", "unchecked": (gap,)}}
    status, output, _ = asked(school, "--caption-file", str(words), "--photo", str(photo))
    assert status == 1
    assert output.startswith("It must not be published as it is.\n")
    assert "An insulting comment" in output
    assert "SB-4.1: “Comments that insult, bully or harass anybody" in output
    assert "Check for identifying details, a picture: it is too small to see anything in it" in output
    assert "Check for faces of pupils: no impact assessment is on record" in output
    assert blobs() == []


def test_the_same_as_json(school: Run, detectors: type[Detector]) -> None:
    detectors.answers = {"abuse": {"found": ("insult",)}, "details": None}
    status, output, logged = asked(school, "--caption", "Look", "--json")
    assert "check_refused" in logged
    answer = json.loads(output)
    assert (status, answer["verdict"]) == (1, "block")
    (found,) = answer["findings"]
    assert (found["category"], found["clauses"][0]) == ("insult", "SB-4.1")
    assert answer["unchecked"] == [{"detector": "details", "part": "all", "reason": "no_answer"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "there is nothing to check"),
        (("--caption", "a", "--caption-file", __file__), "not both"),
        (("--caption", "a", "--platform", "facebook"), "no such account on facebook"),
        (("--caption", "a", "--handle", "@Elsewhere"), "no such account on x"),
        (("--caption", "a", "--photo", __file__), "picture 1 cannot be checked"),
        (("--caption", "a", "--school", "999999"), "no such school"),
    ],
)
def test_what_cannot_be_checked_is_refused_with_one_line(
    school: Run, detectors: type[Detector], arguments: tuple[str, ...], said: str
) -> None:
    status, output, errors = asked(school, *arguments)
    assert (status, output) == (2, "")
    assert said in errors
    assert len(errors.strip().splitlines()) == 1
    assert detectors.asked == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--caption", "caf\udce9"), "the caption is no UTF-8 text"),
        (("--caption", "a", "--photo", "gone.jpg"), "gone.jpg cannot be read"),
        (("--caption", "a", "--photo", "large.jpg"), "picture 1 is too large: 20 MB fit"),
    ],
)
def test_what_cannot_be_read_was_not_checked(
    school: Run,
    detectors: type[Detector],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone.jpg").touch()
    with (tmp_path / "large.jpg").open("wb") as large:
        large.truncate(64 * 2**30)  # sparse: whoever reads it all runs out of memory
    read = Path.open

    def opened(path: Path, *more: Any, **options: Any) -> Any:
        if path.name == "gone.jpg":
            raise PermissionError(13, "Permission denied")
        return read(path, *more, **options)

    monkeypatch.setattr(Path, "open", opened)
    status, _, errors = asked(school, *arguments)
    assert (status, said in errors) == (2, True)
    assert detectors.asked == []


def test_one_of_several_accounts_is_chosen_by_its_handle(school: Run, detectors: type[Detector]) -> None:
    asyncio.run(add_account("x", "2", "LarkhollowPE"))
    assert "2 accounts on x: say which with --handle" in asked(school, "--caption", "a")[2]
    assert asked(school, "--caption", "a", "--handle", "@larkhollowpe")[0] == 0
    assert detectors.asked[0].account_id == ids.account_id(SCHOOL, "x", "2")


def test_without_detectors_it_says_what_to_set(school: Run) -> None:
    asyncio.run(add_account("x", "1", "LarkhollowPri"))
    status, _, errors = asked(school, "--caption", "a")
    assert status == 2
    assert "set SCHOOLGATE_CHECK_URLS and SCHOOLGATE_CHECK_TOKEN" in errors


def test_urls_without_a_token_are_refused(school: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLGATE_CHECK_URLS", '{"abuse": "http://127.0.0.1:1"}')
    status, _, errors = asked(school, "--caption", "a")
    assert status == 2
    assert "check_urls is set without check_token" in errors
