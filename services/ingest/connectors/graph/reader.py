"""The Graph API for asynchronous callers: the SDK waits for its answers, so it does that in a thread."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, TypeVar

from services.ingest.connectors.connector import Budget
from services.ingest.connectors.errors import PermissionMissing, RequestRefused
from services.ingest.connectors.graph.client import Graph
from services.ingest.connectors.graph.errors import NotThere
from services.ingest.connectors.graph.items import Json

IDS_AT_ONCE: Final = 50
T = TypeVar("T")


class GraphReader:
    """Reads objects, lists and several objects at once, one request at a time."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._turn = asyncio.Lock()  # the SDK's session serves one thread at a time

    @property
    def budget(self) -> Budget | None:
        """What the last answer said of the allowance."""
        return self._graph.budget

    async def object(self, object_id: str, fields: str) -> Json:
        """Read one object; NotThere where this token sees none."""
        return await self._ask(self._graph.get_object, object_id, fields=fields)

    async def first(self, node: str, edge: str, fields: str) -> Json:
        """Read the beginning of a list: one item."""
        return await self._ask(self._graph.get_connections, node, edge, fields=fields, limit=1)

    async def objects(self, ids: Sequence[str], fields: str) -> dict[str, Json | None]:
        """Read objects by id, any number of them: None where this token sees none, left out where it is refused."""
        found: dict[str, Json | None] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            found |= await self._together(ids[start : start + IDS_AT_ONCE], fields)
        return found

    async def page(self, node: str, edge: str, **arguments: str) -> tuple[list[Json], str | None]:
        """Read one page of a list, and where the next one begins: None on the last one."""
        return await self._ask(next, self._graph.pages(node, edge, **arguments))

    async def pages(self, node: str, edge: str, **arguments: str) -> AsyncIterator[tuple[list[Json], str | None]]:
        """Yield a list's items page after page, and where the next page begins: None on the last one."""
        pages = self._graph.pages(node, edge, **arguments)
        while (page := await self._ask(next, pages, None)) is not None:
            yield page

    def close(self) -> None:
        """Close the connections."""
        self._graph.close()

    async def _together(self, ids: Sequence[str], fields: str) -> dict[str, Json | None]:
        try:
            items: dict[str, Json] = await self._ask(self._graph.get_objects, ids, fields=fields)
        except (PermissionMissing, RequestRefused) as refused:  # one id spoils all: halve until it is alone
            if len(ids) == 1:
                return {ids[0]: None} if isinstance(refused, NotThere) else {}
            half = len(ids) // 2
            return await self._together(ids[:half], fields) | await self._together(ids[half:], fields)
        return {each: items[each] for each in ids if each in items}

    async def _ask(self, request: Callable[..., T], *arguments: Any, **parameters: Any) -> T:
        async with self._turn:
            return await asyncio.to_thread(request, *arguments, **parameters)
