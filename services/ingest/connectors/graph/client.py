"""facebook-sdk's client with what it lacks: current versions, a base URL, a time limit, typed errors, usage, paging."""

import hashlib
import hmac
import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import requests
from pydantic import SecretStr
from requests.auth import AuthBase

from services.ingest.connectors.connector import Budget
from services.ingest.connectors.errors import PlatformUnavailable, RequestRefused
from services.ingest.connectors.graph.errors import TooMuchData, must_be_fine
from services.ingest.connectors.graph.usage import GraphUsage
from services.shared.clock import Clock

with warnings.catch_warnings():
    # The SDK is of 2018: Python warns of "\d" in one of its strings whenever it compiles the module.
    warnings.filterwarnings("ignore", message="invalid escape sequence", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="invalid escape sequence", category=SyntaxWarning)  # from Python 3.12
    import facebook

PAGE_SIZE: Final = 100
USELESS_PAGES: Final = 3
"""So many pages in a row without a new item, and the platform is running in circles."""
_SECRET: Final = frozenset({"access_token", "appsecret_proof"})
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GraphAddress:
    """Where and how the Graph API is reached: `version` such as v24.0, `timeout` in seconds."""

    base_url: str = "https://graph.facebook.com"
    version: str = "v24.0"
    timeout: float = 30
    app_secret: SecretStr | None = None


class _Bearer(AuthBase):
    """Puts the token into a header: an address is quoted in errors and logs, and a .netrc must not replace it."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


class Graph(facebook.GraphAPI):  # type: ignore[misc]  # the SDK has no types
    """The Graph API for one token, only for reading."""

    def __init__(self, address: GraphAddress, token: SecretStr, clock: Clock) -> None:
        super().__init__(timeout=address.timeout)  # without a version: the SDK knows those of 2018 only
        self.version = address.version
        self.session.auth = _Bearer(token)
        self._budget: Budget | None = None
        self._base_url = address.base_url.rstrip("/")
        self._clock = clock
        self._proof = _proof(address.app_secret, token)

    @property
    def budget(self) -> Budget | None:
        """What the last answer said of the allowance."""
        return self._budget

    def request(
        self,
        path: str,
        args: Mapping[str, Any] | None = None,
        post_args: Any = None,
        files: Any = None,
        method: Any = None,
    ) -> Json:
        """Read one object or page; every failure becomes one of the typed errors."""
        if post_args is not None or files is not None or method is not None:
            raise RequestRefused("Facebook is only read from, never written to")
        try:
            response = self.session.get(
                f"{self._base_url}/{path}", params={**(args or {}), **self._proof}, timeout=self.timeout,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException:  # its message quotes the address
            raise PlatformUnavailable("Facebook does not answer") from None
        usage, now = GraphUsage.of(response.headers), self._clock.now()
        self._budget = usage.budget(now)
        try:
            body = json.loads(response.content)  # whatever content type it claims
        except ValueError:
            body = None
        must_be_fine(response.status_code, body, now + usage.wait)
        if not isinstance(body, dict):
            raise PlatformUnavailable("Facebook sent an answer that is no JSON object")
        return body

    def pages(self, node: str, edge: str, **args: Any) -> Iterator[tuple[list[Json], str | None]]:
        """Yield the items of page after page, each item once, and where the next page begins: the argument `after`.

        It is None on the last page. Pages get smaller where Facebook wants it; one that only repeats what was given is
        asked for once more, as another may hide behind it.

        Raises:
            PlatformUnavailable: Facebook repeats a page's address, or gives page after page without anything new.
        """
        limit, following, useless, again = PAGE_SIZE, dict(args), 0, False
        asked: set[str] = set()
        seen: set[str] = set()
        while True:
            try:
                body = self.get_connections(node, edge, **(following | {"limit": limit}))
            except TooMuchData:
                if limit == 1:
                    raise
                limit //= 2
                continue
            items = [item for item in body.get("data") or () if item.get("id") not in seen]
            seen.update(item["id"] for item in items if "id" in item)
            again = not again and not items and bool(body.get("data"))
            if again:
                continue
            useless = 0 if items else useless + 1
            next_page = (body.get("paging") or {}).get("next")
            following = _arguments(next_page) if next_page else {}
            yield items, following.get("after")
            if not next_page:
                return
            mark = json.dumps(following, sort_keys=True)
            if mark in asked or useless >= USELESS_PAGES:
                raise PlatformUnavailable("Facebook gives the same pages again and again")
            asked.add(mark)

    def close(self) -> None:
        """Close the connections."""
        self.session.close()


def _arguments(address: str) -> dict[str, str]:
    return {k: v for k, v in parse_qsl(urlsplit(address).query) if k not in _SECRET and k != "limit"}


def _proof(secret: SecretStr | None, token: SecretStr) -> dict[str, str]:
    if secret is None:
        return {}
    digest = hmac.new(secret.get_secret_value().encode(), token.get_secret_value().encode(), hashlib.sha256)
    return {"appsecret_proof": digest.hexdigest()}
