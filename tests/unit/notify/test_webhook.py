import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import HttpUrl, SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.alert import Alert
from services.local.ports import free_port
from services.notify.assess import WEBHOOK
from services.notify.channels.webhook import WebhookChannel
from services.notify.settings import WebhookSettings
from services.shared.database import Database
from services.shared.process import Stop, http_server
from tests.support.events import make_analysis, make_post
from tests.support.notify import HandClock, World, finding
from tests.support.waiting import until

SECRET = "a secret that both sides know"


@dataclass
class Receiver:
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[httpx.Headers, bytes]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: Request) -> Response:
        self.requests.append((httpx.Headers(request.headers.raw), await request.body()))
        status = self.answers.pop(0) if self.answers else 204
        return Response(status_code=status, headers={"Location": "http://127.0.0.1:9/"} if status == 302 else None)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/alerts", receiver.take, methods=["POST"])])
    port = free_port()
    receiver.url = f"http://127.0.0.1:{port}/alerts"
    stop = Stop()
    serving = asyncio.create_task(http_server(app, "127.0.0.1", port)(stop))
    await until(lambda: answers(port), what="the receiver")
    yield receiver
    stop.set()
    await serving


@pytest.fixture
async def calling(database: Database, receiver: Receiver) -> AsyncIterator[World]:
    settings = WebhookSettings(url=HttpUrl(receiver.url), secret=SecretStr(SECRET))
    async with httpx.AsyncClient() as client:
        yield World(database, channels={WEBHOOK: WebhookChannel(settings, client, HandClock())})


async def raise_alert(world: World) -> None:
    post = make_post()
    await world.take(post, make_analysis(post, findings=(finding(post, "threat"),)))


async def outcome(world: World) -> tuple[str, str | None]:
    row = next(row for row in await world.rows("deliveries") if row.attempts)
    return row.state, row.last_code


async def test_the_body_is_the_alert_and_the_signature_proves_it(calling: World, receiver: Receiver) -> None:
    await raise_alert(calling)
    await calling.deliver.send_due()
    ((headers, body),) = receiver.requests
    assert Alert.model_validate_json(body) == (await calling.alerts())["general"]
    signed = headers["Schoolgate-Timestamp"].encode() + b"." + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Schoolgate-Signature"] == f"v1={expected}"
    assert await outcome(calling) == ("sent", "http_204")


async def test_a_repetition_has_the_same_key_and_the_same_body(calling: World, receiver: Receiver) -> None:
    receiver.answers = [503, 429]
    await raise_alert(calling)
    for _ in range(3):
        await calling.deliver.send_due()
        calling.clock.advance(seconds=60)
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.requests}) == 1
    assert len({body for _, body in receiver.requests}) == 1
    assert (len(receiver.requests), await outcome(calling)) == (3, ("sent", "http_204"))


@pytest.mark.parametrize("status", [400, 410, 302])
async def test_a_refusal_is_final_and_a_redirection_is_not_followed(
    calling: World, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status]
    await raise_alert(calling)
    await calling.deliver.send_due()
    assert len(receiver.requests) == 1
    assert await outcome(calling) == ("failed", f"http_{status}")
    assert (await calling.alerts())["operations"].categories == ("delivery_failed",)


async def test_a_receiver_that_is_down_is_tried_again(database: Database) -> None:
    settings = WebhookSettings(url=HttpUrl(f"http://127.0.0.1:{free_port()}/"), secret=SecretStr(SECRET))
    async with httpx.AsyncClient() as client:
        world = World(database, channels={WEBHOOK: WebhookChannel(settings, client, HandClock())})
        await raise_alert(world)
        await world.deliver.send_due()
        assert await outcome(world) == ("pending", "unreachable")


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
