import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from services.local.ports import free_port
from services.sandbox.app import Sandbox, build
from services.shared.health import Health
from services.shared.process import http_server
from tests.support.waiting import until

TOKEN = "sandbox-token"


class Client:
    """Talks to one sandbox as its admin, as an app on X and as the app of a Facebook Page."""

    def __init__(self, http: httpx.AsyncClient, sandbox: Sandbox) -> None:
        self.http = http
        self.sandbox = sandbox

    @property
    def account(self) -> str:
        return self.sandbox.store.accounts["x"].id

    async def x(self, path: str, /, **query: Any) -> httpx.Response:
        parameters = {name.replace("__", "."): value for name, value in query.items()}
        return await self.http.get(f"/2{path}", params=parameters, headers={"authorization": f"Bearer {TOKEN}"})

    @property
    def page(self) -> str:
        return self.sandbox.store.accounts["facebook"].id

    async def graph(self, path: str, /, **query: Any) -> httpx.Response:
        return await self.http.get(f"/v24.0{path}", params={"access_token": TOKEN} | query)

    async def admin(self, method: str, path: str, /, **body: Any) -> dict[str, Any]:
        answer = await self.http.request(method, f"/admin{path}", json=body or None)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def post(self, text: str = "News", **fields: Any) -> dict[str, Any]:
        return await self.admin("POST", "/posts", text=text, **fields)

    async def on_page(self, text: str = "News", **fields: Any) -> dict[str, Any]:
        return await self.post(text, platform="facebook", **fields)


@pytest.fixture
def sandbox() -> Sandbox:
    return build(Health("sandbox"), token=TOKEN)


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.example") as http:
        yield Client(http, sandbox)


@pytest.fixture
async def loopback(sandbox: Sandbox) -> AsyncIterator[Client]:
    """The same over a real connection."""
    port = free_port()
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        serving = asyncio.create_task(_as_coroutine(http_server(sandbox.app, "127.0.0.1", port), stop))
        stack.push_async_callback(_finish, serving, stop)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}"))
        await until(lambda: answers(http, "/healthz"), what="the sandbox to answer")
        yield Client(http, sandbox)


async def _as_coroutine(task: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    await task(stop)


async def _finish(serving: "asyncio.Task[None]", stop: asyncio.Event) -> None:
    stop.set()
    await serving


async def answers(http: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await http.get(path)).is_success
    except httpx.ConnectError:
        return False
