"""The Graph API's error answers: every code has its message, its HTTP status and perhaps a subcode."""

from typing import Any, Final

LIMITS: Final = frozenset({4, 17, 32, 613, 80001})
_MESSAGES: Final = {
    1: "Please reduce the amount of data you're asking for, then retry your request",
    2: "Service temporarily unavailable",
    4: "(#4) Application request limit reached",
    10: "(#10) This endpoint requires the 'pages_read_engagement' permission",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    100: "(#100) Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
    200: "(#200) Requires pages_read_user_content permission to manage the object",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
}
_SUBCODES: Final = {
    33: "Unsupported get request. Object does not exist, or cannot be loaded due to missing permissions.",
    458: "Error validating access token: The user has not authorized application.",
    459: "Error validating access token: The user is checkpointed and has to log in at facebook.com.",
    460: "Error validating access token: The session is invalid because the user changed the password.",
    463: "Error validating access token: Session has expired.",
    492: "Error validating access token: The user has no role on the Page any more.",
}
_STATUS: Final = {1: 500, 2: 503, 10: 403, 200: 403} | dict.fromkeys(LIMITS, 403)


class GraphProblem(Exception):
    """A request that the Graph API refuses; `body` is its JSON answer."""

    def __init__(self, code: int, message: str | None = None, *, subcode: int | None = None) -> None:
        super().__init__(f"code {code}")
        self.code = code
        self.status = _STATUS.get(code, 400)
        known = _SUBCODES.get(subcode or 0) or _MESSAGES.get(code, f"(#{code}) An unknown error occurred")
        error: dict[str, Any] = {"message": message or known, "type": "OAuthException", "code": code}
        if subcode is not None:
            error["error_subcode"] = subcode
        self.body = {"error": error | {"is_transient": code in (1, 2), "fbtrace_id": "Asandboxsandboxsandbox"}}


def no_object() -> GraphProblem:
    """Make the refusal for an id that leads to nothing that this token may see."""
    return GraphProblem(100, subcode=33)


def no_field(name: str, node_type: str) -> GraphProblem:
    """Make the refusal for a field that this kind of object does not have."""
    return GraphProblem(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node_type})")
