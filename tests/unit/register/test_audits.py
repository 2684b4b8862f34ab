"""Audits as desired state: one at a time for an account, paused and resumed, reported by ingest."""

import pytest
from pydantic import SecretStr

from schemas.ids import AccountId
from services.register.audits import Audits
from services.shared.errors import InputRejected
from tests.support.register import Register


@pytest.fixture
def audits(register: Register) -> Audits:
    return Audits(register.database, register.clock)


async def account(register: Register, platform_account: str = "1") -> AccountId:
    school = await register.school()
    added = await register.writer.add_account(
        school.school_id, "x", platform_account, handle="LarkhollowPri", token=SecretStr("t")
    )
    return added.account_id


async def test_an_audit_runs_until_it_has_read_everything(register: Register, audits: Audits) -> None:
    account_id = await account(register)
    started = await audits.start(account_id)
    assert (started.account_id, started.state, started.posts_read) == (account_id, "running", 0)
    assert started.requested_at == started.changed_at == register.clock.now()
    assert await audits.running() == await audits.audits() == (started,)

    register.clock.move(minutes=5)
    await audits.report(started.run_id, posts_read=120, read_to_the_end=False)
    (reading,) = await audits.running()
    assert (reading.posts_read, reading.requested_at, reading.changed_at) == (
        120,
        started.requested_at,
        register.clock.now(),
    )

    await audits.report(started.run_id, posts_read=200, read_to_the_end=True)
    assert await audits.running() == ()
    (ended,) = await audits.audits(account_id)
    assert (ended.posts_read, ended.read_to_the_end) == (200, True)
    for change in (audits.pause, audits.resume):
        with pytest.raises(InputRejected, match="read everything"):
            await change(started.run_id)


async def test_a_paused_audit_is_not_read_until_it_is_resumed(register: Register, audits: Audits) -> None:
    started = await audits.start(await account(register))
    await audits.report(started.run_id, posts_read=40, read_to_the_end=False)
    for _ in range(2):
        await audits.pause(started.run_id)
    assert await audits.running() == ()
    assert [audit.state for audit in await audits.audits()] == ["paused"]
    await audits.resume(started.run_id)
    assert [audit.posts_read for audit in await audits.running()] == [40]


async def test_an_account_has_one_unfinished_audit_and_as_many_finished_ones_as_people_want(
    register: Register, audits: Audits
) -> None:
    first, other = await account(register), await account(register, "2")
    started = await audits.start(first)
    elsewhere = await audits.start(other)
    for change in (audits.resume, audits.pause):
        await change(started.run_id)
        with pytest.raises(InputRejected, match="already"):
            await audits.start(first)
    await audits.report(started.run_id, posts_read=3, read_to_the_end=True)
    register.clock.move(days=90)
    again = await audits.start(first)
    assert len({started.run_id, again.run_id, elsewhere.run_id}) == 3
    assert [audit.run_id for audit in await audits.audits(first)] == [again.run_id, started.run_id]
    assert {audit.run_id for audit in await audits.audits()} == {again.run_id, started.run_id, elsewhere.run_id}


async def test_an_account_that_was_removed_and_added_again_is_audited_anew(register: Register, audits: Audits) -> None:
    """Ingest still knows the audits of before: under an earlier one's name a new audit would have ended already."""
    account_id = await account(register)
    before = await audits.start(account_id)
    await register.writer.remove_account(account_id)
    register.clock.move(minutes=5)
    assert await account(register) == account_id
    assert (await audits.start(account_id)).run_id != before.run_id


async def test_what_is_not_there_cannot_be_audited(register: Register, audits: Audits) -> None:
    with pytest.raises(InputRejected, match="no such account"):
        await audits.start("acc-0000000000000000")
    for change in (audits.pause, audits.resume):
        with pytest.raises(InputRejected, match="no such audit"):
            await change("run-0000000000000000")
    account_id = await account(register)
    started = await audits.start(account_id)
    await register.writer.remove_account(account_id)
    await audits.report(started.run_id, posts_read=3, read_to_the_end=False)
    assert await audits.audits() == ()
