"""`make demo`, as a newcomer runs it: alerts appear, Ctrl-C stops everything, the next run goes on with its data."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from services.local.ports import free_port
from services.shared.paths import ROOT

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.usefixtures("kafka_jars")]


def start(data_dir: Path, *options: str) -> subprocess.Popen[str]:
    ports = ("--console-port", str(free_port()), "--sandbox-port", str(free_port()))
    command = [sys.executable, "-m", "services.cli.main", "demo", "--data-dir", str(data_dir), *ports, *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def cases(data_dir: Path) -> int:
    connection = sqlite3.connect(data_dir / "db" / "casebook.db")
    try:
        return int(connection.execute("SELECT count(*) FROM cases").fetchone()[0])
    finally:
        connection.close()


def test_alerts_appear_and_the_next_run_goes_on_until_ctrl_c(tmp_path: Path) -> None:
    with start(tmp_path, "--alerts", "1", "--interval", "2") as demo:
        output, _ = demo.communicate()
    assert demo.returncode == 0, output
    assert "First alert shown" in output
    assert "/setup/" in output
    found = cases(tmp_path)
    assert found >= 1

    with start(tmp_path) as demo:
        assert demo.stdout is not None
        seen = []
        for line in demo.stdout:
            seen.append(line)
            if "Ctrl-C stops" in line:
                break
        family = psutil.Process(demo.pid).children(recursive=True)
        assert len(family) > 8, "".join(seen)
        demo.send_signal(signal.SIGINT)
        output, _ = demo.communicate()
    assert demo.returncode == 0, output
    assert "Stopped. The data is kept" in output
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    assert cases(tmp_path) >= found
    logs = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "logs").glob("*.log"))
    assert "/setup/" not in logs


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    taken = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(taken)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        while not any(each.laddr.port == taken for each in psutil.Process(other.pid).net_connections()):
            assert other.poll() is None
        options = ("--data-dir", str(tmp_path), "--console-port", str(taken), "--sandbox-port", str(free_port()))
        demo = subprocess.run(
            [sys.executable, "-m", "services.cli.main", "demo", *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        other.kill()
    assert demo.returncode == 2
    (line,) = demo.stderr.strip().splitlines()
    assert line.startswith(f"schoolgate: port {taken} for the console is in use: ")
