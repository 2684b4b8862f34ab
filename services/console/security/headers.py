"""The headers of every answer: no script, nothing from elsewhere, nothing kept; and the limit for what is sent here."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY: Final = 64 * 1024
"""Bytes of a form: a note of ten thousand characters in any script fits."""

_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_EVERYWHERE: Final = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HTTPS_ONLY: Final = "max-age=31536000"


class SafeAnswers:
    """Adds the headers, and refuses a body that no form of ours could have."""

    def __init__(self, app: ASGIApp, *, secure: bool, longest: Mapping[str, int] | None = None) -> None:
        """`longest` names the paths whose forms may be longer than LONGEST_BODY, and by how many bytes in all."""
        self.app = app
        self._longest = longest or {}
        self._headers = _EVERYWHERE | ({"Strict-Transport-Security": _HTTPS_ONLY} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["method"] in ("GET", "HEAD") or _body_fits(
            Headers(scope=scope), self._longest.get(scope["path"], LONGEST_BODY)
        ):
            await self.app(scope, receive, send_safely)
        else:
            refused = PlainTextResponse("This is too long.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            await refused(scope, receive, send_safely)


def _body_fits(headers: Headers, longest: int) -> bool:
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and int(length) <= longest
