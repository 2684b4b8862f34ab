"""Puts the planned faults between a client and the platforms' endpoints."""

import asyncio
import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.sandbox.faults import pages
from services.sandbox.faults.plan import Fault, FaultPlan
from services.sandbox.faults.refusals import refusal

SPOILED: Final = frozenset(
    {"truncated_json", "text_javascript", "duplicate_page", "looping_page", "empty_page", "last_page"}
)
"""The faults that change the platform's own answer; the others replace it."""
NEVER_FAIL: Final = ("/admin", "/mail", "/webhook", "/timeline", "/healthz", "/readyz")


class FaultMiddleware:
    """An ASGI application around another; it must be the outermost one, to reach the connection itself."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan
        self._last_page: dict[str, dict[str, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, spoil its answer or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(NEVER_FAIL):
            await self._app(scope, receive, send)
            return
        scope["query_string"] = pages.resumed(scope["query_string"])
        fault = self._plan.take(scope["path"])
        if fault is None:
            await self._pass(scope, receive, send)
        elif fault.kind == "connection_reset":
            await _reset(receive, send)
        elif fault.kind == "hang":
            await _hang(fault.seconds, receive)
        elif fault.kind in SPOILED:
            await self._spoil(fault, scope, receive, send)
        else:
            await refusal(fault, scope["path"])(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/media/"):
            answer = await _call(self._app, scope, receive)
            self._remember(scope["path"], answer)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        path, url = scope["path"], str(Request(scope).url)
        token = pages.token_of(scope["query_string"])
        earlier = self._last_page.get(path)
        if fault.kind == "looping_page" and token and token[1] == "loop" and earlier is not None:
            await JSONResponse(earlier)(scope, receive, send)
            return
        answer = await _call(self._app, scope, receive)
        body = _page(answer)
        if fault.kind == "truncated_json":
            half = answer.body[: len(answer.body) // 2]
            answer = Response(half, media_type="application/json")
        elif fault.kind == "text_javascript":
            answer.headers["content-type"] = "text/javascript; charset=UTF-8"
        elif body is not None and fault.kind == "empty_page":
            answer = JSONResponse(pages.empty(body, url, token))
        elif body is not None and fault.kind == "last_page":
            answer = JSONResponse(pages.last(body))
        elif body is not None and fault.kind == "looping_page":
            answer = JSONResponse(pages.with_next(body, url, "loop"))
        elif body is not None and fault.kind == "duplicate_page" and earlier is not None:
            paging = {key: value for key, value in body.items() if key in ("meta", "paging")}
            answer = JSONResponse(earlier | paging)
        self._remember(path, answer)
        await answer(scope, receive, send)

    def _remember(self, path: str, answer: Response) -> None:
        page = _page(answer)
        if page is not None:
            self._last_page[path] = page


async def _call(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """Let the application answer, and keep the answer."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    answer = Response(b"".join(message.get("body", b"") for message in messages[1:]), messages[0]["status"])
    answer.raw_headers = [pair for pair in messages[0]["headers"] if pair[0] != b"content-length"]
    answer.headers["content-length"] = str(len(answer.body))
    return answer


def _page(answer: Response) -> dict[str, Any] | None:
    """Return the body if it is a page of a list."""
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        body = json.loads(bytes(answer.body))
    except ValueError:
        return None
    return body if isinstance(body, dict) and (isinstance(body.get("data"), list) or "meta" in body) else None


async def _hang(seconds: float, receive: Receive) -> None:
    """Say nothing until the client gives up or the time is over."""
    waiting = asyncio.create_task(_disconnected(receive))
    await asyncio.wait({waiting}, timeout=seconds)
    waiting.cancel()


async def _reset(receive: Receive, send: Send) -> None:
    """Abort the connection below HTTP. uvicorn's `send` is a method of what holds the transport.

    Raises:
        ConnectionResetError: there is no transport, as in Starlette's test client.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the sandbox was told to reset this connection")
    transport.abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
