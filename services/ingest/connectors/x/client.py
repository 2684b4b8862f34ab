"""tweepy's asynchronous client with what it lacks: a base URL, a time limit, typed errors and the rate headers."""

import json as jsonlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Literal

import aiohttp
from pydantic import SecretStr
from tweepy.asynchronous.client import AsyncClient

from services.ingest.connectors.connector import Budget
from services.ingest.connectors.errors import (
    BudgetSpent,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    RequestRefused,
    TokenRejected,
)
from services.shared.clock import Clock

FieldNames = Literal["tweet", "post"]
"""Which spelling of X's field names is asked for; answers are read in both."""

WAIT_WITHOUT_RESET: Final = timedelta(minutes=15)
_NEW_NAMES: Final = {"tweet.fields": "post.fields"}
_NEW_VALUES: Final = {
    "referenced_tweets": "referenced_posts",
    "referenced_tweets.id": "referenced_posts.id",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer in the shape that tweepy asks of a response."""

    body: dict[str, Any]

    async def json(self) -> dict[str, Any]:
        """Return the body."""
        return self.body


class XClient(AsyncClient):  # type: ignore[misc]  # tweepy ships no types
    """X API v2 with a bearer token; methods return the answers as plain dictionaries."""

    def __init__(
        self, base_url: str, token: SecretStr, clock: Clock, timeout: float = 30, field_names: FieldNames = "tweet"
    ) -> None:
        super().__init__(bearer_token=token.get_secret_value(), return_type=dict)
        self.session: aiohttp.ClientSession | None = None
        self.budget: Budget | None = None
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._field_names = field_names

    async def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = False,  # noqa: FBT001, FBT002  # tweepy's signature
    ) -> Answer:
        """Send one request and return the parsed answer; every failure becomes one of the typed errors."""
        del user_auth
        if self.session is None:
            self.session = aiohttp.ClientSession(timeout=self._timeout)
        headers = {"User-Agent": self.user_agent, "Authorization": f"Bearer {self.bearer_token}"}
        spelled = _respelled(params or {}) if self._field_names == "post" else params
        try:
            async with self.session.request(
                method, self._base_url + route, params=spelled, json=json, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError):  # their messages quote the address
            raise PlatformUnavailable("X does not answer") from None
        body = _parsed(raw)
        self._note_budget(response.headers)
        self._must_be_fine(response.status, response.headers, body)
        if body is None:
            raise PlatformUnavailable("X sent an answer that is no JSON object")
        return Answer(body)

    async def close(self) -> None:
        """Close the connections."""
        if self.session is not None:
            await self.session.close()
            self.session = None

    def _note_budget(self, headers: Mapping[str, str]) -> None:
        try:
            self.budget = Budget(
                limit=int(headers["x-rate-limit-limit"]),
                remaining=int(headers["x-rate-limit-remaining"]),
                resets_at=datetime.fromtimestamp(int(headers["x-rate-limit-reset"]), UTC),
            )
        except (KeyError, ValueError):
            self.budget = None

    def _must_be_fine(self, status: int, headers: Mapping[str, str], body: dict[str, Any] | None) -> None:
        title = str((body or {}).get("title", ""))
        if status == HTTPStatus.OK:
            return
        if status == HTTPStatus.PAYMENT_REQUIRED or title == "UsageCapExceeded":
            raise BudgetSpent("X's credits or monthly cap are used up: add credits in X's developer portal")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited("X wants fewer requests", self._retry_at(headers))
        if status == HTTPStatus.UNAUTHORIZED:
            raise TokenRejected("X rejects the account's token: connect the account again")
        if status == HTTPStatus.FORBIDDEN:
            raise PermissionMissing("X does not let this token read the account: check the app's access level")
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RequestRefused(f"X refuses the request with status {status}")
        raise PlatformUnavailable(f"X answers with status {status}")

    def _retry_at(self, headers: Mapping[str, str]) -> datetime:
        reset = headers.get("x-rate-limit-reset", "")
        now = self._clock.now()
        return max(datetime.fromtimestamp(int(reset), UTC), now) if reset.isdecimal() else now + WAIT_WITHOUT_RESET


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        body = jsonlib.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _respelled(params: Mapping[str, Any]) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    for name, value in params.items():
        if name in ("tweet.fields", "expansions"):
            spelled[_NEW_NAMES.get(name, name)] = ",".join(_NEW_VALUES.get(item, item) for item in value.split(","))
        else:
            spelled[name] = value
    return spelled
