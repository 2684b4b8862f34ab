"""An Instagram account of the sandbox, read by the real connector into the real tables."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.connectors import Bench, bench_on
from tests.support.polling import Read, named, polled
from tests.support.sandbox import running_sandbox


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox() as sandbox, bench_on("instagram", sandbox) as bench:
        yield bench


@pytest.fixture
async def read(bench: Bench, tmp_path: Path) -> AsyncIterator[Read]:
    async with polled(bench, tmp_path) as read:
        yield read


async def test_everything_on_an_account_becomes_a_check_of_its_kind(bench: Bench, read: Read) -> None:
    own = await bench.says("own")
    mention = await bench.says("names the school", author="a_club")
    comment = await bench.says("comment", author="a_parent", parent_id=own["id"])
    reply = await bench.says("reply", author="b_parent", parent_id=comment["id"])
    answer = await bench.says("the school's answer", parent_id=reply["id"])
    found = named(await read())
    kinds = {each: (post.kind, post.author.relation, len(post.attachments)) for each, post in found.items()}
    assert kinds == {
        own["id"]: ("post", "official", 1),
        mention["id"]: ("mention", "unknown", 1),
        comment["id"]: ("comment", "unknown", 0),
        reply["id"]: ("reply", "unknown", 0),
        answer["id"]: ("reply", "official", 0),
    }
    assert found[reply["id"]].parent_id == found[comment["id"]].post_id
    assert found[answer["id"]].root_id == found[own["id"]].post_id
    assert await read() == []


async def test_an_edited_caption_and_a_hidden_comment_are_revisions(bench: Bench, read: Read) -> None:
    medium = await bench.says("befor")
    comment = await bench.says("rude", author="a_parent", parent_id=medium["id"])
    await read()
    await bench.sandbox.edit("instagram", medium["id"], text="before")
    await bench.sandbox.call("POST", f"/admin/posts/instagram/{comment['id']}/hide", {"hidden": True})
    found = named(await read())
    assert {each: (post.cause, post.revision_no, post.visibility) for each, post in found.items()} == {
        medium["id"]: ("edited", 2, "public"),
        comment["id"]: ("visibility", 2, "hidden"),
    }
