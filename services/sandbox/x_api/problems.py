"""X's error answers: whole-request problems, and the partial errors that come beside data under HTTP 200."""

from typing import Any, Final

PROBLEMS: Final = "https://api.twitter.com/2/problems/"


class XProblem(Exception):
    """A request that X refuses; `body` is its JSON answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body["title"])
        self.status = status
        self.body = body


def refused(status: int, title: str, detail: str | None = None) -> XProblem:
    """Make a problem without parameters, such as a missing token."""
    return XProblem(status, {"title": title, "type": "about:blank", "status": status, "detail": detail or title})


def invalid(parameter: str, value: str, message: str) -> XProblem:
    """Make the 400 for one wrong parameter."""
    return XProblem(
        400,
        {
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": PROBLEMS + "invalid-request",
        },
    )


def unseen(resource: str, parameter: str, value: str, *, withheld: bool) -> dict[str, str]:
    """Make the partial error for what cannot be shown: withheld with its author, or not there (any more)."""
    if not withheld:
        return not_found(resource, parameter, value)
    return not_found(resource, parameter, value) | {
        "detail": f"Sorry, you are not authorized to see the {resource} with {parameter}: [{value}].",
        "title": "Authorization Error",
        "type": PROBLEMS + "not-authorized-for-resource",
    }


def suspended(parameter: str, value: str) -> dict[str, str]:
    """Make the partial error for a suspended user: of the same type as one that does not exist, with other words."""
    words = {"detail": f"User has been suspended: [{value}].", "title": "Forbidden"}
    return not_found("user", parameter, value) | words


def not_found(resource: str, parameter: str, value: str) -> dict[str, str]:
    """Make the partial error for a resource that does not exist or was deleted."""
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": PROBLEMS + "resource-not-found",
    }
