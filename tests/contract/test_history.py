"""Reading everything that a platform still gives, over every connector, against the sandbox over loopback."""

import json
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pytest

from services.ingest.connectors import errors
from services.ingest.connectors.connector import Cursor, Observation, Page
from services.sandbox.store import NewPost
from tests.support.connectors import Bench

if TYPE_CHECKING:
    from services.sandbox.posts import Platform


async def read_all(bench: Bench, cursor: Cursor | None = None) -> list[Page]:
    return [page async for page in bench.connector.history(cursor or {})]


async def read_until_error(bench: Bench) -> tuple[list[Page], errors.PlatformError | None]:
    """Read from the beginning and keep the pages that came before an error."""
    got: list[Page] = []
    try:
        async for page in bench.connector.history({}):
            got.append(page)  # noqa: PERF401  # the pages before the error are the point
    except errors.PlatformError as error:
        return got, error
    return got, None


def posts_of(pages: list[Page]) -> list[Observation]:
    return [post for page in pages for post in page.posts]


def names_of(pages: list[Page]) -> list[str]:
    return [post.first_id for post in posts_of(pages)]


def years_of_posts(bench: Bench, count: int) -> list[str]:
    """Publish the posts of three years, some of them answered by a visitor, and return all their ids."""
    names = []
    for number in reversed(range(count)):
        ago, platform = timedelta(days=number * 1095 / count), cast("Platform", bench.name)
        post = bench.sandbox.store.create(NewPost(platform, f"number {number}", ago=ago))
        names.append(post.id)
        if number % 40 == 0:
            answer = NewPost(platform, "well done", author="a_parent", parent_id=post.id, ago=ago)
            names.append(bench.sandbox.store.create(answer).id)
    return names


async def test_everything_is_read_once_however_old_and_the_last_page_says_so(bench: Bench) -> None:
    names = years_of_posts(bench, 130)
    pages = await read_all(bench)
    assert sorted(names_of(pages)) == sorted(names)
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
    own = [post for post in posts_of(pages) if post.kind == "post"]
    assert {post.author.platform_id for post in own} == {bench.account.platform_account}


async def test_the_newest_come_first(bench: Bench) -> None:
    """Facebook ranks its lists, so within a few pages the order is not exact there."""
    years_of_posts(bench, 330)
    own = [[post.published_at for post in page.posts if post.kind == "post"] for page in await read_all(bench)]
    pages = [sorted(at for at in page if at is not None) for page in own if page]
    assert len(pages) > 2
    assert all(older[len(older) // 2] < newer[len(newer) // 2] for newer, older in pairwise(pages))


async def test_a_reading_goes_on_from_any_page(bench: Bench) -> None:
    """A cursor is kept as JSON, and holds nothing of what people wrote or are called."""
    years_of_posts(bench, 130)
    pages = await read_all(bench)
    assert len(pages) > 1
    for number, page in enumerate(pages):
        kept = json.dumps(page.cursor)
        assert "number" not in kept
        assert "well done" not in kept
        behind = await read_all(bench, json.loads(kept))
        assert names_of(behind) == names_of(pages[number + 1 :])
        assert not behind[-1].more


async def test_an_account_without_posts_is_read_to_its_end(bench: Bench) -> None:
    pages = await read_all(bench)
    assert (posts_of(pages), pages[-1].more) == ([], False)


async def test_answers_come_with_what_they_answer(bench: Bench) -> None:
    root = await bench.says("Our new library is open")
    answer = await bench.says("Lovely!", author="a_parent", parent_id=root["id"])
    found = {post.first_id: post for post in posts_of(await read_all(bench))}
    assert found[answer["id"]].parent_id == root["id"]
    assert found[answer["id"]].parent_text == "Our new library is open"


async def test_after_a_failure_the_reading_goes_on_where_it_was(bench: Bench) -> None:
    names = years_of_posts(bench, 130)
    await bench.fails("server_error", after=1)
    got, error = await read_until_error(bench)
    assert isinstance(error, errors.PlatformUnavailable)
    got += await read_all(bench, got[-1].cursor)
    assert sorted(names_of(got)) == sorted(names)


async def test_a_platform_that_runs_in_circles_is_left(bench: Bench) -> None:
    await bench.says("in a circle")
    await bench.fails("looping_page", times=50)
    got, error = await read_until_error(bench)
    assert isinstance(error, errors.PlatformUnavailable)
    assert len(got) < 5


@pytest.mark.parametrize("kind", ["duplicate_page", "empty_page"])
async def test_a_page_that_comes_twice_or_empty_loses_nothing(bench: Bench, kind: str) -> None:
    names = years_of_posts(bench, 250)
    await bench.fails(kind, after=1)
    got, error = await read_until_error(bench)
    if error is not None:
        got += await read_all(bench, got[-1].cursor)
    assert sorted(names_of(got)) == sorted(names)
