"""How far the back catalogue of an account was read: newest first, its own media and then those that name it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.ingest.connectors.connector import Cursor
from services.ingest.connectors.graph.progress import Listed

MEDIA: Final = "media"
TAGS: Final = "tags"
EDGES: Final = (MEDIA, TAGS)
DONE: Final = "done"
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the lists `EDGES`, told by time: Instagram's own paging cursors do not last.

    Everything newer than `before` is read, and of that very second the media `passed`. Of the medium `reading`, where
    there is one, the comments before `after` are read too.
    """

    edge: str = MEDIA
    before: datetime | None = None
    passed: tuple[str, ...] = ()
    reading: str | None = None
    after: str | None = None

    @classmethod
    def of(cls, cursor: Cursor) -> "Place":
        """Read a stored cursor; an empty one is the beginning."""
        if not cursor:
            return cls()
        before = datetime.fromisoformat(cursor["before"]) if cursor["before"] else None
        return cls(cursor["edge"], before, tuple(cursor["passed"]), cursor["reading"], cursor["after"])

    def cursor(self) -> Cursor:
        """Write the cursor to store."""
        before = self.before.isoformat() if self.before else None
        return {
            "edge": self.edge,
            "before": before,
            "passed": list(self.passed),
            "reading": self.reading,
            "after": self.after,
        }

    @property
    def edges(self) -> Sequence[str]:
        """The lists that are not read to their end yet, this one first."""
        return EDGES[EDGES.index(self.edge) :] if self.edge in EDGES else ()

    @property
    def window(self) -> dict[str, str]:
        """The arguments that leave out what is read. Only the list of an account's own media knows them."""
        if self.before is None or self.edge != MEDIA:
            return {}
        return {"until": str(int((self.before + _SECOND).timestamp()))}

    def has_passed(self, medium: Listed) -> bool:
        """Tell whether a medium and everything below it is read."""
        return self.before is not None and (medium.created_at > self.before or medium.post_id in self.passed)

    def comments_from(self, medium: Listed) -> str | None:
        """Return where to go on reading a medium's comments; None for their beginning."""
        return self.after if self.reading == medium.post_id else None

    def within(self, medium: Listed, after: str) -> "Place":
        """Return the place in the middle of a medium's comments."""
        return replace(self, reading=medium.post_id, after=after)

    def past(self, medium: Listed) -> "Place":
        """Return the place behind a medium."""
        same = self.passed if medium.created_at == self.before else ()
        return Place(self.edge, medium.created_at, (*same, medium.post_id))

    def on(self, edge: str) -> "Place":
        """Return the beginning of a list, or this place if it is in that list already."""
        return self if edge == self.edge else Place(edge)
