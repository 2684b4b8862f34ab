"""An alert as a mail: what kind of thing, how urgent, where to read it. No content and no names: these need a login."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from zoneinfo import ZoneInfo

from schemas.alert import Alert
from services.casebook.operations import AUDIENCE
from services.notify.channels.channel import Message

MASKED: Final = "A case for you alone"
RESTRICTED_AUDIENCES: Final = frozenset({"staff_allegation"})
"""What these cases are about is not even named: mail is read over shoulders."""
DECIDE_STEP: Final = "Look at the evidence and decide. Nothing is hidden or deleted unless a person does it."
OPERATIONS_STEP: Final = "See that it is put right. The case stays open until a person closes it."


def compose(message: Message, sender: str, console_url: str) -> EmailMessage:
    """Write the mail; every attempt to send it has the same Message-ID and Date."""
    alert = message.alert
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = message.address
    mail["Subject"] = f"[Schoolgate {alert.severity}] {_title(message)} (case {alert.case_id})"
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.delivery_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_body(message, console_url))
    return mail


def link(alert: Alert, console_url: str) -> str:
    """Return the page of the alert's case."""
    return f"{console_url.rstrip('/')}/cases/{alert.case_id}"


def _title(message: Message) -> str:
    first, *others = _lines(message)
    return f"{first}, and {len(others)} more" if others else first


def _lines(message: Message) -> tuple[str, ...]:
    return (MASKED,) if message.alert.audience in RESTRICTED_AUDIENCES else message.headlines


def _body(message: Message, console_url: str) -> str:
    alert = message.alert
    found = "\n".join(f"  - {line}" for line in _lines(message))
    return f"""\
Something needs your judgement:

{found}

Severity:   {alert.severity}
Case:       {alert.case_id}
Answer by:  {_local(alert.respond_by, message.time_zone)}
{_so_far(alert)}
What to do:
  1. Open the case and sign in: {link(alert, console_url)}
  2. Acknowledge it, so that others know it is in hand.
  3. {OPERATIONS_STEP if alert.audience == AUDIENCE else DECIDE_STEP}

This message has no content on purpose. Please do not forward it; who may read the case can find it there.
"""


def _so_far(alert: Alert) -> str:
    return f"Posts:      {alert.posts} posts so far in this case\n" if alert.posts > 1 else ""


def _local(moment: datetime, time_zone: str) -> str:
    return moment.astimezone(ZoneInfo(time_zone)).strftime("%A %d %B %Y, %H:%M (%Z)")
