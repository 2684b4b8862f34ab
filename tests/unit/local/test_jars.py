"""The jars of Kafka: the pinned bytes or a clear refusal."""

import gc
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.local import jars
from services.local.jars import Jar, default_cache, ensure_jars, pinned_jars
from services.local.ports import free_port
from services.shared.errors import DependencyUnavailable

CONTENT = {"alpha": b"first jar", "beta": b"second jar"}
JARS = [Jar("org.example", name, "1.0", hashlib.sha256(content).hexdigest()) for name, content in CONTENT.items()]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    for jar in JARS:
        target = folder / "org" / "example" / jar.artifact / jar.version / jar.file_name
        target.parent.mkdir(parents=True)
        target.write_bytes(CONTENT[jar.artifact])
    return folder


@pytest.fixture
def repository(published: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(published))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}"


def test_missing_jars_are_downloaded_and_progress_is_told(tmp_path: Path, repository: str) -> None:
    told: list[tuple[int, int]] = []
    paths = ensure_jars(JARS, tmp_path / "cache", repository=repository, progress=lambda *step: told.append(step))
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert told == [(1, 2), (2, 2)]
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["alpha-1.0.jar", "beta-1.0.jar"]


def test_a_full_cache_needs_no_network(tmp_path: Path, repository: str, nowhere: str) -> None:
    first = ensure_jars(JARS, tmp_path / "cache", repository=repository)
    assert ensure_jars(JARS, tmp_path / "cache", repository=nowhere) == first


def test_a_damaged_file_in_the_cache_is_replaced(tmp_path: Path, repository: str) -> None:
    damaged, _ = ensure_jars(JARS, tmp_path / "cache", repository=repository)
    damaged.write_bytes(b"first ja")
    ensure_jars(JARS, tmp_path / "cache", repository=repository)
    assert damaged.read_bytes() == b"first jar"


def test_other_bytes_than_the_pinned_ones_are_refused(tmp_path: Path, published: Path, repository: str) -> None:
    (published / "org" / "example" / "beta" / "1.0" / "beta-1.0.jar").write_bytes(b"second jar, changed")
    with pytest.raises(DependencyUnavailable, match=r"^beta-1\.0\.jar .* is not the pinned file [^\n]+KAFKA_BOOTSTRAP"):
        ensure_jars(JARS, tmp_path / "cache", repository=repository)
    assert not (tmp_path / "cache" / "beta-1.0.jar").exists()


def test_no_network_says_what_to_do(tmp_path: Path, nowhere: str) -> None:
    with pytest.raises(
        DependencyUnavailable, match=r"^cannot download [^\n]+check the network [^\n]+set SCHOOLGATE_KAFKA_BOOTSTRAP"
    ):
        ensure_jars(JARS, tmp_path, repository=nowhere)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # jgo leaves the refused answer open
def test_an_artefact_the_repository_lacks_is_named(tmp_path: Path, repository: str) -> None:
    absent = Jar("org.example", "gamma", "1.0", "0" * 64)
    with pytest.raises(DependencyUnavailable, match=r"cannot download gamma-1\.0\.jar"):
        ensure_jars([absent], tmp_path, repository=repository)
    gc.collect()


def test_the_pinned_list_is_one_kafka_with_unique_files() -> None:
    listed = pinned_jars()
    assert {jar.version for jar in listed if jar.group == "org.apache.kafka"} == {"4.3.1"}
    assert len({jar.file_name for jar in listed}) == len(listed)


@pytest.mark.parametrize(
    ("named", "cache"), [("/some/where", "/some/where/kafka"), (None, "/home/osl/.cache/schoolgate/kafka")]
)
def test_the_cache_is_shared_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch, named: str | None, cache: str
) -> None:
    monkeypatch.setenv("HOME", "/home/osl")
    monkeypatch.delenv("SCHOOLGATE_CACHE_DIR", raising=False)
    if named:
        monkeypatch.setenv("SCHOOLGATE_CACHE_DIR", named)
    assert default_cache() == Path(cache)


def test_the_command_ends_with_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nowhere: str) -> None:
    monkeypatch.setenv("SCHOOLGATE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(jars, "ensure_jars", partial(ensure_jars, repository=nowhere))
    with pytest.raises(SystemExit, match=r"^cannot download [^\n]+$"):
        jars.main()
