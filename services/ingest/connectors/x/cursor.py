"""Where a stream of X was read up to, and what to ask for next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.ingest.connectors.connector import Cursor
from services.ingest.connectors.x.posts import snowflake, snowflake_time

OVERLAP: Final = timedelta(minutes=60)
REACH: Final = timedelta(days=7)
SEARCH_REACH: Final = REACH - timedelta(
    hours=1
)  # X refuses a since_id older than its reach: allow for clocks that differ
LONGEST_QUERY: Final = 512
_OR: Final = " OR "


@dataclass(frozen=True, slots=True)
class Position:
    """The newest id that was read, when the stream was last read to its end, and the threads read then."""

    newest: str | None = None
    read_at: datetime | None = None
    threads: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cursor: Cursor) -> "Position":
        """Read a stored cursor."""
        read_at = cursor.get("read_at")
        return cls(
            cursor.get("newest"),
            datetime.fromisoformat(read_at) if read_at else None,
            frozenset(cursor.get("threads", ())),
        )

    def cursor(self) -> Cursor:
        """Write the cursor to store."""
        read_at = self.read_at.isoformat() if self.read_at else None
        return {"newest": self.newest, "read_at": read_at, "threads": sorted(self.threads)}

    def since_id(self) -> str | None:
        """Return the id to ask from: an hour before the last reading, so that posts that X showed late are read too.

        What is older was seen: a quiet account's last posts, for which X charges once a day, are not asked for again.
        """
        if self.newest is None:
            return None
        read_at = self.read_at or snowflake_time(self.newest)
        return str(min(int(self.newest), snowflake(read_at - OVERLAP)))

    def gap(self, now: datetime) -> str | None:
        """Return a code when the last complete reading is older than what X still gives.

        A newest post older than that is none by itself: a quiet account has no newer one.
        """
        return "unread_over_7_days" if self.read_at is not None and now - self.read_at > REACH else None


def searchable(since_id: str | None, now: datetime) -> str | None:
    """Return the id if the search still reaches it; None asks for everything within its reach."""
    return since_id if since_id is not None and int(since_id) > snowflake(now - SEARCH_REACH) else None


def thread_queries(threads: Sequence[str]) -> list[str]:
    """Return as few queries as possible that find every post of the threads, each within X's 512 characters."""
    queries: list[str] = []
    for thread in threads:
        term = f"conversation_id:{thread}"
        if queries and len(queries[-1]) + len(_OR) + len(term) <= LONGEST_QUERY:
            queries[-1] += _OR + term
        else:
            queries.append(term)
    return queries
