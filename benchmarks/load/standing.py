"""Connections that only stay."""

import asyncio

from benchmarks.load.client import sign_in_all
from benchmarks.load.measuring import resident_bytes
from benchmarks.people import World

_FIRST = 50


async def idle(port: int, world: World, count: int) -> dict[str, float]:
    """Open connections of one user each; the server's growth for each."""
    # The first ones make the server allocate what it keeps: buffers, statements, threads.
    clients = await sign_in_all(port, world.tokens[:_FIRST])
    first = resident_bytes()
    clients += await sign_in_all(port, world.tokens[_FIRST : _FIRST + count])
    await asyncio.sleep(1)
    opened = len(clients) - _FIRST
    return {"connections": float(opened), "bytes_per_connection": (resident_bytes() - first) / opened}
