import hashlib
import hmac
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.ingest.connectors.errors import PermissionMissing, RequestRefused, TokenRejected
from services.ingest.connectors.graph.client import Graph, GraphAddress
from services.ingest.connectors.graph.errors import NotThere, must_be_fine
from services.ingest.connectors.graph.reader import GraphReader
from tests.support.connectors import MovingClock

TOKEN, SECRET = "a-page-token", "an-app-secret"


class Sent:
    """Stands in for the network: keeps what would be sent and answers with what a test says."""

    status_code = 200
    headers: dict[str, str] = {}  # noqa: RUF012  # never changed
    content = b'{"id": "1"}'

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def send(self, request: Any, **_: Any) -> "Sent":
        self.requests.append(request)
        return self


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    sent = Sent()
    monkeypatch.setattr("requests.Session.send", lambda _, request, **more: sent.send(request, **more))
    return sent


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Graph]:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine graph.example login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    graph = Graph(
        GraphAddress("https://graph.example/", "v26.0", 5, SecretStr(SECRET)), SecretStr(TOKEN), MovingClock()
    )
    yield graph
    graph.close()


def test_the_token_travels_in_the_header_only_and_with_its_proof(graph: Graph, sent: Sent) -> None:
    graph.get_object("1", fields="id")
    (request,) = sent.requests
    proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert request.url == f"https://graph.example/v26.0/1?fields=id&appsecret_proof={proof}"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("write", [{"method": "DELETE"}, {"post_args": {"message": "x"}}, {"files": {"source": b""}}])
def test_nothing_can_be_written(graph: Graph, sent: Sent, write: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused):
        graph.request("v26.0/1", **write)
    assert sent.requests == []


@pytest.mark.parametrize("error", [PermissionMissing("x"), RequestRefused("x")])
async def test_one_object_that_may_not_be_read_keeps_no_other(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def get_objects(ids: list[str], **_: Any) -> dict[str, Any]:
        if "66" in ids:
            raise error
        if "77" in ids:
            raise NotThere("x")
        return {each: {"id": each} for each in ids}

    monkeypatch.setattr(graph, "get_objects", get_objects)
    found = await GraphReader(graph).objects([str(number) for number in range(120)], "id")
    assert [each for each in found if found[each] is None] == ["77"]
    assert {str(number) for number in range(120)} - found.keys() == {"66"}


@pytest.mark.parametrize(
    ("subcode", "words"),
    [(458, "removed"), (459, "log in"), (460, "password"), (463, "expired"), (492, "role"), (None, "connect the Page")],
)
def test_a_rejected_token_says_what_to_do(subcode: int | None, words: str) -> None:
    error = {"code": 190, "error_subcode": subcode, "message": f"about {TOKEN}"}
    with pytest.raises(TokenRejected, match=words) as caught:
        must_be_fine(400, {"error": error}, MovingClock().now())
    assert TOKEN not in str(caught.value)


def test_importing_the_sdk_warns_of_nothing(tmp_path: Path) -> None:
    code = f"import sys; sys.pycache_prefix = {str(tmp_path)!r}; import services.ingest.connectors.graph"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
