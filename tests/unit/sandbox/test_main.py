import asyncio
import os
import signal
import socket
import sys

import httpx

from services.local.ports import free_port
from tests.support.waiting import until
from tests.unit.sandbox.conftest import answers


async def _start(**settings: str) -> asyncio.subprocess.Process:
    named = {f"SCHOOLGATE_SANDBOX_{name.upper()}": value for name, value in settings.items()}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.sandbox.main",
        env=os.environ | named,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_the_process_serves_its_ports_and_ends_on_sigterm() -> None:
    port, smtp_port = free_port(), free_port()
    process = await _start(port=str(port), smtp_port=str(smtp_port))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await until(lambda: answers(http, "/readyz"), what="the sandbox to be ready")
            assert (await http.get("/healthz")).json() == {"alive": True, "problems": {}}
            assert "Larkhollow Primary School" in (await http.get("/")).text
        _, writer = await asyncio.open_connection("127.0.0.1", smtp_port)
        writer.close()
        await writer.wait_closed()
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        smtp_port = taken.getsockname()[1]
        process = await _start(port=str(free_port()), smtp_port=str(smtp_port))
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith(f"schoolgate sandbox: cannot listen on 127.0.0.1 port {smtp_port}")
    assert len(errors.decode().splitlines()) == 1
