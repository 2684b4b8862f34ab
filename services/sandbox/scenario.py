"""A scripted life of the school: a back story, an opening with the cases of a demonstration, then posts for ever."""

import asyncio
import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.posts import Platform, Post
from services.sandbox.script import Item, Script, fill, load_script
from services.sandbox.store import NewPost, Store

FIRST_DELAY_S: Final = 0.5
BACK_STORY_STEP: Final = timedelta(hours=31)
ANSWERED_AFTER: Final = timedelta(minutes=40)
RECENT: Final = 4  # comments go to one of the school's last posts
ROUND: Final = (
    "posts", "comments", "criticism", "comments", "caught_comments", "comments", "posts", "comments", "caught_posts",
)  # fmt: skip
"""The sections of the script in the order in which they take turns."""


class Scenario:
    """Publishes the script's items one by one. The same seed tells the same story."""

    def __init__(
        self, store: Store, pictures: PictureCatalogue, *, platforms: Sequence[Platform], interval_s: float, seed: int
    ) -> None:
        self.interval_s = interval_s
        self.running = False
        self._store = store
        self._pictures = pictures
        self._platforms = tuple(platforms)
        self._seed = seed
        self._script: Script = load_script()
        self._changed = asyncio.Event()
        self._begin()

    def restart(self) -> None:
        """Tell the story from its beginning; the back story is there at once."""
        self._begin()
        self._tell_back_story()
        self._changed.set()

    def control(self, *, running: bool | None = None, interval_s: float | None = None) -> None:
        """Pause, resume or change the pace; a resumed scenario goes on at once."""
        self.running = self.running if running is None else running
        self.interval_s = interval_s or self.interval_s
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish an item every interval until `stop`."""
        delay = FIRST_DELAY_S
        while not stop.is_set():
            timed_out = await self._wait(stop, delay if self.running else None)
            if self.running and timed_out:
                self.publish_next()
                delay = self.interval_s
            else:
                delay = FIRST_DELAY_S

    def publish_next(self) -> Post:
        """Publish the next item now."""
        item = next(self._items)
        platform = self._rng.choice(self._platforms)
        return self._publish(item, platform, self._recent_post(platform) if item.comment else None, timedelta())

    def _begin(self) -> None:
        self._rng = random.Random(self._seed)  # noqa: S311 - a story, not a secret
        self._items = itertools.chain(self._script.opening, self._rounds())

    def _rounds(self) -> Iterator[Item]:
        decks: dict[str, list[Item]] = {section: [] for section in ROUND}
        for section in itertools.cycle(ROUND):
            if not decks[section]:
                items: list[Item] = getattr(self._script, section)
                decks[section] = self._rng.sample(items, len(items))
            yield decks[section].pop()

    def _tell_back_story(self) -> None:
        for steps_ago, item in zip(range(len(self._script.back_story), 0, -1), self._script.back_story, strict=True):
            ago = BACK_STORY_STEP * steps_ago
            posts = [self._publish(item, platform, None, ago) for platform in self._platforms]
            for number, text in enumerate(item.comments, start=1):
                for post in posts:
                    self._publish(Item(comment=text), post.platform, post, ago - ANSWERED_AFTER * number)

    def _publish(self, item: Item, platform: Platform, parent: Post | None, ago: timedelta) -> Post:
        text, labels = fill(item, self._store.school, self._rng)
        speaker = self._script.speaker(item, self._rng) if item.comment else None
        seen = tuple(label for picture in item.pictures for label in self._pictures.labels(picture))
        return self._store.create(
            NewPost(
                platform=platform,
                text=text,
                pictures=item.pictures,
                author=speaker.handle if speaker else None,
                author_name=speaker.name if speaker else None,
                parent_id=parent.id if parent else None,
                labels=labels + seen,
                ago=ago,
            )
        )

    def _recent_post(self, platform: Platform) -> Post | None:
        """Return one of the school's latest posts; None (a mention then) when everything was deleted."""
        account = self._store.accounts[platform]
        own = [post for post in self._store.visible(platform) if post.kind == "post" and post.author is account]
        return self._rng.choice(own[-RECENT:]) if own else None

    async def _wait(self, stop: asyncio.Event, seconds: float | None) -> bool:
        """Wait; return True when the time is over, False when `stop` or a change came first."""
        waiting = {asyncio.create_task(stop.wait()), asyncio.create_task(self._changed.wait())}
        done, pending = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        self._changed.clear()
        return not done
