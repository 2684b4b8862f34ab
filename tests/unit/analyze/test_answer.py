"""The lanes: what came as backfill is answered as backfill, and the same post is answered alike however it is asked."""

import pytest

from schemas import ids
from schemas.analysis import Analysis
from schemas.events import Event
from schemas.post import Post
from services.analyze.answer import Answer
from tests.support.events import make_analysis, make_post


class Checker:
    async def check(self, post: Post) -> Analysis:
        return make_analysis(post, run_id=post.run_id)


class Published:
    def __init__(self) -> None:
        self.events: list[tuple[str, Event]] = []

    async def publish(self, topic: str, event: Event) -> None:
        self.events.append((topic, event))


@pytest.mark.parametrize(
    ("trigger", "topic"),
    [("live", "analyses"), ("recheck", "analyses.backfill"), ("audit", "analyses.backfill")],
)
async def test_a_check_is_answered_on_its_lane(trigger: str, topic: str) -> None:
    published = Published()
    post = make_post(trigger=trigger, run_id=None if trigger == "live" else ids.run_id(trigger))
    await Answer("abuse", Checker(), published).post(post)
    ((where, answer),) = published.events
    assert where == topic
    assert isinstance(answer, Analysis)
    assert (answer.check_id, answer.trigger, answer.run_id) == (post.check_id, trigger, post.run_id)


async def test_a_check_of_other_detectors_is_left_to_them() -> None:
    published = Published()
    await Answer("faces", Checker(), published).post(make_post(required=("abuse", "details")))
    assert published.events == []
