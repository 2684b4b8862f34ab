from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.ingest.connectors import errors
from services.ingest.connectors.connector import Author
from services.ingest.reads import IngestReader
from services.ingest.revise import Known
from services.ingest.tables import cursors
from services.shared.errors import DependencyUnavailable
from tests.support.ingest import ACCOUNT, BEGIN, JPEG, OFFICIAL, SCHOOL, FakePlatform, Ingest, picture, seen


async def test_a_new_post_is_stored_and_published_with_its_words_sealed_beside_it(ingest: Ingest) -> None:
    outcome = await ingest.poll([seen("7", "Jo Bloggs won!")])
    assert (outcome.code, outcome.new) == ("ok", 1)
    (post,) = await ingest.published()
    assert (post.post_id, post.revision_no, post.cause) == (f"{ACCOUNT.account_id}:7", 1, "created")
    assert post.versions == {SCHOOL.school_id: await ingest.register.versions(SCHOOL.school_id)}
    assert post.content is not None
    content = await ingest.content.get_content(post.content)
    assert (content.text, content.handle) == ("Jo Bloggs won!", "a_parent")
    assert ingest.stored == 1


async def test_nothing_of_what_people_wrote_or_are_called_is_published(ingest: Ingest) -> None:
    await ingest.poll([seen("7", "Jo Bloggs won!", url="https://x.com/i/status/7")])
    (post,) = await ingest.published()
    wire = post.model_dump_json()
    assert not [word for word in ("Bloggs", "a_parent", "A. Parent", "2000", "x.com") if word in wire]
    assert post.author.ref is not None


async def test_an_author_keeps_the_pseudonym_and_another_has_another(ingest: Ingest) -> None:
    other = seen("3", author=Author("3000", "someone", "Some One"))
    withheld = seen("4", author=Author())
    await ingest.poll([seen("1"), seen("2", "again"), other, withheld])
    refs = [post.author.ref for post in await ingest.published()]
    assert refs[0] == refs[1] != refs[2]
    assert refs[3] is None


async def test_what_is_seen_again_is_published_once(ingest: Ingest) -> None:
    for _ in range(3):
        await ingest.poll([seen("1"), seen("2", "two")], [seen("1")])
    assert [post.revision_no for post in await ingest.published()] == [1, 1]


async def test_every_change_of_a_post_is_a_revision_even_one_back_to_what_it_was(ingest: Ingest) -> None:
    await ingest.poll([seen(text="A")], [seen(text="B")])
    await ingest.poll([seen(text="A")])
    posts = await ingest.published()
    assert [(post.revision_no, post.cause) for post in posts] == [(1, "created"), (2, "edited"), (3, "edited")]
    assert len({post.check_id for post in posts}) == 3


async def test_the_cursor_is_kept_and_given_back(ingest: Ingest) -> None:
    await ingest.poll([seen()])
    await ingest.poll()
    assert ingest.platform.cursors == [{}, {"stream": "posts", "poll": 1}]
    assert await ingest.reader.cursor(ACCOUNT.account_id, "mentions") == {}


async def test_a_reading_cut_short_keeps_its_pages_but_not_its_cursor(ingest: Ingest) -> None:
    ingest.platform.error = errors.PlatformUnavailable("no")
    outcome = await ingest.poll([seen("2")], [seen("1")])
    assert outcome.code == "platform_unavailable"
    assert len(await ingest.published()) == 2
    ingest.platform.error = None
    await ingest.poll([seen("2")], [seen("1")], [seen("0")])
    assert ingest.platform.cursors == [{}, {}]
    assert len(await ingest.published()) == 3


async def test_threads_of_the_last_week_are_handed_to_the_connector(ingest: Ingest) -> None:
    own: dict[str, Any] = {"kind": "post", "author": Author(OFFICIAL)}
    await ingest.poll(
        [
            seen("1", **own, published_at=BEGIN - timedelta(days=8)),
            seen("2", **own),
            seen("3", **own, published_at=BEGIN + timedelta(seconds=1)),
            seen("4", kind="post"),
            seen("5", kind="reply", author=Author(OFFICIAL)),
        ]
    )
    await ingest.poll(stream="conversations")
    assert ingest.platform.threads[-1] == ("3", "2")


async def test_a_gap_is_recorded(ingest: Ingest) -> None:
    ingest.platform.gap = "unread_over_7_days"
    await ingest.poll([seen()])
    ingest.platform.gap = None
    await ingest.poll([])
    async with ingest.database.reading() as connection:
        row = (await connection.execute(select(cursors))).one()
    assert (row.gap, row.gap_at, row.state) == ("unread_over_7_days", BEGIN, '{"stream": "posts", "poll": 2}')


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.PlatformUnavailable("x"), "platform_unavailable"),
        (errors.TokenRejected("x"), "token_rejected"),
        (errors.PermissionMissing("x"), "permission_missing"),
        (errors.BudgetSpent("x"), "budget_spent"),
        (errors.RequestRefused("x"), "request_refused"),
        (DependencyUnavailable("x"), "dependency_unavailable"),
        (ZeroDivisionError("x"), "failed"),
    ],
)
async def test_a_failure_ends_in_an_outcome_and_the_next_reading_works(
    ingest: Ingest, error: Exception, code: str
) -> None:
    ingest.platform.error = error
    assert (await ingest.poll([])).code == code
    ingest.platform.error = None
    assert (await ingest.poll([seen()])).code == "ok"


async def test_a_rate_limit_says_until_when(ingest: Ingest) -> None:
    ingest.platform.error = errors.RateLimited("x", BEGIN + timedelta(seconds=90))
    assert (await ingest.poll([])).retry_at == BEGIN + timedelta(seconds=90)


async def test_a_rejected_token_is_read_anew(ingest: Ingest) -> None:
    ingest.platform.refuses = errors.TokenRejected("x")
    assert [(await ingest.poll([])).code for _ in range(2)] == ["token_rejected", "token_rejected"]
    assert ingest.platform.open == 0
    ingest.platform.refuses = None
    assert [(await ingest.poll([])).code for _ in range(2)] == ["ok", "ok"]
    assert (ingest.platform.opened, ingest.platform.open) == (3, 1)


async def test_an_account_is_read_by_one_process_until_its_lease_ends(ingest: Ingest) -> None:
    other = ingest.other()
    await ingest.poll([seen()])
    assert (await other.poll()).code == "held_elsewhere"
    ingest.clock.forward(61)
    assert (await other.poll()).code == "ok"
    assert (await ingest.poll()).code == "held_elsewhere"


async def test_a_process_that_lost_its_lease_while_reading_stores_nothing(ingest: Ingest) -> None:
    other = ingest.other(platform=FakePlatform())

    async def other_takes_over() -> None:
        ingest.clock.forward(61)
        assert (await other.poll()).code == "ok"

    ingest.platform.meanwhile = other_takes_over
    assert (await ingest.poll([seen()])).code == "lease_lost"
    assert await ingest.published() == []
    assert await ingest.reader.cursor(ACCOUNT.account_id, "posts") == {"stream": "posts", "poll": 1}


class InterruptedReader(IngestReader):
    """Lets something happen once, between reading what is known and storing what is new."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def known(self, account_id: str, first_ids: Iterable[str]) -> dict[str, Known]:
        found = await super().known(account_id, first_ids)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return found


async def test_media_that_arrives_between_reading_and_storing_is_not_written_over(ingest: Ingest) -> None:
    reader = InterruptedReader(ingest.database)
    process, address = ingest.other(reader=reader), "https://media.example/p1"
    process.platform.media = {address: errors.PlatformUnavailable("x")}
    await process.poll([seen(attachments=(picture("p1", address),))])
    for _ in range(2):
        await process.media.round()
        process.clock.forward(31)
    process.platform.media = {address: JPEG}
    reader.meanwhile = process.media.round
    assert (await process.poll([seen(text="edited", attachments=(picture("p1", address),))])).code == "ok"
    await process.media.round()
    posts = [(post.revision_no, post.cause, post.attachments[0].media is None) for post in await ingest.published()]
    assert posts == [(1, "created", True), (2, "media", False), (3, "edited", False)]


async def test_without_the_register_polls_go_on_for_a_minute_and_then_wait(ingest: Ingest) -> None:
    await ingest.poll([seen("1")])
    ingest.register.failure = DependencyUnavailable("x")
    ingest.clock.forward(60)
    assert (await ingest.poll([seen("2")])).code == "ok"
    ingest.clock.forward(1)
    assert (await ingest.poll([seen("3")])).code == "dependency_unavailable"
    first, second = await ingest.published()
    assert second.versions == first.versions
    ingest.register.failure = None
    assert (await ingest.poll([seen("3")])).new == 1
