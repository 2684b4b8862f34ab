"""A sandbox on loopback, and what a test asks of its admin API."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from services.local.ports import free_port
from services.sandbox.app import build
from services.sandbox.store import Store
from services.shared.health import Health
from services.shared.process import Stop, http_server
from tests.support.waiting import until

TOKEN = "a-token-of-the-sandbox"


class SandboxServer:
    """A running sandbox. `account` is the school's own user on the platform, `store` is for posts by the thousand."""

    def __init__(self, base_url: str, admin: httpx.AsyncClient, store: Store) -> None:
        self.base_url = base_url
        self.store = store
        self._admin = admin

    async def account(self, platform: str) -> dict[str, str]:
        accounts: dict[str, dict[str, str]] = (await self.get("/admin/accounts"))["accounts"]
        return accounts[platform]

    async def open_account(self, platform: str, handle: str, name: str = "Another School") -> dict[str, Any]:
        """A further official account: its id, handle and token; `post(..., account=handle)` happens on it."""
        return await self.call("POST", "/admin/accounts", {"platform": platform, "handle": handle, "name": name})

    async def revoke(self, platform: str, account: str, *, revoked: bool = True) -> None:
        """Take an account's token away, or give it back; the account is named by its handle or id."""
        await self.call("POST", f"/admin/accounts/{platform}/{account}/token", {"revoked": revoked})

    async def post(self, platform: str, text: str, **more: Any) -> dict[str, Any]:
        return await self.call("POST", "/admin/posts", {"platform": platform, "text": text, **more})

    async def edit(self, platform: str, post_id: str, **changes: Any) -> dict[str, Any]:
        return await self.call("PATCH", f"/admin/posts/{platform}/{post_id}", changes)

    async def delete(self, platform: str, post_id: str) -> None:
        await self.call("DELETE", f"/admin/posts/{platform}/{post_id}")

    async def fault(self, kind: str, path: str, **more: Any) -> None:
        await self.call("POST", "/admin/faults", {"kind": kind, "path": path, **more})

    async def get(self, path: str) -> dict[str, Any]:
        return await self.call("GET", path)

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self._admin.request(method, path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextlib.asynccontextmanager
async def running_sandbox() -> AsyncIterator[SandboxServer]:
    port, stop = free_port(), Stop()
    health = Health("sandbox")
    sandbox = build(health, token=TOKEN)
    server = asyncio.create_task(http_server(sandbox.app, "127.0.0.1", port)(stop))
    base_url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base_url) as admin:

        async def answers() -> bool:
            try:
                return (await admin.get("/admin/clock")).is_success
            except httpx.ConnectError:
                return False

        await until(answers, what="the sandbox answers")
        yield SandboxServer(base_url, admin, sandbox.store)
    stop.set()
    await server
