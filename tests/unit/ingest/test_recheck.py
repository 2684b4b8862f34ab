import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from schemas import ids
from schemas.post import Post, RegisterVersions
from services.ingest.backfill.needs import AT_ONCE, WHEN_QUIET, needs
from services.ingest.backfill.recheck import Rechecks
from services.ingest.connectors.errors import PlatformUnavailable
from services.ingest.deletions import Deletions, LookedUp, LookUp
from services.register.models import FaceMatching, School
from services.shared.errors import DependencyUnavailable, InputRejected
from tests.support.backfill import BACKFILL_TOPIC, LIVE_TOPIC, change, in_backfill, rechecks_of, relayed
from tests.support.ingest import ACCOUNT, BEGIN, JPEG, SCHOOL, FakeRegister, Ingest, picture, seen

SETTLED = 121
"""Seconds after which a recheck looks for posts that were on their way when it began."""


async def rounds(rechecks: Rechecks, count: int = 1) -> None:
    for _ in range(count):
        await rechecks.round()


def by_urgency(*whats: str) -> dict[str, set[str]]:
    return {urgency: set(need.detectors) for urgency, need in needs(change(whats)).items()}


@pytest.mark.parametrize(
    ("whats", "expected"),
    [
        (["photo_consent_withdrawn"], {AT_ONCE: {"details", "faces"}}),
        (["name_consent_withdrawn"], {AT_ONCE: {"details"}}),
        (["enrolled"], {WHEN_QUIET: {"faces"}}),
        (["joined"], {WHEN_QUIET: {"details"}}),
        (["renamed", "enrolled"], {WHEN_QUIET: {"details", "faces"}}),
        (["joined", "name_consent_withdrawn"], {AT_ONCE: {"details"}, WHEN_QUIET: {"details"}}),
        (["photo_consent_given", "name_consent_given", "left", "enrolment_removed"], {}),
        (["something_of_a_later_release"], {}),
        ([], {}),
    ],
)
def test_what_a_change_asks_for(whats: list[str], expected: dict[str, set[str]]) -> None:
    assert by_urgency(*whats) == expected


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_changes_join_to_the_same_in_any_order(order: tuple[int, ...]) -> None:
    changes = [change("joined", 5), change("enrolled", 6, minutes=55), change("renamed", 7, minutes=58)]
    found = [needs(changes[number])[WHEN_QUIET] for number in order]
    joined = found[0].joined_with(found[1]).joined_with(found[2])
    assert joined.due_at == BEGIN + timedelta(minutes=60)
    assert (joined.detectors, joined.versions.roster, joined.first_at) == (frozenset({"details", "faces"}), 7, BEGIN)


async def test_a_withdrawal_checks_what_is_live_at_once_by_todays_register(ingest: Ingest) -> None:
    await ingest.poll([seen("1", published_at=BEGIN - timedelta(days=3)), seen("2", "Jo")])
    live = {post.post_id: post for _, post in await relayed(ingest)}
    ingest.register.roster = 5
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    checks = await relayed(ingest)
    assert [(topic, post.post_id[-1]) for topic, post in checks] == [(BACKFILL_TOPIC, "2"), (BACKFILL_TOPIC, "1")]
    run = ids.run_id(SCHOOL.school_id, AT_ONCE, change("name_consent_withdrawn").change_id)
    for _, post in checks:
        first = live[post.post_id]
        assert (post.trigger, post.run_id, post.required) == ("recheck", run, ("details",))
        assert (post.revision_id, post.content, post.text_ref) == (first.revision_id, first.content, first.text_ref)
        assert post.check_id == ids.check_id(post.revision_id, "recheck", run)
        assert post.versions == {SCHOOL.school_id: RegisterVersions(roster=5)}
        assert post.deadline - post.observed_at == timedelta(hours=24)


async def test_additions_wait_for_a_quiet_moment_but_not_forever(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    await relayed(ingest)
    rechecks = rechecks_of(ingest)
    for number, minute in enumerate((0, 8, 16, 24, 32, 40, 48, 56)):
        ingest.clock.time = BEGIN + timedelta(minutes=minute)
        await rechecks.changed(change("joined", 5 + number, minutes=minute))
        await rechecks.round()
        assert await in_backfill(ingest) == []
    ingest.clock.time = BEGIN + timedelta(minutes=59, seconds=59)
    await rechecks.round()
    assert await in_backfill(ingest) == []
    ingest.clock.forward(1)
    await rechecks.round()
    assert len(await in_backfill(ingest)) == 1
    await rechecks.changed(change("joined", 20, minutes=61))
    ingest.clock.time = BEGIN + timedelta(minutes=70)
    await rechecks.round()
    assert await in_backfill(ingest) == []
    ingest.clock.forward(60)
    await rechecks.round()
    assert len(await in_backfill(ingest)) == 1


async def test_a_change_that_is_told_twice_counts_once(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    ingest.clock.forward(60)
    rechecks = rechecks_of(ingest)
    for _ in range(2):
        await rechecks.changed(change("name_consent_withdrawn"))
    await rounds(rechecks, 3)
    ingest.clock.forward(SETTLED)
    await rechecks.round()
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    assert len(await in_backfill(ingest)) == 1


async def test_what_only_takes_something_away_checks_nothing(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change(["photo_consent_given", "left", "enrolment_removed"]))
    ingest.clock.forward(3601)
    await rechecks.round()
    assert await in_backfill(ingest) == []


class WithoutDocuments(FakeRegister):
    """A register of a school that has no impact assessment of face matching (any more)."""

    async def school(self, school_id: str) -> School:
        return replace(await super().school(school_id), face_matching=FaceMatching())


async def test_a_detector_that_must_not_look_any_more_does_not(ingest: Ingest) -> None:
    await ingest.poll([seen(attachments=(picture(url=None),))])
    await relayed(ingest)
    rechecks = rechecks_of(ingest.other(register=WithoutDocuments()))
    await rechecks.changed(change("enrolled"))
    ingest.clock.forward(601)
    await rechecks.round()
    assert await in_backfill(ingest) == []
    await rechecks.changed(change("photo_consent_withdrawn", 6))
    await rechecks.round()
    (check,) = await in_backfill(ingest)
    assert check.required == ("details",)
    assert [(each.detector, each.reason) for each in check.excluded] == [("faces", "no_impact_assessment")]


async def test_the_last_revision_is_checked_with_the_media_that_came(ingest: Ingest) -> None:
    ingest.platform.media = {"https://media.example/p1": JPEG}
    await ingest.poll([seen(attachments=(picture(),))])
    await ingest.media.round()
    await ingest.poll([seen(text="edited", attachments=(picture(),))])
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    (check,) = await in_backfill(ingest)
    assert (check.revision_no, [each.missing_reason for each in check.attachments]) == (2, [None])


async def test_what_waits_for_its_media_is_checked_once_it_is_published(ingest: Ingest) -> None:
    ingest.platform.media = {"https://media.example/p1": PlatformUnavailable("x")}
    await ingest.poll([seen(attachments=(picture(),))])
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    assert await relayed(ingest) == []
    ingest.clock.forward(31)
    await ingest.media.round()
    assert [topic for topic, _ in await relayed(ingest)] == [LIVE_TOPIC]
    ingest.clock.forward(SETTLED)
    await rounds(rechecks, 2)
    assert [check.revision_no for check in await in_backfill(ingest)] == [1]
    ingest.clock.forward(SETTLED)
    await rounds(rechecks, 2)
    assert await in_backfill(ingest) == []


async def test_media_that_is_late_by_minutes_is_waited_for(ingest: Ingest) -> None:
    ingest.platform.media = {"https://media.example/p1": PlatformUnavailable("x")}
    await ingest.poll([seen(attachments=(picture(),))])
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    for _ in range(3):
        await rechecks.round()
        ingest.clock.forward(SETTLED)
    await ingest.media.round()
    await relayed(ingest)
    await rounds(rechecks, 2)
    ingest.clock.forward(SETTLED)
    await rounds(rechecks, 2)
    assert [check.revision_no for check in await in_backfill(ingest)] == [1]


async def test_a_post_that_was_being_read_when_the_register_changed_is_checked_again(ingest: Ingest) -> None:
    """The page is stored with the register versions of before, after the recheck has passed."""
    rechecks = rechecks_of(ingest)

    async def withdrawn() -> None:
        ingest.register.roster = 5
        await rechecks.changed(change("name_consent_withdrawn"))
        await rechecks.round()

    ingest.platform.meanwhile = withdrawn
    await ingest.poll([seen("1")])
    ((topic, live),) = await relayed(ingest)
    assert (topic, live.versions[SCHOOL.school_id].roster) == (LIVE_TOPIC, 4)
    ingest.clock.forward(SETTLED)
    await rechecks.round()
    assert [check.versions[SCHOOL.school_id].roster for check in await in_backfill(ingest)] == [5]


async def test_a_post_whose_storing_began_before_the_recheck_and_ended_after_it_is_checked_again(
    ingest: Ingest,
) -> None:
    """What is being committed while a pass begins is not seen by it, and bears the moment before it."""
    rechecks = rechecks_of(ingest)
    ingest.clock.forward(1)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    ingest.clock.forward(-1)
    await ingest.poll([seen("1")])
    await relayed(ingest)
    ingest.register.roster = 5
    ingest.clock.forward(1 + SETTLED)
    await rounds(rechecks, 2)
    assert [check.versions[SCHOOL.school_id].roster for check in await in_backfill(ingest)] == [5]


async def test_a_post_that_is_read_after_the_change_needs_no_other_check(ingest: Ingest) -> None:
    rechecks = rechecks_of(ingest)
    ingest.register.roster = 5
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    await ingest.poll([seen("1")])
    ingest.clock.forward(SETTLED)
    await rounds(rechecks, 2)
    assert await in_backfill(ingest) == []


async def test_a_post_that_was_published_but_not_answered_when_the_register_changed_is_checked_again(
    ingest: Ingest,
) -> None:
    await ingest.poll([seen("1")])
    rechecks = rechecks_of(ingest)
    ingest.register.roster = 5
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    live, again = await relayed(ingest)
    assert [each.versions[SCHOOL.school_id].roster for _, each in (live, again)] == [4, 5]
    assert live[1].check_id != again[1].check_id


async def test_what_was_deleted_is_not_checked_again(ingest: Ingest) -> None:
    await ingest.poll([seen("1"), seen("2")])
    lease = await ingest.leases.acquire(ACCOUNT.account_id, SCHOOL.school_id)
    assert lease is not None
    gone = LookUp(ids.post_id(ACCOUNT.account_id, "1"), "1", 1, ingest.clock.now())
    deletions = Deletions(ingest.database, ingest.leases, ingest.writer, ingest.purges, ingest.clock)
    await deletions.record(lease, LookedUp(absent=[gone.post_id]), [])
    assert await deletions.delete(lease, gone)
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    ingest.clock.forward(SETTLED)
    await rechecks.round()
    assert {check.post_id[-1] for check in await in_backfill(ingest)} == {"2"}


async def many(ingest: Ingest, count: int) -> None:
    await ingest.poll([seen(str(n), published_at=BEGIN - timedelta(hours=n)) for n in range(count)])
    await relayed(ingest)


async def test_another_process_goes_on_where_one_stopped(ingest: Ingest) -> None:
    await many(ingest, 250)
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    found = await in_backfill(ingest)
    rechecks = rechecks_of(ingest.other())
    for _ in range(4):
        await rechecks.round()
        found += await in_backfill(ingest)
    assert [int(check.post_id.split(":")[1]) for check in found] == list(range(250))


async def test_two_processes_publish_once(ingest: Ingest) -> None:
    await many(ingest, 150)
    first, second = rechecks_of(ingest), rechecks_of(ingest.other())
    await first.changed(change("name_consent_withdrawn"))
    found: list[Post] = []
    for _ in range(4):
        await asyncio.gather(first.round(), second.round())
        found += await in_backfill(ingest)
    assert len(found) == len({check.check_id for check in found}) == 150


async def test_no_batch_follows_while_the_last_one_waits_for_the_broker(ingest: Ingest) -> None:
    await many(ingest, 250)
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    await rounds(rechecks, 3)
    assert len(await in_backfill(ingest)) == 100


async def test_posts_without_a_date_come_last_and_are_not_forgotten(ingest: Ingest) -> None:
    await ingest.poll([seen(str(n), published_at=None) for n in range(120)] + [seen("dated")])
    await relayed(ingest)
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    found = []
    for _ in range(3):
        await rechecks.round()
        found += await in_backfill(ingest)
    assert found[0].post_id.endswith(":dated")
    assert len({check.post_id for check in found}) == 121


class TwoSchools(FakeRegister):
    """A register in which the account is checked against a trust's other school too, which may not be readable."""

    OTHER = ids.school_id("marlbrook")
    broken = False

    async def school(self, school_id: str) -> School:
        if self.broken:
            raise InputRejected("no such school")
        return await super().school(school_id)

    async def versions(self, school_id: str) -> RegisterVersions:
        return RegisterVersions(roster=9) if school_id == self.OTHER else await super().versions(school_id)


def trust(ingest: Ingest) -> TwoSchools:
    register = TwoSchools([replace(ACCOUNT, checked_against=(SCHOOL.school_id, TwoSchools.OTHER))])
    ingest.register = register
    return register


async def test_a_schools_change_checks_the_accounts_that_are_checked_against_it(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    await relayed(ingest)
    theirs = change("name_consent_withdrawn", school=TwoSchools.OTHER)
    rechecks = rechecks_of(ingest)
    await rechecks.changed(theirs)
    await rechecks.round()
    assert await in_backfill(ingest) == []
    ingest.clock.forward(SETTLED)
    await rechecks.round()
    rechecks = rechecks_of(ingest.other(register=trust(ingest)))
    await rechecks.changed(change("name_consent_withdrawn", 6, school=TwoSchools.OTHER))
    await rechecks.round()
    (check,) = await in_backfill(ingest)
    assert set(check.versions) == {SCHOOL.school_id, TwoSchools.OTHER}


async def test_a_school_whose_rules_cannot_be_read_is_tried_again_later(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    register = trust(ingest)
    register.broken = True
    rechecks = rechecks_of(ingest.other(register=register))
    await rechecks.changed(change("name_consent_withdrawn"))
    await rechecks.round()
    register.broken = False
    await rechecks.round()
    assert await in_backfill(ingest) == []
    ingest.clock.forward(301)
    await rechecks.round()
    assert len(await in_backfill(ingest)) == 1


async def test_a_register_that_does_not_answer_loses_nothing(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    ingest.register.failure = DependencyUnavailable("x")
    with pytest.raises(DependencyUnavailable):
        await rechecks.round()
    ingest.register.failure = None
    await rechecks.round()
    assert len(await in_backfill(ingest)) == 1


async def test_how_long_a_change_has_waited_is_told_until_its_recheck_is_done(ingest: Ingest) -> None:
    def age() -> float | None:
        return REGISTRY.get_sample_value("schoolgate_recheck_age_seconds")

    await ingest.poll([seen()])
    rechecks = rechecks_of(ingest)
    await rechecks.changed(change("name_consent_withdrawn"))
    ingest.clock.forward(60)
    ingest.register.failure = DependencyUnavailable("x")
    with pytest.raises(DependencyUnavailable):
        await rechecks.round()
    await rechecks.tell_age()
    assert age() == 60
    ingest.register.failure = None
    await rechecks.round()
    ingest.clock.forward(SETTLED)
    await rechecks.round()
    await rechecks.tell_age()
    assert age() == 0
