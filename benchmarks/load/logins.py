"""Everybody signing in with a password at once."""

import asyncio
import json
import time

from benchmarks.load.client import Client, ask, open_client
from benchmarks.load.measuring import quantiles_ms
from benchmarks.people import PASSWORD, World

_AT_ONCE = 64


async def logins(port: int, world: World, duration_s: float) -> dict[str, float]:
    """Sign-ins on new connections, so many under way at any time."""
    done, names = 0, iter(world.names * 1000)
    end_s = time.perf_counter() + duration_s

    async def go_on() -> None:
        nonlocal done
        while time.perf_counter() < end_s:
            client = await open_client(port)
            await ask(
                client,
                {"type": "SIGN_IN", "id": 1, "user_name": next(names), "password": PASSWORD},
                "SIGNED_IN",
            )
            done += 1
            client.transport.close()

    began_s = time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(_AT_ONCE)))
    return {"logins_per_s": done / (time.perf_counter() - began_s)}


async def lag(port: int, world: World, duration_s: float) -> dict[str, float]:
    """How long the server's loop takes to answer what needs neither disk nor thread, asked each 5 ms."""
    client = await open_client(port)
    taken: list[float] = []
    end_s = time.perf_counter() + duration_s
    while time.perf_counter() < end_s:
        began_s = time.perf_counter()
        await _refused(client)
        taken.append(time.perf_counter() - began_s)
        await asyncio.sleep(0.005)
    return quantiles_ms(taken)


async def _refused(client: Client) -> None:
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    client.on_frame = answered.set_result
    client.send(json.dumps({"type": "FIND_PEOPLE", "id": 1}).encode())
    await answered
