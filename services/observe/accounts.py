"""How well each account is being read, as Prometheus metrics: what ingest says of it, and when it last did."""

from typing import Final

from schemas.status import AccountStatus
from services.shared import metrics

CHECKED: Final = "checked"


class AccountExporter:
    """Keeps the newest status of each account; it is there again within one repetition after a restart."""

    async def record(self, status: AccountStatus) -> None:
        """Export a status. Before its first reading an account has no moment until which it was checked."""
        account = (status.school_id, status.account_id)
        metrics.ACCOUNT_STATUS.labels(*account).set(status.observed_at.timestamp())
        metrics.ACCOUNT_WELL.labels(*account).set(status.state == CHECKED)
        if status.checked_at is not None:
            metrics.ACCOUNT_CHECKED.labels(*account).set(status.checked_at.timestamp())
