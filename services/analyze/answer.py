"""Answers the checks that come over Kafka, each on the lane on which it came."""

from typing import Final, Protocol

from schemas.analysis import Analysis
from schemas.events import Event
from schemas.post import Post

LIVE: Final = "live"
LIVE_ANSWERS: Final = "analyses"
BACKFILL_ANSWERS: Final = "analyses.backfill"


class Checks(Protocol):
    """Answers a check (services/analyze/check.py)."""

    async def check(self, post: Post) -> Analysis:
        """Answer one check; DependencyUnavailable when it must be asked again."""
        ...


class Publisher(Protocol):
    """Publishes events (services/shared/kafka.py)."""

    async def publish(self, topic: str, event: Event) -> None:
        """Publish an event; DependencyUnavailable when the broker does not answer."""
        ...


class Answer:
    """One detector's answers; a check that does not require it has none."""

    def __init__(self, detector: str, checker: Checks, publisher: Publisher) -> None:
        self._detector = detector
        self._checker = checker
        self._publisher = publisher

    async def post(self, post: Post) -> None:
        """Answer one check.

        Raises:
            DependencyUnavailable: the store, the register or the broker does not answer; ask again.
        """
        if self._detector in post.required:
            analysis = await self._checker.check(post)
            await self._publisher.publish(LIVE_ANSWERS if post.trigger == LIVE else BACKFILL_ANSWERS, analysis)
