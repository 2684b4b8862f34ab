"""What every channel does, so that `deliver` needs to know none of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.alert import Alert
from schemas.ids import Digest


@dataclass(frozen=True)
class Message:
    """An alert on its way to one recipient; `delivery_id` and `created_at` are the same in every attempt.

    `address` is where it goes on a channel for people, `headlines` are the alert's categories in words, `time_zone`
    is the school's.
    """

    delivery_id: Digest
    alert: Alert
    address: str
    headlines: tuple[str, ...]
    time_zone: str
    created_at: datetime


@dataclass(frozen=True)
class Sent:
    """The other side has taken the message."""

    code: str


@dataclass(frozen=True)
class Retry:
    """The other side did not take it now, or does not answer."""

    code: str


@dataclass(frozen=True)
class Failed:
    """The other side will never take this message."""

    code: str


Result = Sent | Retry | Failed
"""`code` says what the other side answered: `smtp_250`, `http_503`, `unreachable` ... Never its text."""


class Channel(Protocol):
    """Sends messages."""

    async def send(self, message: Message) -> Result:
        """Send a message; a failure is a result, not an exception."""
        ...
