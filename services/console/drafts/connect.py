"""Connects to the detectors that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.console.drafts.check import DraftChecks
from services.console.drafts.client import CheckClient
from services.console.settings import CheckSettings
from services.register.reads import RegisterReader
from services.shared.clock import SystemClock
from services.shared.content_store import ContentStore
from services.shared.database import Database


@asynccontextmanager
async def draft_checks(
    settings: CheckSettings, register: RegisterReader, casebook: Database, store: ContentStore
) -> AsyncIterator[DraftChecks | None]:
    """Give what checks drafts while the context lasts; None when no detectors are named."""
    if settings.check_token is None or not settings.check_urls:
        yield None
        return
    async with httpx.AsyncClient(trust_env=False) as http:  # a proxy must not see what is not published
        clock = SystemClock()
        client = CheckClient(settings.check_urls, settings.check_token, http, clock)
        yield DraftChecks(register, casebook, store, client, clock)
