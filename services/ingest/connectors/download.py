"""Fetch one attachment: streamed, limited in size, kind and time, never redirected to another address."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import httpx

from services.ingest.connectors.connector import Fetched
from services.ingest.connectors.errors import MediaRefused, PlatformUnavailable

IMAGE_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_GONE: Final = frozenset({401, 403, 404, 410})


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What is accepted: bytes at most, seconds at most, content types, and plain http only for a sandbox."""

    max_bytes: int = 20_000_000
    timeout: float = 15.0
    content_types: Collection[str] = IMAGE_TYPES
    allow_http: bool = False


async def download(client: httpx.AsyncClient, url: str, limits: DownloadLimits) -> Fetched:
    """Read the bytes behind a URL.

    Raises:
        MediaRefused: the URL expired, or what it gives is too large or of another kind.
        PlatformUnavailable: the server does not answer in time.
    """
    if not url.startswith(("https://", "http://") if limits.allow_http else "https://"):
        raise MediaRefused("type_refused")
    try:
        async with (
            asyncio.timeout(limits.timeout),
            client.stream("GET", url, timeout=limits.timeout, follow_redirects=False) as answer,
        ):
            return await _read(answer, limits)
    except httpx.InvalidURL:
        raise MediaRefused("type_refused") from None
    except (httpx.HTTPError, TimeoutError):  # its message and its request quote the URL
        raise PlatformUnavailable("the media server does not answer") from None


async def _read(answer: httpx.Response, limits: DownloadLimits) -> Fetched:
    if answer.status_code in _GONE:
        raise MediaRefused("expired")
    if answer.status_code != httpx.codes.OK:
        raise PlatformUnavailable(f"the media server answers {answer.status_code}")
    content_type = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in limits.content_types:
        raise MediaRefused("type_refused")
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > limits.max_bytes:
            raise MediaRefused("too_large")
    return Fetched(bytes(data), content_type)
