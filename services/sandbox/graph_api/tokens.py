"""The three kinds of token that the sandbox's Graph API knows: a Page's or an account's, a person's, and the app's."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final, Literal

from services.sandbox.accounts import AccountTokens
from services.sandbox.graph_api.errors import GraphProblem

TokenKind = Literal["PAGE", "USER", "APP"]
APP_ID: Final = "1000000000000001"
ADMIN_ID: Final = "1000000000000002"
REVOKED: Final = 458
SCOPES: Final = (
    "pages_show_list", "pages_read_engagement", "pages_read_user_content", "instagram_basic",
    "instagram_manage_comments",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tokens:
    """The accounts' tokens, and those of the person who manages the Pages and of the app."""

    accounts: AccountTokens
    app_secret: str = "sandbox-app-secret"  # noqa: S105 - guards nothing

    @property
    def user(self) -> str:
        """The token of the person who manages the Pages."""
        return f"{self.accounts.configured}.user"

    @property
    def app(self) -> str:
        """The app's own token."""
        return f"{APP_ID}|{self.app_secret}"

    def kind(self, token: str, proof: str | None = None) -> TokenKind:
        """Tell what a token is; `proof` is the parameter `appsecret_proof`, checked where it is given.

        Raises:
            GraphProblem: 190 for an unknown or revoked token, 100 for a wrong proof.
        """
        kinds: dict[str, TokenKind] = {self.user: "USER", self.app: "APP"}
        if token not in kinds and not self.accounts.holders("graph", token):
            raise GraphProblem(190)
        if self.accounts.revoked("graph", token):
            raise GraphProblem(190, subcode=REVOKED)
        right = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if proof is not None and not hmac.compare_digest(proof, right):
            raise GraphProblem(100, "Invalid appsecret_proof provided in the API argument")
        return kinds.get(token, "PAGE")

    def describe(self, token: str) -> dict[str, Any]:
        """Return what /debug_token says about a token."""
        try:
            kind = self.kind(token)
        except GraphProblem as problem:
            error = {name: problem.body["error"][name] for name in ("code", "message")}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        data: dict[str, Any] = {"app_id": APP_ID, "type": kind, "application": "Schoolgate", "is_valid": True}
        if kind != "APP":
            data |= {"user_id": ADMIN_ID, "scopes": list(SCOPES), "expires_at": 0, "data_access_expires_at": 0}
        holders = self.accounts.holders("graph", token)
        return {"data": data | ({"profile_id": holders[0].id} if holders else {})}

    def exchange(self, grant_type: str) -> dict[str, Any]:
        """Return what /oauth/access_token gives: the app's token, or a long-lived one of the person."""
        if grant_type == "client_credentials":
            return {"access_token": self.app, "token_type": "bearer"}
        if grant_type == "fb_exchange_token":
            return {"access_token": self.user, "token_type": "bearer", "expires_in": 5_184_000}
        raise GraphProblem(100, "Missing or unknown grant_type")
