"""The supervisor: order, readiness, restarts and ends, with small real processes."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from services.local.ports import free_port
from services.local.process_spec import ProcessSpec, http_ready
from services.local.supervisor import Supervisor, next_delay
from services.shared.errors import DependencyUnavailable, SettingsError

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
IGNORE_SIGTERM = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
WITH_GRANDCHILD = (
    "import subprocess, sys; "
    f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}], stdout=subprocess.DEVNULL); "
    "print(child.pid, flush=True); child.wait()"
)
SERVE = (
    "import sys; from http.server import HTTPServer, BaseHTTPRequestHandler as H; "
    "H.do_GET = lambda self: (self.send_response(200 if self.path == '/readyz' else 404), self.end_headers()); "
    "HTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()"
)


class Reported(list[tuple[str, str]]):
    """What the supervisor reported, to wait for."""

    def __call__(self, name: str, line: str) -> None:
        self.append((name, line))

    def lines(self, name: str) -> list[str]:
        return [line for reporter, line in self if reporter == name]

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - the state of other processes has no event here
                await asyncio.sleep(0.01)


@pytest.fixture
def reported() -> Reported:
    return Reported()


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def is_alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


async def test_output_goes_to_a_log_file_and_line_by_line_to_the_callback(tmp_path: Path, reported: Reported) -> None:
    code = (
        "import os, sys; print(os.environ['COLOUR'], flush=True); print('pale', file=sys.stderr, flush=True); " + SLEEP
    )
    spec = ProcessSpec("painter", python(code), env={"COLOUR": "green"})
    async with Supervisor([spec], tmp_path, reported):
        await reported.wait_for(lambda: "up" in reported.lines("painter"))
    assert [line for line in reported.lines("painter") if line not in {"ready", "stopped"}] == ["green", "pale", "up"]
    assert (tmp_path / "painter.log").read_text() == "green\npale\nup\n"


async def test_a_secret_line_is_reported_and_not_logged(tmp_path: Path, reported: Reported) -> None:
    spec = ProcessSpec(
        "console", python("print('TOKEN 12'); print('up', flush=True); import time; time.sleep(600)"), unlogged="TOKEN "
    )
    async with Supervisor([spec], tmp_path, reported):
        await reported.wait_for(lambda: "up" in reported.lines("console"))
    assert "TOKEN 12" in reported.lines("console")
    assert (tmp_path / "console.log").read_text(encoding="utf-8") == "up\n"


async def test_processes_start_after_what_they_need_and_stop_in_reverse(tmp_path: Path, reported: Reported) -> None:
    port = free_port()
    web = ProcessSpec("web", python(SERVE, str(port)), ready=http_ready(f"http://127.0.0.1:{port}/readyz"))
    user = ProcessSpec("user", python(SLEEP), depends_on=["web"])
    last = ProcessSpec("last", python(SLEEP), depends_on=["user", "web"])
    async with Supervisor([last, user, web], tmp_path, reported):
        assert [name for name, line in reported if line == "ready"] == ["web", "user", "last"]
    assert [name for name, line in reported if line == "stopped"] == ["last", "user", "web"]


async def test_a_killed_process_starts_again_and_one_line_says_so(tmp_path: Path, reported: Reported) -> None:
    async with Supervisor([ProcessSpec("poller", python(SLEEP))], tmp_path, reported) as supervisor:
        first = supervisor.pid("poller")
        assert first
        os.kill(first, signal.SIGKILL)
        await reported.wait_for(lambda: supervisor.pid("poller") not in {None, first})
        second = supervisor.pid("poller")
        assert second
        assert is_alive(second)
    assert "was ended by SIGKILL; it starts again in 0.5 s" in reported.lines("poller")
    assert not is_alive(second)


async def test_a_process_that_keeps_dying_is_started_ever_more_slowly(tmp_path: Path, reported: Reported) -> None:
    async with Supervisor([ProcessSpec("faulty", python("raise SystemExit(3)"))], tmp_path, reported):
        await reported.wait_for(lambda: len([line for line in reported.lines("faulty") if "status 3" in line]) >= 2)
    ends = [line for line in reported.lines("faulty") if "status 3" in line]
    assert ends == ["ended with status 3; it starts again in 0.5 s", "ended with status 3; it starts again in 1 s"]


@pytest.mark.parametrize(
    ("previous", "lived_s", "delay"),
    [(None, 0, 0.5), (0.5, 0, 1), (16, 1, 30), (30, 30, 30), (30, 31, 0.5), (None, 9999, 0.5)],
)
def test_a_long_life_makes_the_next_start_quick_again(previous: float | None, lived_s: float, delay: float) -> None:
    assert next_delay(previous, lived_s) == delay


async def test_a_process_that_ignores_the_request_to_end_is_killed(tmp_path: Path, reported: Reported) -> None:
    spec = ProcessSpec("deaf", python(IGNORE_SIGTERM))
    async with Supervisor([spec], tmp_path, reported, stop_timeout_s=0.2) as supervisor:
        await reported.wait_for(lambda: "up" in reported.lines("deaf"))
        pid = supervisor.pid("deaf")
    assert pid
    assert not is_alive(pid)


async def test_the_children_of_a_process_end_with_it(tmp_path: Path, reported: Reported) -> None:
    async with Supervisor([ProcessSpec("parent", python(WITH_GRANDCHILD))], tmp_path, reported) as supervisor:
        await reported.wait_for(lambda: any(line.isdigit() for line in reported.lines("parent")))
        grandchild = next(int(line) for line in reported.lines("parent") if line.isdigit())
        parent = supervisor.pid("parent")
        assert parent
        os.kill(parent, signal.SIGKILL)
        await reported.wait_for(lambda: not is_alive(grandchild))


async def test_a_process_never_ready_stops_everything_and_names_its_log(tmp_path: Path, reported: Reported) -> None:
    never = http_ready(f"http://127.0.0.1:{free_port()}/readyz")
    specs = [
        ProcessSpec("good", python(SLEEP)),
        ProcessSpec("slow", python(SLEEP), ready=never, ready_timeout_s=0.3),
        ProcessSpec("waiting", python(SLEEP), depends_on=["slow"]),
    ]
    supervisor = Supervisor(specs, tmp_path, reported)
    with pytest.raises(DependencyUnavailable, match=r"^slow was not ready within 0\.3 s; its log is .*slow\.log$"):
        await supervisor.start()
    assert [supervisor.pid(spec.name) for spec in specs] == [None, None, None]
    assert reported.lines("waiting") == []


async def test_a_page_that_answers_but_not_with_success_is_not_ready(tmp_path: Path, reported: Reported) -> None:
    port = free_port()
    web = ProcessSpec("web", python(SERVE, str(port)), ready=http_ready(f"http://127.0.0.1:{port}/readyz"))
    async with Supervisor([web], tmp_path, reported):
        assert await http_ready(f"http://127.0.0.1:{port}/readyz")()
        assert not await http_ready(f"http://127.0.0.1:{port}/other")()


async def test_a_missing_program_is_named(tmp_path: Path, reported: Reported) -> None:
    supervisor = Supervisor([ProcessSpec("poller", ["no-such-program"])], tmp_path, reported)
    with pytest.raises(SettingsError, match=r"^cannot start poller: no-such-program is not a program$"):
        await supervisor.start()


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        (
            {"a": ["b"], "b": ["a"]},
            "processes wait for each other: a -> b -> a|processes wait for each other: b -> a -> b",
        ),
        ({"a": ["c"], "b": []}, "a depends on c, which is not a process here"),
    ],
)
def test_an_impossible_order_is_refused(
    tmp_path: Path, reported: Reported, needs: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        Supervisor([ProcessSpec(name, ["true"], depends_on=on) for name, on in needs.items()], tmp_path, reported)


def test_a_doubled_name_is_refused(tmp_path: Path, reported: Reported) -> None:
    with pytest.raises(SettingsError, match="two processes have the same name"):
        Supervisor([ProcessSpec("a", ["true"]), ProcessSpec("a", ["true"])], tmp_path, reported)
