"""How far an account's posts and comments were read, and which posts' comments to read again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.ingest.connectors.connector import Cursor

RECENT: Final = timedelta(days=2)
LISTED: Final = timedelta(days=14)
DAILY: Final = timedelta(days=1)
WEEKLY: Final = timedelta(days=7)
OVERLAP: Final = timedelta(hours=1)
"""Added to what is looked through again: posts are shown late, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A post as a list shows it: when it last changed, and how many comments it says to have.

    `updated_at` is None where the platform tells no such time (Instagram): the number of comments has to do.
    """

    post_id: str
    created_at: datetime
    updated_at: datetime | None
    comments: int
    text: str | None = None
    url: str | None = None

    @property
    def mark(self) -> str | None:
        """What changes when somebody comments; None for a post that shows no sign of anybody."""
        if self.updated_at is None:
            return str(self.comments) if self.comments else None
        return f"{self.updated_at:%Y%m%d%H%M%S}/{self.comments}"


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a stream.

    `begun`: nothing older is read, it belongs to an audit; `all_at`: when every post was last listed; `swept_at`: when
    every post's comments were last read; `marks`: the posts as they were when last listed: those of the last two weeks,
    and without end those that tell no time of their last change.
    """

    begun: datetime
    all_at: datetime
    swept_at: datetime
    marks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: Cursor, now: datetime, backlog: timedelta) -> "Progress":
        """Read a stored cursor; the first reading goes back as far as `backlog`."""
        if not cursor:
            return cls(now - backlog, now - max(backlog, DAILY), now)
        begun, all_at, swept_at = (datetime.fromisoformat(cursor[name]) for name in ("begun", "all_at", "swept_at"))
        return cls(begun, all_at, swept_at, cursor.get("marks", {}))

    def cursor(self) -> Cursor:
        """Write the cursor to store."""
        times = {name: getattr(self, name).isoformat() for name in ("begun", "all_at", "swept_at")}
        return times | {"marks": dict(self.marks)}

    def lists_all(self, now: datetime) -> bool:
        """Tell whether it is time to list every post, not only those of the last two weeks."""
        return now - self.all_at >= DAILY

    def sweeps(self, now: datetime) -> bool:
        """Tell whether it is time to read every post's comments, changed or not."""
        return now - self.swept_at >= WEEKLY

    def since(self, now: datetime) -> datetime | None:
        """Return from when on to list posts; None for all of them."""
        return None if self.lists_all(now) or self.sweeps(now) else now - LISTED

    def reads(self, post: Listed, now: datetime) -> bool:
        """Tell whether to read a post's comments now.

        A new comment shows on the post. An edited or hidden one does not, so comments are also read without a sign:
        those of the last two days' posts every time, of two weeks' posts daily, of older ones weekly.
        """
        age = now - post.created_at
        if post.updated_at is None or age <= LISTED + OVERLAP:
            changed = self.marks.get(post.post_id) != post.mark
        else:
            changed = post.updated_at > self.all_at - OVERLAP
        again = age <= RECENT or self.sweeps(now) or (self.lists_all(now) and age <= LISTED)
        return changed or (again and post.comments > 0)

    def after(self, posts: Mapping[str, Listed], now: datetime) -> "Progress":
        """Return the progress once these posts and their comments were read at `now`."""
        complete = self.since(now) is None
        marks = {
            post.post_id: post.mark
            for post in posts.values()
            if post.mark and (post.updated_at is None or now - post.created_at <= LISTED + OVERLAP)
        }
        unlisted = {} if complete else {each: mark for each, mark in self.marks.items() if each not in posts}
        return Progress(
            begun=self.begun,
            all_at=now if complete else self.all_at,
            swept_at=now if self.sweeps(now) else self.swept_at,
            marks=unlisted | marks,
        )
