import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.notify.assess import EMAIL
from services.notify.channels.channel import Message, Sent
from services.notify.channels.email import EmailChannel
from services.notify.settings import SmtpSettings
from services.shared.database import Database
from tests.support.events import NOW, make_analysis, make_post
from tests.support.notify import Register, World, finding
from tests.support.smtp import Mailbox, smtp_server

CONSOLE = "https://console.larkhollow.example/"
SENDER = "alerts@schoolgate.example"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as mailbox:
        yield mailbox


def plain(port: int) -> EmailChannel:
    return EmailChannel(SmtpSettings(host="127.0.0.1", port=port, security="none", sender=SENDER), CONSOLE)


def mailing(database: Database, port: int, roles: tuple[str, ...] = ("online_safety_lead",)) -> World:
    return World(database, Register(roles=roles), {EMAIL: plain(port)})


async def raise_alert(world: World, category: str = "threat") -> None:
    post = make_post()
    await world.take(post, make_analysis(post, findings=(finding(post, category),)))


async def delivered(world: World) -> dict[str, tuple[str, str | None]]:
    return {row.recipient: (row.state, row.last_code) for row in await world.rows("deliveries")}


async def test_a_mail_says_what_and_where_and_no_more(database: Database, mailbox: Mailbox) -> None:
    world = mailing(database, mailbox.port)
    await raise_alert(world)
    assert await world.deliver.send_due() == 1
    (mail,) = mailbox.mails
    (delivery,) = await world.rows("deliveries")
    assert mail["Subject"] == f"[Schoolgate S1] A threat (case {delivery.case_id})"
    assert mail["Message-ID"] == f"<{delivery.delivery_id}@schoolgate.example>"
    assert (mail["From"], mail["To"]) == (SENDER, "online_safety_lead@larkhollow.example")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    assert mail.get_content_type() == "text/plain"
    body = mail.get_content()
    assert f"{CONSOLE}cases/{delivery.case_id}" in body
    assert "Tuesday 03 March 2026, 10:15 (GMT)" in body
    assert await delivered(world) == {"user-online_safety_lead": ("sent", "smtp_250")}
    assert await world.deliver.send_due() == 0


async def test_a_mail_about_an_allegation_does_not_say_so(database: Database, mailbox: Mailbox) -> None:
    world = mailing(database, mailbox.port, ("headteacher",))
    await raise_alert(world, "allegation")
    world.clock.advance(days=1)
    await world.deliver.send_due()
    (mail,) = mailbox.mails
    assert "llegation" not in mail.as_string()
    assert "[Schoolgate S2] A case for you alone" in mail["Subject"]


async def test_a_mail_refused_for_now_goes_again_with_the_same_id(database: Database, mailbox: Mailbox) -> None:
    mailbox.refuse = ["451 4.3.0 try again later", "452 4.2.2 still full"]
    world = mailing(database, mailbox.port)
    await raise_alert(world)
    await world.deliver.send_due()
    assert await delivered(world) == {"user-online_safety_lead": ("pending", "smtp_451")}
    assert await world.deliver.send_due() == 0
    for _ in range(2):
        world.clock.advance(seconds=10)
        await world.deliver.send_due()
    assert await delivered(world) == {"user-online_safety_lead": ("sent", "smtp_250")}
    assert len(mailbox.seen_ids) == 3
    assert len(set(mailbox.seen_ids)) == 1


@pytest.mark.parametrize("where", ["recipient", "data"])
async def test_a_mail_refused_for_good_fails_alone_and_operations_hear_of_it(
    database: Database, mailbox: Mailbox, where: str
) -> None:
    world = mailing(database, mailbox.port, ("online_safety_lead", "headteacher", "operations"))
    if where == "recipient":
        mailbox.refuse_recipient["headteacher@larkhollow.example"] = "550 5.1.1 no such user"
    else:
        mailbox.refuse = ["554 5.7.1 rejected"]
    await raise_alert(world)
    await world.deliver.send_due()
    alerts = await world.alerts()
    rows = [row for row in await world.rows("deliveries") if row.alert_id == alerts["general"].alert_id]
    assert sorted(row.state for row in rows) == ["failed", "sent"]
    assert alerts["operations"].categories == ("delivery_failed",)
    await world.deliver.send_due()
    told = {mail["To"] for mail in mailbox.mails if "A message was refused for good" in mail["Subject"]}
    assert "operations@larkhollow.example" in told
    assert await world.deliver.send_due() == 0


async def test_a_server_that_is_down_is_tried_until_it_is_back_and_after_a_day_operations_hear_of_it(
    database: Database,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        world = mailing(database, closed.getsockname()[1], ("online_safety_lead", "operations"))
    await raise_alert(world)
    waits = []
    for _ in range(10):
        await world.deliver.send_due()
        (row,) = await world.rows("deliveries")
        assert (row.state, row.last_code) == ("pending", "unreachable")
        waits.append((row.next_attempt_at - world.clock.now()).total_seconds())
        world.clock.moment = row.next_attempt_at
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert await world.deliver.report_late() == 0
    world.clock.moment = NOW + timedelta(hours=24, seconds=1)
    assert await world.deliver.report_late() == 1
    assert await world.deliver.report_late() == 0
    assert (await world.alerts())["operations"].categories == ("delivery_late",)
    assert {row.state for row in await world.rows("deliveries")} == {"pending"}


async def test_a_recipient_who_has_left_fails(database: Database, mailbox: Mailbox) -> None:
    world = mailing(database, mailbox.port)
    await raise_alert(world)
    world.register.roles = ("operations",)
    await world.deliver.send_due()
    assert (await delivered(world))["user-online_safety_lead"] == ("failed", "no_such_recipient")


async def test_an_alert_that_nobody_is_there_for_goes_to_operations(database: Database, mailbox: Mailbox) -> None:
    world = mailing(database, mailbox.port, ("operations",))
    await raise_alert(world)
    assert (await world.alerts())["operations"].categories == ("nobody_to_tell",)


async def test_two_processes_send_a_mail_once(database: Database, mailbox: Mailbox) -> None:
    world, other = mailing(database, mailbox.port), mailing(database, mailbox.port)
    await raise_alert(world)
    (delivery,) = await world.rows("deliveries")
    await world.deliver.send_due()
    other.clock.moment = delivery.send_at
    await other.deliver.send_due()
    assert len(mailbox.mails) == 1


async def test_what_a_killed_process_had_taken_is_sent_by_the_next(database: Database, mailbox: Mailbox) -> None:
    world = mailing(database, mailbox.port)
    killed = mailing(database, mailbox.port)
    killed.deliver._channels = {EMAIL: Dying()}
    await raise_alert(world)
    with pytest.raises(Killed):
        await killed.deliver.send_due()
    assert await world.deliver.send_due() == 0
    world.clock.advance(seconds=120)
    assert await world.deliver.send_due() == 1
    assert len(mailbox.mails) == 1


class Killed(BaseException):
    pass


class Dying:
    async def send(self, message: Message) -> Sent:
        raise Killed(message.delivery_id)
