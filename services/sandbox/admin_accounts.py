"""The API under /admin for accounts: the official ones, their tokens, and the standing of anybody's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from services.sandbox.accounts import SERVICES, AccountTokens
from services.sandbox.admin_bodies import AccountBody, StandingBody, TokenBody, read
from services.sandbox.posts import PLATFORMS, User, platform_named
from services.sandbox.store import Store
from services.shared.errors import InputRejected

Endpoint = tuple[str, str, Callable[[Request], Awaitable[JSONResponse]]]
"""Method, path and what answers."""


@dataclass(frozen=True, slots=True)
class AccountAdmin:
    """Opens official accounts, revokes their tokens, and locks users away."""

    store: Store
    tokens: AccountTokens

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the endpoints; InputRejected from any of them is a refused request."""
        return (
            ("GET", "/admin/accounts", self._list),
            ("POST", "/admin/accounts", self._open),
            ("POST", "/admin/accounts/{platform}/{account}/token", self._revoke),
            ("POST", "/admin/users/{platform}/{user}", self._set_standing),
        )

    async def _list(self, request: Request) -> JSONResponse:
        del request
        first = {p: {"id": user.id, "handle": user.handle} for p, user in self.store.accounts.items()}
        every = [self._shown(account) for platform in PLATFORMS for account in self.store.official(platform)]
        return JSONResponse({"accounts": first, "all": every})

    async def _open(self, request: Request) -> JSONResponse:
        body = await read(request, AccountBody)
        return JSONResponse(self._shown(self.store.open_account(body.platform, body.handle, body.name)), 201)

    async def _revoke(self, request: Request) -> JSONResponse:
        body = await read(request, TokenBody)
        account = self.store.account(platform_named(request.path_params["platform"]), request.path_params["account"])
        self.tokens.revoke(account, revoked=body.revoked)
        return JSONResponse(self._shown(account))

    async def _set_standing(self, request: Request) -> JSONResponse:
        body = await read(request, StandingBody)
        platform = platform_named(request.path_params["platform"])
        if platform != "x":
            raise InputRejected("only users of x can be protected or suspended")
        user = self.store.set_standing(platform, request.path_params["user"], body.standing)
        return JSONResponse({"id": user.id, "handle": user.handle, "standing": body.standing})

    def _shown(self, account: User) -> dict[str, Any]:
        token = self.tokens.of(account)
        return {
            "platform": account.platform,
            "id": account.id,
            "handle": account.handle,
            "name": account.name,
            "token": token,
            "revoked": self.tokens.revoked(SERVICES[account.platform], token),
        }
