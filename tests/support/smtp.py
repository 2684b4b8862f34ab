"""A real SMTP server on loopback that answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from services.local.ports import free_port


@dataclass
class Mailbox:
    """What the server took on `port`; `refuse` answers the next mails, `refuse_recipient` the addresses it names."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    seen_ids: list[str] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    refuse_recipient: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802  # the name that aiosmtpd looks for
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # as above
        mail = message_from_bytes(envelope.content, EmailMessage, policy=default)
        self.seen_ids.append(mail["Message-ID"])
        if self.refuse:
            return self.refuse.pop(0)
        self.mails.append(mail)
        return "250 2.0.0 queued"


@contextmanager
def smtp_server(**options: Any) -> Iterator[Mailbox]:
    """Run the server; `options` are aiosmtpd's, for TLS and authentication."""
    mailbox = Mailbox(port=free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
