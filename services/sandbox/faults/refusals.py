"""The answers of a platform that refuses, in its own words; `answer` says whatever the test wants it to."""

import time
from typing import Any, Final

from starlette.responses import HTMLResponse, JSONResponse, Response

from services.sandbox.faults.plan import Fault
from services.sandbox.graph_api.errors import LIMITS, GraphProblem
from services.sandbox.graph_api.usage import TOO_MANY, business_usage

ERROR_PAGE: Final = "<!DOCTYPE html><html><head><title>Over capacity</title></head><body><h1>Bad day</h1></body></html>"
_PROBLEMS: Final = {
    "rate_limited": (429, "Too Many Requests", "Too Many Requests"),
    "usage_capped": (429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap"),
    "payment_required": (402, "CreditsDepleted", "Your account does not have any credits to fulfill this request."),
    "unauthorized": (401, "Unauthorized", "Unauthorized"),
    "forbidden": (403, "Forbidden", "You are not permitted to perform this action."),
}
"""X's by kind: status, title and detail."""
_GRAPH: Final = {"rate_limited": (TOO_MANY, None), "unauthorized": (190, 463), "forbidden": (200, None)}
"""The Graph API's by kind: code and subcode."""


def refusal(fault: Fault, path: str) -> Response:
    """Return the answer for a fault that replaces the platform's; the request's path tells which platform it is."""
    if fault.kind == "graph_error":
        return _graph_error(fault, fault.code, fault.subcode)
    if fault.kind in _GRAPH and path.startswith("/v"):
        return _graph_error(fault, *_GRAPH[fault.kind])
    if fault.kind in _PROBLEMS:
        status, title, detail = _PROBLEMS[fault.kind]
        body: dict[str, Any] = {"title": title, "type": "about:blank", "status": status, "detail": detail}
        return JSONResponse(body, status, _rate_headers(fault))
    if fault.kind == "answer":
        return JSONResponse(fault.body, fault.status, fault.headers)
    return HTMLResponse(ERROR_PAGE, fault.status, fault.headers)


def _graph_error(fault: Fault, code: int, subcode: int | None) -> Response:
    """A limit says in whole minutes when it ends."""
    problem = GraphProblem(code, subcode=subcode)
    headers = business_usage("0", 100, -(-fault.reset_s // 60)) if code in LIMITS else {}
    return JSONResponse(problem.body, problem.status, headers)


def _rate_headers(fault: Fault) -> dict[str, str]:
    """A rate limit says when it ends; a usage cap leaves requests over and says nothing of an end."""
    if fault.kind == "rate_limited":
        reset = str(int(time.time()) + fault.reset_s)
        return {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    return {"x-rate-limit-remaining": "39999"} if fault.kind == "usage_capped" else {}
