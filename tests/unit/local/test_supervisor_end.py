"""What happens to the children when the supervisor's own process ends."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from services.shared.paths import ROOT

# Runs two processes in a supervisor of its own and prints their process ids once they are ready.
SUPERVISE = """
import asyncio, pathlib, sys
from services.local.process_spec import ProcessSpec
from services.local.supervisor import Supervisor

sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
specs = [ProcessSpec("first", sleep), ProcessSpec("second", sleep, depends_on=["first"])]
supervisor = Supervisor(specs, pathlib.Path(sys.argv[1]), lambda name, line: print(name, line, flush=True))
async def work():
    print("pids", supervisor.pid("first"), supervisor.pid("second"), flush=True)
    await asyncio.Event().wait()

asyncio.run(supervisor.run(work))
"""


@pytest.fixture
def supervising(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SUPERVISE, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def children_of(supervising: subprocess.Popen[str]) -> list[psutil.Process]:
    assert supervising.stdout
    line = next(line for line in supervising.stdout if line.startswith("pids "))
    return [psutil.Process(int(pid)) for pid in line.split()[1:]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_children_in_reverse_order(
    supervising: subprocess.Popen[str], number: signal.Signals
) -> None:
    children = children_of(supervising)
    supervising.send_signal(number)
    assert supervising.stdout
    assert supervising.stdout.read().splitlines() == ["second stopped", "first stopped"]
    assert supervising.wait(30) == 0
    assert not any(child.is_running() for child in children)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_children_of_a_killed_supervisor_die(supervising: subprocess.Popen[str]) -> None:
    children = children_of(supervising)
    supervising.kill()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
