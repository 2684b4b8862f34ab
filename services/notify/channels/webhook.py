"""Alerts as JSON to another system, signed, with a key by which it recognises a repetition."""

import hashlib
import hmac

import httpx

from services.notify.channels.channel import Failed, Message, Result, Retry, Sent
from services.notify.settings import WebhookSettings
from services.shared.clock import Clock

TIMEOUT_SECONDS = 15.0
TEMPORARY = frozenset({408, 425, 429})


class WebhookChannel:
    """Posts each alert to one address; a redirection is not followed, so that nothing goes to an unknown place."""

    def __init__(self, settings: WebhookSettings, client: httpx.AsyncClient, clock: Clock) -> None:
        self._url = str(settings.url)
        self._secret = settings.secret.get_secret_value()
        self._client = client
        self._clock = clock

    async def send(self, message: Message) -> Result:
        """Post the alert; 5xx and 408, 425, 429 are tried again."""
        body = message.alert.model_dump_json().encode()
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.delivery_id,
            "Schoolgate-Timestamp": timestamp,
            "Schoolgate-Signature": f"v1={sign(self._secret, timestamp, body)}",
        }
        try:
            async with self._client.stream(  # what it answers beside the code is of no use: it is not read
                "POST", self._url, content=body, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=False
            ) as response:
                code = f"http_{response.status_code}"
        except httpx.TransportError:
            return Retry("unreachable")
        if response.is_success:
            return Sent(code)
        return Retry(code) if response.is_server_error or response.status_code in TEMPORARY else Failed(code)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the hexadecimal HMAC-SHA256 of `<timestamp>.<body>`; the receiver refuses old timestamps."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
