import smtplib
from asyncio import to_thread
from email.message import EmailMessage

import pytest

from services.sandbox.sinks.mail_sink import KEPT, smtp_server
from tests.unit.sandbox.conftest import Client


def _mail(subject: str = "Alert") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alerts@larkhollow.example", "osl@larkhollow.example", subject
    mail.set_content("A case waits for you.\nÜnïcode <too>")
    return mail


def _send(port: int, *mails: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        for mail in mails:
            smtp.send_message(mail)


async def test_mails_are_kept_and_shown(client: Client) -> None:
    async with smtp_server(client.sandbox.mail, "127.0.0.1", 0) as port:
        await to_thread(_send, port, _mail("First"), _mail("<Second>"))
    mails = (await client.http.get("/mail.json")).json()["mails"]
    assert [(mail["number"], mail["subject"]) for mail in mails] == [(1, "First"), (2, "<Second>")]
    assert mails[0]["recipients"] == ["osl@larkhollow.example"]
    assert mails[0]["text"].startswith("A case waits for you.")
    page = (await client.http.get("/mail")).text
    assert page.index("&lt;Second&gt;") < page.index("First")
    assert "Ünïcode &lt;too&gt;" in (await client.http.get("/mail/1")).text
    assert (await client.http.get("/mail/3")).status_code == 404


@pytest.mark.parametrize(("code", "lasting"), [(451, False), (550, True)])
async def test_the_next_mails_can_be_refused(client: Client, code: int, *, lasting: bool) -> None:
    await client.admin("POST", "/mail", code=code, times=2)
    async with smtp_server(client.sandbox.mail, "127.0.0.1", 0) as port:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPDataError) as refusal:
                await to_thread(_send, port, _mail())
            assert (refusal.value.smtp_code, refusal.value.smtp_code >= 500) == (code, lasting)
        await to_thread(_send, port, _mail("At last"))
    assert [mail["subject"] for mail in (await client.http.get("/mail.json")).json()["mails"]] == ["At last"]


async def test_any_login_is_accepted(client: Client) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
            smtp.login("anybody", "anything")
            smtp.send_message(_mail())

    async with smtp_server(client.sandbox.mail, "127.0.0.1", 0) as port:
        await to_thread(send, port)
    assert len(client.sandbox.mail.mails) == 1


async def test_only_the_last_mails_are_kept(client: Client) -> None:
    async with smtp_server(client.sandbox.mail, "127.0.0.1", 0) as port:
        await to_thread(_send, port, *(_mail(str(number)) for number in range(KEPT + 3)))
    mails = client.sandbox.mail.mails
    assert (len(mails), mails[0].number, mails[-1].number) == (KEPT, 4, KEPT + 3)


async def test_webhooks_are_kept_with_headers_and_body(client: Client) -> None:
    headers = {"x-schoolgate-signature": "sha256=00", "content-type": "application/json"}
    assert (await client.http.post("/webhook", content=b'{"severity": "S1"}', headers=headers)).status_code == 204
    assert (await client.http.post("/webhook", content=b"plain \xff")).status_code == 204
    first, second = (await client.http.get("/webhooks.json")).json()["webhooks"]
    assert (first["json"], first["body"]) == ({"severity": "S1"}, '{"severity": "S1"}')
    assert first["headers"]["x-schoolgate-signature"] == "sha256=00"
    assert (second["json"], second["body"]) == (None, "plain �")
