"""Noticing connections whose other end is gone without a word: one task for all of them."""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

_CHUNK = 100


class Pinged(Protocol):
    """A connection as it is kept alive."""

    def check_alive(self) -> None:
        """Send a ping, or drop the connection if nothing has come since the last one. Never raises."""


async def keep_alive(connections: Callable[[], Collection[Pinged]], interval_s: float) -> None:
    """Ping every connection once in ``interval_s``, spread over that time, until it is cancelled."""
    while True:
        waiting = list(connections())
        chunks = max(1, -(-len(waiting) // _CHUNK))
        for start in range(0, chunks * _CHUNK, _CHUNK):
            await asyncio.sleep(interval_s / chunks)
            for each in waiting[start : start + _CHUNK]:
                each.check_alive()
