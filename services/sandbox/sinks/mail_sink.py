"""An SMTP server that delivers nothing: it keeps the last mails, and refuses some when told to."""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from services.shared.clock import Clock

KEPT: Final = 500
ANSWERS: Final = {451: "451 4.3.0 Try again later", 550: "550 5.1.1 No such user here"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted mail, numbered from 1."""

    number: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def text(self) -> str:
        """The plain text of the mail, or its HTML when it has nothing else."""
        body = self.message.get_body(("plain", "html"))
        return str(body.get_content()) if body is not None else ""

    def as_json(self) -> dict[str, Any]:
        """Return the mail for `/mail.json`."""
        return {
            "number": self.number,
            "received_at": self.received_at.isoformat(),
            "sender": self.sender,
            "recipients": list(self.recipients),
            "subject": str(self.message["Subject"] or ""),
            "headers": [[name, str(value)] for name, value in self.message.items()],
            "text": self.text,
        }


@dataclass
class MailSink:
    """The kept mails, and the answers that the next ones get instead of being accepted."""

    clock: Clock
    mails: deque[Mail] = field(default_factory=lambda: deque(maxlen=KEPT))
    refusals: deque[int] = field(default_factory=deque)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def refuse(self, code: int, times: int) -> None:
        """Answer the next `times` mails with 451 (try again) or 550 (never)."""
        self.refusals.extend([code] * times)

    def clear(self) -> None:
        """Forget every mail and every refusal; numbers go on."""
        self.mails.clear()
        self.refusals.clear()

    def mail(self, number: int) -> Mail | None:
        """Return one kept mail, or None."""
        return next((mail for mail in self.mails if mail.number == number), None)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one mail from aiosmtpd; return the SMTP answer."""
        del server, session
        if self.refusals:
            return ANSWERS[self.refusals.popleft()]
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        message = message_from_bytes(raw, policy=policy.default)
        recipients = tuple(envelope.rcpt_tos)
        self.mails.append(Mail(next(self._numbers), self.clock.now(), envelope.mail_from or "", recipients, message))
        return "250 2.0.0 Kept"


@contextlib.asynccontextmanager
async def smtp_server(sink: MailSink, host: str, port: int) -> AsyncIterator[int]:
    """Serve SMTP on the running loop; yields the port (a free one when `port` is 0). Any log-in is accepted.

    Raises:
        OSError: the port is in use.
    """
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            sink,
            hostname="sandbox.example",
            loop=loop,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=_accept,
        )

    server = await loop.create_server(connection, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _accept(*_: object) -> AuthResult:
    return AuthResult(success=True)
