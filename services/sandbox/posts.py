"""What a platform keeps: users, posts with every version they had, pictures; and the sandbox's movable clock."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from services.shared.clock import Clock, SystemClock
from services.shared.errors import InputRejected

Platform = Literal["x", "facebook", "instagram"]
Kind = Literal["post", "comment", "reply", "quote", "mention", "visitor_post", "story"]
Standing = Literal["public", "protected", "suspended"]
PLATFORMS: Final[tuple[Platform, ...]] = ("x", "facebook", "instagram")


def platform_named(name: str) -> Platform:
    """Return the platform with this name; InputRejected where there is none."""
    for platform in PLATFORMS:
        if platform == name:
            return platform
    raise InputRejected(f"no platform {name!r}: choose one of {', '.join(PLATFORMS)}")


class MovableClock:
    """The machine's time plus an offset that only grows, so that ids and times never run backwards."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the sandbox's current moment, with zone."""
        return self._clock.now() + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move forward; ValueError for a step back."""
        if seconds < 0:
            raise ValueError("the clock only moves forward: give advance_s of 0 or more")
        self._offset += timedelta(seconds=seconds)
        return self.now()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account on one platform."""

    id: str
    platform: Platform
    handle: str
    name: str
    created_at: datetime
    official: bool


@dataclass(frozen=True, slots=True)
class Media:
    """One picture of a post. `picture` names it in the picture catalogue; `key` is the platform's name for it."""

    key: str
    picture: str


@dataclass(frozen=True, slots=True)
class Version:
    """What a post said from `at` until the next version. On X each version has an id of its own."""

    id: str
    text: str
    media: tuple[Media, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Label:
    """What ought to be found in a post: a category of `schemas.categories`, and the pupil it is about."""

    category: str
    admission_no: str | None = None


@dataclass(slots=True)
class Post:
    """One post of any kind on one platform. `parent_id` is what it answers or quotes; `root_id` starts its thread.

    `account` is the official account on which it happens: what it says itself, or what others say on it or at it.
    `addressed` are the handles that X puts in front of the text (`@one @two `).
    """

    platform: Platform
    kind: Kind
    author: User
    account: User
    root_id: str
    parent_id: str | None
    created_at: datetime
    visible_from: datetime
    versions: list[Version]
    addressed: str = ""
    labels: tuple[Label, ...] = ()
    hidden: bool = False
    deleted_at: datetime | None = None
    touched_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    @property
    def id(self) -> str:
        """The id of the first version, which names the post."""
        return self.versions[0].id

    @property
    def latest(self) -> Version:
        """What the post says now."""
        return self.versions[-1]

    def visible(self, now: datetime) -> bool:
        """Tell whether the platform shows this post at all (hidden ones it still shows to its owner)."""
        return self.deleted_at is None and self.visible_from <= now
