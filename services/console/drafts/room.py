"""How much of what people send is held in memory at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

HELD_AT_ONCE: Final = 240 * 2**20
"""Bytes of forms; with what is made of them the process needs twice as many."""


class UploadRoom:
    """Lets whoever sends something wait, before it is read, until there is room for it."""

    def __init__(self, size: int = HELD_AT_ONCE) -> None:
        self._size = size
        self._free = size
        self._freed = asyncio.Condition()

    @asynccontextmanager
    async def held(self, size: int) -> AsyncIterator[None]:
        """Keep room for so many bytes; what is larger than all of the room takes all of it."""
        needed = min(size, self._size)
        async with self._freed:
            await self._freed.wait_for(lambda: self._free >= needed)
            self._free -= needed
        try:
            yield
        finally:
            async with self._freed:
                self._free += needed
                self._freed.notify_all()
