"""What observe says of an account is what ingest last said."""

from datetime import UTC, datetime, timedelta
from functools import partial

from prometheus_client import REGISTRY

from schemas import ids
from services.observe.accounts import AccountExporter
from tests.support.events import make_status

NOW = datetime(2026, 3, 3, 9, 40, tzinfo=UTC)
SCHOOL = ids.school_id("observed school")
status = partial(make_status, NOW, school_id=SCHOOL)


def shown(name: str, account: str) -> float | None:
    return REGISTRY.get_sample_value(f"schoolgate_account_{name}", {"school_id": SCHOOL, "account_id": account})


async def test_the_newest_status_counts() -> None:
    account, exporter = ids.account_id(SCHOOL, "x", "1"), AccountExporter()
    await exporter.record(status(account))
    assert shown("checked_timestamp_seconds", account) == NOW.timestamp()
    assert shown("well", account) == 1
    later = NOW + timedelta(minutes=5)
    await exporter.record(status(account, state="not_checked", reason="token_rejected", observed_at=later))
    assert shown("checked_timestamp_seconds", account) == NOW.timestamp()
    assert shown("status_timestamp_seconds", account) == later.timestamp()
    assert shown("well", account) == 0


async def test_an_account_that_was_never_read_was_checked_at_no_moment() -> None:
    account = ids.account_id(SCHOOL, "x", "2")
    await AccountExporter().record(status(account, state="delayed", reason="rate_limited", checked_at=None))
    assert shown("checked_timestamp_seconds", account) is None
    assert shown("status_timestamp_seconds", account) == NOW.timestamp()
    assert shown("well", account) == 0
