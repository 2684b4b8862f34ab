"""Which faults wait for which requests."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, Field

FaultKind = Literal[
    "rate_limited", "usage_capped", "payment_required", "unauthorized", "forbidden", "server_error", "answer",
    "graph_error", "truncated_json", "text_javascript", "hang", "connection_reset", "duplicate_page", "looping_page",
    "empty_page", "last_page",
]  # fmt: skip


class Fault(BaseModel):
    """One injected failure.

    `path` is a pattern with `*` (for example `/2/users/*/mentions`); the first `after` matching requests pass, the next
    `times` fail. `last_page` hides that more pages follow. `status`, `headers` and `body` belong to the kind `answer`
    (anything a platform may say), `code` and `subcode` to `graph_error`, `reset_s` to `rate_limited` and to the Graph
    API's limits, `seconds` to `hang`.
    """

    kind: FaultKind
    path: str = "/2/*"
    after: int = Field(0, ge=0)
    times: int = Field(1, ge=1)
    status: int = Field(503, ge=200, le=599)
    headers: dict[str, str] = {}
    body: Any = None
    code: int = 2
    subcode: int | None = None
    reset_s: int = Field(60, ge=0)
    seconds: float = Field(3600, gt=0)


@dataclass
class FaultPlan:
    """The faults still to come, in the order in which they were added."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        self.waiting.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault that this request meets, and count it; None when the request may pass."""
        for index, fault in enumerate(self.waiting):
            if not fnmatchcase(path, fault.path):
                continue
            if fault.after:
                self.waiting[index] = fault.model_copy(update={"after": fault.after - 1})
                continue
            if fault.times == 1:
                del self.waiting[index]
            else:
                self.waiting[index] = fault.model_copy(update={"times": fault.times - 1})
            return fault
        return None
