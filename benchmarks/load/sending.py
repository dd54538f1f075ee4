"""People in pairs, one of each sending to the other."""

import asyncio
import os
import time

from benchmarks.load.client import Client, open_client, sign_in_all
from benchmarks.load.measuring import cpu_s, quantiles_ms
from benchmarks.load.sender import Sender, message
from benchmarks.people import World


async def saturate(
    port: int, world: World, senders: int, outstanding: int, duration_s: float
) -> dict[str, float]:
    """As fast as the server confirms: ``outstanding`` sends from each of ``senders``."""
    made, delivered = await _make_senders(port, world, senders)
    start_s = time.perf_counter()
    cpu_started = cpu_s()
    for each in made:
        each.keep = outstanding
        for _ in range(outstanding):
            each.send()
    await asyncio.sleep(duration_s)
    for each in made:
        each.keep = 0
    elapsed_s = time.perf_counter() - start_s
    confirmed = sum(len(each.latencies_s) for each in made)
    spent_s = cpu_s() - cpu_started
    await asyncio.sleep(0.5)
    return {
        "messages_per_s": confirmed / elapsed_s,
        "cpu_us_per_message": spent_s / max(1, confirmed) * 1e6,
        "delivered": float(delivered[0]),
        "refused": float(sum(each.refused for each in made)),
        **quantiles_ms([latency for each in made for latency in each.latencies_s]),
    }


async def offer(
    port: int, world: World, senders: int, rate_per_s: float, duration_s: float
) -> dict[str, float]:
    """A steady rate spread over the senders, whatever comes back."""
    made, _ = await _make_senders(port, world, senders)
    cpu_started = cpu_s()
    start_s = time.perf_counter()
    sent = 0
    while (now_s := time.perf_counter() - start_s) < duration_s:
        while sent < now_s * rate_per_s:
            made[sent % senders].send()
            sent += 1
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.5)
    latencies = [latency for each in made for latency in each.latencies_s]
    return {
        "messages_per_s": len(latencies) / duration_s,
        "cpu_us_per_message": (cpu_s() - cpu_started) / max(1, len(latencies)) * 1e6,
        **quantiles_ms(latencies),
    }


async def relay(
    port: int, world: World, senders: int, outstanding: int, duration_s: float
) -> dict[str, float]:
    """The same load on the bare relay, which answers every frame and passes it to one other."""
    confirmed = [0]
    going = [True]
    clients = [await open_client(port) for _ in range(senders * 2)]
    for sender in clients[::2]:

        def take(payload: bytes, sender: Client = sender) -> None:
            confirmed[0] += 1
            if going[0]:
                sender.send(message(1, 1, 1))

        sender.on_frame = take
    cpu_started = cpu_s()
    start_s = time.perf_counter()
    for sender in clients[::2]:
        for _ in range(outstanding):
            sender.send(message(1, 1, 1))
    await asyncio.sleep(duration_s)
    going[0] = False
    elapsed_s = time.perf_counter() - start_s
    count, spent_s = confirmed[0], cpu_s() - cpu_started
    await asyncio.sleep(0.2)
    return {"messages_per_s": count / elapsed_s, "cpu_us_per_message": spent_s / max(1, count) * 1e6}


async def _make_senders(port: int, world: World, count: int) -> tuple[list[Sender], list[int]]:
    delivered = [0]

    def deliver(payload: bytes) -> None:
        delivered[0] += 1

    clients = await sign_in_all(port, world.tokens[: 2 * count])
    for receiver in clients[1::2]:
        receiver.on_frame = deliver
    started = os.getpid() * 1000
    return [
        Sender(client, conversation_id, started + number)
        for number, (client, conversation_id) in enumerate(
            zip(clients[::2], world.conversation_ids, strict=False)
        )
    ], delivered
