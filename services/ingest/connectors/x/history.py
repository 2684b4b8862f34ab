"""Everything that X still gives of an account, newest first: its own posts (3,200), then what names it (800)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.ingest.connectors.connector import Cursor, Observation, Page
from services.ingest.connectors.errors import PermissionMissing, PlatformUnavailable
from services.ingest.connectors.x.client import XClient
from services.ingest.connectors.x.posts import read_posts

ATTEMPTS: Final = 3


class Request(Protocol):
    """One request for a list, all its parameters given but those that say which part of it."""

    async def __call__(self, **part: str) -> dict[str, Any]:
        """Send it and return the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """How far everything was read: the name of the list, and the id below which it goes on; no list at the end.

    X's own page tokens expire; an id does not, and below it there is always less left.
    """

    list_name: str | None
    until_id: str | None = None

    def cursor(self) -> Cursor:
        """Write the cursor to store."""
        return {"list": self.list_name, "until_id": self.until_id}


class XHistory:
    """Reads the lists, in the order in which they are given, one page at a time."""

    def __init__(self, client: XClient, user_id: str, lists: dict[str, Request]) -> None:
        self._client = client
        self._user_id = user_id
        self._lists = lists

    async def pages(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Yield page after page from where a cursor says; the last one has `more` False."""
        names = list(self._lists)
        place = Place(cursor["list"], cursor["until_id"]) if cursor else Place(names[0])
        if place.list_name is None:
            yield Page((), cursor, more=False, budget=self._client.budget)
        while (name := place.list_name) is not None:
            posts, lowest = await self._below(self._lists[name], place.until_id)
            if lowest is not None:
                place = Place(name, lowest)
            else:
                behind = names[names.index(name) + 1 :]
                place = Place(behind[0] if behind else None)
            yield Page(posts, place.cursor(), more=place.list_name is not None, budget=self._client.budget)

    async def _below(self, request: Request, until_id: str | None) -> tuple[tuple[Observation, ...], str | None]:
        """Return one page below an id, its oldest post first, and the lowest id of it unless it is the last.

        Raises:
            PlatformUnavailable: X gives an empty page, or one that was read already, again and again.
        """
        place = {"until_id": until_id} if until_id else {}
        token: str | None = None
        for _ in range(ATTEMPTS):
            answer = await request(**place, **({"pagination_token": token} if token else {}))
            if "data" not in answer and answer.get("errors"):
                raise PermissionMissing("X does not show this account: it is protected, suspended or gone")
            shown = [int(post["id"]) for post in answer.get("data") or () if str(post.get("id")).isdecimal()]
            below = [number for number in shown if until_id is None or number < int(until_id)]
            following = (answer.get("meta") or {}).get("next_token")
            if below or not following:
                wanted = {str(number) for number in below}
                posts = [post for post in read_posts(answer, self._user_id) if post.object_id in wanted]
                return tuple(reversed(posts)), str(min(below)) if below and following else None
            token = None if shown else following  # an empty page may have more behind it; a known one came by mistake
        raise PlatformUnavailable("X gives the same pages again and again")
