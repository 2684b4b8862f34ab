import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from schemas import ids
from schemas.alert import Alert
from services.notify.channels.channel import Message, Retry, Sent
from services.notify.channels.email import EmailChannel
from services.notify.settings import SmtpSettings
from tests.support.certificates import Certificates, make_certificates
from tests.support.events import ACCOUNT, NOW, SCHOOL
from tests.support.smtp import Mailbox, smtp_server

PASSWORD = "a good password"
POST = ids.post_id(ACCOUNT, "1")
ALERT = Alert(
    alert_id=ids.alert_id(SCHOOL, POST, "general"),
    generation=1,
    school_id=SCHOOL,
    account_id=ACCOUNT,
    post_id=POST,
    case_id=ids.case_id(SCHOOL, POST),
    audience="general",
    severity="S4",
    categories=("insult",),
    clause_ids=(),
    axis="conduct",
    nature="aggressive",
    kcsie_area="conduct",
    profile_version="1",
    finding_ids=(),
    raised_at=NOW,
    respond_by=NOW + timedelta(hours=1),
)
MESSAGE = Message(
    delivery_id=ids.digest("delivery"),
    alert=ALERT,
    address="head@larkhollow.example",
    headlines=("An insulting comment",),
    time_zone="Europe/London",
    created_at=NOW,
)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path)


@pytest.fixture
def server(certificates: Certificates) -> Iterator[Mailbox]:
    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        known = isinstance(login, LoginPassword) and login.password == PASSWORD.encode()
        return AuthResult(success=known, handled=False)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with smtp_server(
        tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True
    ) as mailbox:
        yield mailbox


def channel(port: int, ca_file: Path | None, password: str = PASSWORD) -> EmailChannel:
    settings = SmtpSettings(
        host="localhost",
        port=port,
        user="bot",
        password=SecretStr(password),
        sender="alerts@schoolgate.example",
        ca_file=ca_file,
    )
    return EmailChannel(settings, "https://console.example")


async def test_login_over_starttls(server: Mailbox, certificates: Certificates) -> None:
    assert await channel(server.port, certificates.authority).send(MESSAGE) == Sent("smtp_250")
    assert len(server.mails) == 1


async def test_a_wrong_password_is_the_servers_matter_and_not_the_mails(
    server: Mailbox, certificates: Certificates
) -> None:
    assert await channel(server.port, certificates.authority, "wrong").send(MESSAGE) == Retry("smtp_535")


async def test_a_server_that_cannot_prove_its_name_gets_no_password(server: Mailbox) -> None:
    assert await channel(server.port, None).send(MESSAGE) == Retry("unreachable")
    assert server.mails == []


async def test_a_server_without_tls_gets_no_password() -> None:
    with smtp_server() as mailbox:
        assert await channel(mailbox.port, None).send(MESSAGE) == Retry("unreachable")
        assert mailbox.mails == []
