"""A group in which one speaks and everybody else is there."""

import asyncio
import time

from benchmarks.load.client import Client, sign_in_all
from benchmarks.load.measuring import cpu_s, quantiles_ms, resident_bytes
from benchmarks.load.sender import Sender, message
from benchmarks.people import World

_FLOOD_BODY = b"x" * 4000


async def fan_out(port: int, world: World, outstanding: int, duration_s: float) -> dict[str, float]:
    """The first user sends to the group as fast as it is confirmed; counted are the deliveries."""
    speaker, *others = await sign_in_all(port, world.tokens)
    delivered = _count_deliveries(others)
    sender = Sender(speaker, world.conversation_ids[-1], 1)
    sender.keep = outstanding
    cpu_started, start_s = cpu_s(), time.perf_counter()
    for _ in range(outstanding):
        sender.send()
    await asyncio.sleep(duration_s)
    sender.keep = 0
    await asyncio.sleep(0.5)  # what is under way
    spent_s, elapsed_s = cpu_s() - cpu_started, time.perf_counter() - start_s
    return {
        "deliveries_per_s": delivered[0] / elapsed_s,
        "deliveries_per_cpu_s": delivered[0] / spent_s,
        "members": float(len(others)),
        **quantiles_ms(sender.latencies_s),
    }


async def stalled(port: int, world: World, rate_per_s: float, duration_s: float) -> dict[str, float]:
    """The same at a steady rate, beside another user who floods the last one; who reads that at first, and
    then no more. The last three of ``world`` are not in the group."""
    speaker, *others = await sign_in_all(port, world.tokens[:-3])
    arrived: list[float] = []
    last_sent_s = [0.0]

    def take(payload: bytes) -> None:
        if payload.startswith(b'[{"type":"NEW_MESSAGE"'):
            arrived.append(time.perf_counter() - last_sent_s[0])

    for each in others:
        each.on_frame = take
    sender = Sender(speaker, world.conversation_ids[-1], 1)
    group_rate_per_s = rate_per_s / len(others)

    async def speak() -> tuple[dict[str, float], int]:
        arrived.clear()
        watch = asyncio.create_task(_most_resident())
        flood = asyncio.create_task(_flood(flooder, world.conversation_ids[-2]))
        for _ in range(int(duration_s * group_rate_per_s)):
            last_sent_s[0] = time.perf_counter()
            sender.send()
            await asyncio.sleep(1 / group_rate_per_s)
        flood.cancel()
        watch.cancel()
        return quantiles_ms(arrived), await watch

    flooder, victim = await sign_in_all(port, world.tokens[-2:])
    await speak()  # until the server's cache has its size
    before, before_bytes = await speak()
    victim.transport.pause_reading()
    beside, beside_bytes = await speak()
    return {
        "deliveries_per_s": len(arrived) / duration_s,
        "alone_p99_ms": before["p99_ms"],
        "stalled_p99_ms": beside["p99_ms"],
        "grown_bytes": float(beside_bytes - before_bytes),
    }


async def _most_resident() -> int:
    most = 0
    try:
        while True:
            most = max(most, resident_bytes())
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return most


async def _flood(flooder: Client, conversation_id: int) -> None:
    """A steady 400 long messages a second."""
    number = 10
    while True:
        number += 1
        flooder.send(message(number, conversation_id, number << 64, _FLOOD_BODY))
        await asyncio.sleep(0.0025)


def _count_deliveries(clients: list[Client]) -> list[int]:
    delivered = [0]

    def deliver(payload: bytes) -> None:
        delivered[0] += 1

    for each in clients:
        each.on_frame = deliver
    return delivered
