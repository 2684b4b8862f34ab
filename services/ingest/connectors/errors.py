"""How a platform can fail. Messages name the platform and the kind of failure, never a token, a URL or a text."""

from datetime import datetime

from services.shared.errors import DependencyUnavailable, SchoolgateError


class PlatformError(SchoolgateError):
    """A platform did not give what was asked for; `code` names the kind in metrics, logs and health."""

    code = "platform_error"


class PlatformUnavailable(PlatformError, DependencyUnavailable):
    """The platform does not answer, or answers with nonsense; trying again soon can help."""

    code = "platform_unavailable"


class RateLimited(PlatformError):
    """The platform wants no request before `retry_at`."""

    code = "rate_limited"

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class BudgetSpent(PlatformError):
    """The money or the quota for this platform is used up; somebody must add to it, or time must pass."""

    code = "budget_spent"


class TokenRejected(PlatformError):
    """The account's token is wrong, expired or withdrawn; somebody must connect the account again."""

    code = "token_rejected"


class PermissionMissing(PlatformError):
    """The token works, but this account or surface may not be read with it."""

    code = "permission_missing"


class RequestRefused(PlatformError):
    """The platform calls the request itself wrong; trying the same again does not help."""

    code = "request_refused"


class MediaRefused(PlatformError):
    """An attachment cannot be had; `reason` is `expired`, `too_large` or `type_refused`."""

    code = "media_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the attachment cannot be had: {reason}")
        self.reason = reason
