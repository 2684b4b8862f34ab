"""Whatever happens to one message, the others go, and people are told who ought to be."""

import asyncio
from dataclasses import dataclass, field

import pytest

from services.notify import deliver
from services.notify.assess import EMAIL, WEBHOOK
from services.notify.channels.channel import Message, Result
from services.register.models import Facts
from services.shared.database import Database
from services.shared.errors import DependencyUnavailable
from tests.support.events import make_analysis, make_post
from tests.support.notify import Register, Taking, World, finding

LEAD = "user-online_safety_lead"


@dataclass
class Stumbling:
    """A channel that fails on its first message as no channel should, and takes the others."""

    channel: Taking = field(default_factory=Taking)
    stumbled: bool = False
    hangs: bool = False

    async def send(self, message: Message) -> Result:
        if self.stumbled:
            return await self.channel.send(message)
        self.stumbled = True
        if self.hangs:
            await asyncio.sleep(3600)
        raise AttributeError("a library's own mistake")


async def raise_alert(world: World, number: int = 1, category: str = "threat") -> None:
    post = make_post(number)
    await world.take(post, make_analysis(post, findings=(finding(post, category),)))


async def delivered(world: World) -> dict[tuple[str, str], tuple[str, str | None]]:
    return {(row.recipient, row.channel): (row.state, row.last_code) for row in await world.rows("deliveries")}


@pytest.mark.parametrize(("hangs", "code"), [(False, "failed"), (True, "timed_out")])
async def test_a_message_that_makes_its_channel_fail_is_tried_again_and_holds_up_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, hangs: bool, code: str
) -> None:
    monkeypatch.setattr(deliver, "SEND_SECONDS", 0.05)
    channel = Stumbling(hangs=hangs)
    world = World(database, Register(roles=("online_safety_lead",)), {EMAIL: channel})
    await raise_alert(world, 1)
    await raise_alert(world, 2)
    await world.deliver.send_due()
    assert sorted((row.state, row.last_code) for row in await world.rows("deliveries")) == [
        ("pending", code),
        ("sent", "smtp_250"),
    ]
    world.clock.advance(seconds=deliver.FIRST_WAIT)
    await world.deliver.send_due()
    assert {row.state for row in await world.rows("deliveries")} == {"sent"}


async def test_a_school_whose_policy_cannot_be_read_holds_up_no_other_for_long(database: Database) -> None:
    world = World(database, Register(roles=("online_safety_lead",)))
    for number in range(1, 2 * deliver.AT_A_TIME + 1):
        await raise_alert(world, number)
    readable = world.register.facts
    world.deliver._profiles._known.clear()
    world.register.facts = Facts(policy={"of_the_past": "allow"})
    for _ in range(2):
        with pytest.raises(DependencyUnavailable):
            await world.deliver.send_due()
    assert {row.attempts for row in await world.rows("deliveries")} == {1}
    world.register.facts = readable
    world.clock.advance(seconds=deliver.FIRST_WAIT)
    while await world.deliver.send_due():
        pass
    assert {row.state for row in await world.rows("deliveries")} == {"sent"}


async def test_who_has_lost_the_role_hears_nothing_and_who_has_it_now_does(database: Database) -> None:
    world = World(database, Register(roles=("dsl",)))
    await raise_alert(world, category="grooming_contact")
    world.register.roles = ("headteacher",)
    world.register.changed = {"dsl": ("business_manager",)}
    while await world.deliver.send_due():
        pass
    assert {message.address for message in world.mail.taken} == {"headteacher@larkhollow.example"}
    states = await delivered(world)
    assert states["user-dsl", EMAIL] == ("failed", "no_such_recipient")
    assert states["user-headteacher", EMAIL] == ("sent", "smtp_250")
    assert "operations" not in await world.alerts()


async def test_a_slow_channel_is_given_no_more_at_once_than_it_can_be_waited_for(database: Database) -> None:
    world = World(database, Register(roles=("online_safety_lead",)), {EMAIL: Taking(), WEBHOOK: Taking()})
    for number in range(deliver.AT_A_TIME):
        await raise_alert(world, number + 1)
    assert await world.deliver.send_due() == deliver.AT_A_TIME
