import asyncio
import json
import os
import signal
import socket

import httpx
import pytest
import structlog

from services.local.ports import free_port
from services.shared import process
from services.shared.errors import SettingsError
from services.shared.health import Health
from services.shared.process import Process, Stop
from services.shared.settings import OpsSettings
from tests.support.waiting import until


async def test_a_process_serves_its_state_and_stops_on_sigterm() -> None:
    port = free_port()
    service = Process("notify", OpsSettings(port=port))
    part = service.health.part("database", max_silence=60)
    finished: list[str] = []

    async def work(stop: Stop) -> None:
        await stop.wait()
        finished.append("work")

    service.serve()
    service.task("work", work)
    running = asyncio.create_task(service.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

        async def answers() -> bool:
            try:
                return (await client.get("/healthz")).status_code == 200
            except httpx.ConnectError:
                return False

        await until(answers, what="the operations port answers")
        not_ready = await client.get("/readyz")
        assert (not_ready.status_code, not_ready.json()["missing"]) == (503, {"database": "starting"})
        part.ready()
        assert (await client.get("/readyz")).json() == {"ready": True, "missing": {}}
        assert 'schoolgate_part_ready{part="database",service="notify"} 1.0' in (await client.get("/metrics/")).text
        part.max_silence = -1
        assert (await client.get("/healthz")).json() == {"alive": False, "stuck": {"database": "no_progress"}}
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 30)
    assert finished == ["work"]


def test_a_loop_that_says_it_failed_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("services.shared.health.time.monotonic", lambda: now)
    health = Health("ingest")
    part = health.part("outbox", max_silence=300)
    now += 290
    part.failed("dependency_unavailable")
    now += 290
    assert health.liveness() == {}, "a long outage of the broker is no reason to restart what waits for it"
    assert health.readiness() == {"outbox": "dependency_unavailable"}
    now += 20
    assert health.liveness() == {"outbox": "no_progress"}


async def test_a_task_that_fails_stops_the_others_and_the_process() -> None:
    service = Process("notify", OpsSettings())
    cancelled = asyncio.Event()

    async def fails(_: Stop) -> None:
        raise ZeroDivisionError

    async def waits(stop: Stop) -> None:
        try:
            await stop.wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    service.task("waits", waits)
    service.task("fails", fails)
    with pytest.raises(ExceptionGroup) as caught:
        await service.run()
    assert caught.group_contains(ZeroDivisionError)
    assert cancelled.is_set()


def test_a_port_in_use_is_one_line_and_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        async def start() -> None:
            service = Process("console", OpsSettings(port=port))
            service.serve()
            await service.run()

        with pytest.raises(SystemExit) as caught:
            process.run("console", start)
    assert caught.value.code == 1
    line = capsys.readouterr().err
    assert line.startswith(f"schoolgate console: cannot listen on 127.0.0.1:{port} (")
    assert line.endswith("stop the program that uses it, or set another port\n")


def test_settings_that_are_wrong_end_the_program_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    async def start() -> None:
        raise SettingsError("settings: SCHOOLGATE_MASTER_KEY: is not set")

    with pytest.raises(SystemExit):
        process.run("notify", start)
    assert capsys.readouterr().err == "schoolgate notify: settings: SCHOOLGATE_MASTER_KEY: is not set\n"


@pytest.mark.parametrize(
    ("level", "told"), [("warning", ["warning"]), ("info", ["info", "warning"]), ("", ["info", "warning"])]
)
def test_the_log_level_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], level: str, told: list[str]
) -> None:
    async def start() -> None:
        structlog.get_logger().info("one")
        structlog.get_logger().warning("other")

    if level:
        monkeypatch.setenv("SCHOOLGATE_LOG_LEVEL", level)
    process.run("notify", start)
    assert [json.loads(line)["level"] for line in capsys.readouterr().out.splitlines()] == told
