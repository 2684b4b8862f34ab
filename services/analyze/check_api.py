"""`POST /v1/check`: the same check as over Kafka, for what is not published yet; served on the operations port."""

import asyncio
import hmac
from http import HTTPStatus
from typing import Final

import structlog
from pydantic import SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schemas.analysis import Analysis
from schemas.post import Post
from services.analyze.check import Checker
from services.shared.errors import DependencyUnavailable

PATH: Final = "/v1/check"
ANSWER_SECONDS: Final = 20.0
LONGEST_BODY: Final = 512 * 1024
"""Bytes of a Post: with the register versions of a trust of some thousand schools."""
log = structlog.get_logger()


class CheckApi:
    """Answers drafts one after the other, so that of two checks in the engine's queue at most one is a draft.

    It answers 503 until it is given its `checker`, which the engine's start makes.
    """

    def __init__(self, detector: str, token: SecretStr, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.checker: Checker | None = None
        self._detector = detector
        self._token = token
        self._answer_seconds = answer_seconds
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task[Analysis]] = set()

    def route(self) -> Route:
        """Return the route to serve."""
        return Route(PATH, self._answer, methods=["POST"])

    async def _answer(self, request: Request) -> Response:
        if not self._is_allowed(request):
            return _refusal(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong", {"WWW-Authenticate": "Bearer"})
        body = await _body(request)
        if body is None:
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is longer than {LONGEST_BODY} bytes")
        try:
            post = Post.model_validate_json(body)
        except ValidationError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, _first_problem(error))
        if (wrong := self._wrong_with(post)) is not None:
            return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, wrong)
        if self.checker is None:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the detector is starting")
        return await self._check(self.checker, post)

    def _wrong_with(self, post: Post) -> str | None:
        if self._detector not in post.required:
            return f"this check does not require {self._detector}"
        blobs = (post.content, *(each.media for each in post.attachments))
        if not all(blob.startswith(f"{post.school_id}/") for blob in blobs if blob is not None):
            return "this check refers to what another school stored"
        return None

    async def _check(self, checker: Checker, post: Post) -> Response:
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._turn.acquire()
                analysis = await self._begun(checker, post)
        except TimeoutError:
            log.warning("draft_not_answered_in_time", detector=self._detector)
            return _refusal(HTTPStatus.GATEWAY_TIMEOUT, f"no answer within {self._answer_seconds:g} seconds")
        except DependencyUnavailable as error:
            log.warning("draft_not_answered", detector=self._detector, exc_info=error)
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        return Response(analysis.model_dump_json(), media_type="application/json")

    async def _begun(self, checker: Checker, post: Post) -> Analysis:
        """Check to the end, whoever still waits: to give up a check that has begun would cost the engine its child.

        Only then is it the next one's turn, or drafts that nobody waits for would pile up before what is live.
        """
        task = asyncio.create_task(checker.check(post))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Analysis]) -> None:
        self._running.discard(task)
        self._turn.release()

    def _is_allowed(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        # Compared to the end in any case, so that the time taken tells nothing of the token.
        right = hmac.compare_digest(token.strip().encode(), self._token.get_secret_value().encode())
        return right and scheme.lower() == "bearer"


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            return None
    return bytes(body)


def _first_problem(error: ValidationError) -> str:
    """Name the first field that is wrong, never its value."""
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "the body"
    return f"no valid check: {where}: {problem['msg']}"


def _refusal(status: HTTPStatus, reason: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": reason}, status, headers)
