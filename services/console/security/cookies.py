"""The two cookies: the session of who is signed in, and a visit before that, so that every form has its proof."""

from dataclasses import dataclass
from typing import Final, Literal

from fastapi import Request, Response

from services.register.users import SESSION_LASTS

SESSION: Final = "schoolgate_session"
VISIT: Final = "schoolgate_visit"


@dataclass(frozen=True)
class Cookies:
    """Reads and sets cookies; `secure` when the console is reached by https only."""

    secure: bool

    def session(self, request: Request) -> str:
        """Return the token of the session, or nothing."""
        return request.cookies.get(self._name(SESSION), "")

    def visit(self, request: Request) -> str:
        """Return the token of the visit, or nothing."""
        return request.cookies.get(self._name(VISIT), "")

    def open_session(self, response: Response, token: str) -> None:
        """Keep a session; Lax, so that the link in a mail finds its reader signed in."""
        response.delete_cookie(self._name(VISIT), secure=self.secure, httponly=True, samesite="strict")
        self._set(response, SESSION, token, "lax", max_age=int(SESSION_LASTS.total_seconds()))

    def close_session(self, response: Response) -> None:
        """Forget the session."""
        response.delete_cookie(self._name(SESSION), secure=self.secure, httponly=True, samesite="lax")

    def keep_visit(self, response: Response, token: str) -> None:
        """Keep a visit until the browser closes."""
        self._set(response, VISIT, token, "strict")

    def _set(
        self, response: Response, name: str, value: str, same_site: Literal["lax", "strict"], max_age: int | None = None
    ) -> None:
        response.set_cookie(
            self._name(name), value, max_age=max_age, path="/", secure=self.secure, httponly=True, samesite=same_site
        )

    def _name(self, name: str) -> str:
        # Browsers take a name with this prefix from this host only, by https only, for all of its paths.
        return f"__Host-{name}" if self.secure else name
