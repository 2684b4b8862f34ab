"""Takes webhooks and keeps what came."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.shared.clock import Clock

KEPT: Final = 500
LARGEST_BODY: Final = 1_000_000  # bytes


@dataclass
class WebhookSink:
    """The last webhooks: headers, body as text, and as JSON where it is JSON."""

    clock: Clock
    received: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def routes(self) -> list[Route]:
        """Return `POST /webhook` (204) and `GET /webhooks.json`."""
        return [Route("/webhook", self._take, methods=["POST"]), Route("/webhooks.json", self._list)]

    async def _take(self, request: Request) -> Response:
        raw = await request.body()
        if len(raw) > LARGEST_BODY:
            return Response(status_code=413)
        text = raw.decode("utf-8", "replace")
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None
        self.received.append(
            {
                "received_at": self.clock.now().isoformat(),
                "headers": dict(request.headers),
                "body": text,
                "json": parsed,
            }
        )
        return Response(status_code=204)

    async def _list(self, request: Request) -> JSONResponse:
        del request
        return JSONResponse({"webhooks": list(self.received)})
