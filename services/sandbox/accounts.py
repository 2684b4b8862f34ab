"""The official accounts' tokens: the first account of a platform has the configured one, each further one its own."""

from typing import Final, Literal

from services.sandbox.posts import Platform, User
from services.sandbox.store import Store

Service = Literal["x", "graph"]
SERVICES: Final[dict[Platform, Service]] = {"x": "x", "facebook": "graph", "instagram": "graph"}
"""Facebook and Instagram are one service: where a Page and an account share a token, they lose it together."""


class AccountTokens:
    """Which token is whose, and which were revoked."""

    def __init__(self, store: Store, configured: str) -> None:
        self.configured = configured
        self._store = store
        self._revoked: set[tuple[Service, str]] = set()

    def of(self, account: User) -> str:
        """Return an official account's token."""
        first = account is self._store.accounts[account.platform]
        return self.configured if first else f"{self.configured}.{account.id}"

    def holders(self, service: Service, token: str) -> tuple[User, ...]:
        """Return the accounts that a token is for, a Page before an Instagram account; none for an unknown token."""
        platforms = [platform for platform, its in SERVICES.items() if its == service]
        accounts = [account for platform in platforms for account in self._store.official(platform)]
        return tuple(account for account in accounts if self.of(account) == token)

    def revoke(self, account: User, *, revoked: bool) -> None:
        """Take an account's token away, or give the same one back."""
        key = SERVICES[account.platform], self.of(account)
        if revoked:
            self._revoked.add(key)
        else:
            self._revoked.discard(key)

    def revoked(self, service: Service, token: str) -> bool:
        """Tell whether a token was taken away."""
        return (service, token) in self._revoked

    def reset(self) -> None:
        """Give every token back."""
        self._revoked.clear()
