"""Mail over SMTP, obeying the server's codes: 4xx is tried again, 5xx about this message is final."""

import ssl

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPRecipientsRefused, SMTPResponseException

from services.notify.channels.channel import Failed, Message, Result, Retry, Sent
from services.notify.message import compose
from services.notify.settings import SmtpSettings

TIMEOUT_SECONDS = 30.0
PERMANENT = range(500, 600)


class EmailChannel:
    """One connection a message: an alert is rare, and a stuck connection must not hold the next one up."""

    def __init__(self, settings: SmtpSettings, console_url: str) -> None:
        self._settings = settings
        self._console_url = console_url
        self._tls = ssl.create_default_context(cafile=settings.ca_file)

    async def send(self, message: Message) -> Result:
        """Send a mail; what is wrong with the server or the login, and not with this mail, is tried again."""
        settings = self._settings
        try:
            await aiosmtplib.send(
                compose(message, settings.sender, self._console_url),
                sender=settings.sender,
                recipients=[message.address],
                hostname=settings.host,
                port=settings.port,
                username=settings.user or None,
                password=settings.password.get_secret_value() if settings.user else None,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                tls_context=self._tls,
                timeout=TIMEOUT_SECONDS,
            )
        except SMTPRecipientsRefused as error:
            return _refused(error.recipients[0])
        except (SMTPRecipientRefused, SMTPDataError) as error:
            return _refused(error)
        except SMTPResponseException as error:
            return Retry(f"smtp_{error.code}")
        except (SMTPException, OSError):
            return Retry("unreachable")
        return Sent("smtp_250")


def _refused(error: SMTPResponseException) -> Result:
    code = f"smtp_{error.code}"
    return Failed(code) if error.code in PERMANENT else Retry(code)
