"""The load on the server, in a process of its own so that the server's CPU is measured alone.

One asyncio loop and bare sockets with hand-made WebSocket frames, so that the generator is cheap beside the
server. Speaks JSON on stdout: one object with its figures. Not for use by hand; ``server.py`` starts it.
"""

import asyncio
import json
import os
import ssl
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, cast

_MASK = b"\x00\x00\x00\x00"  # a mask of zeros is a legal one, and costs nothing to apply


def frame(payload: bytes) -> bytes:
    """A masked WebSocket text frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, 0x80 | size)) + _MASK + payload
    return bytes((0x81, 0x80 | 126)) + struct.pack("!H", size) + _MASK + payload


class Client(asyncio.Protocol):
    """One WebSocket client; ``on_frame`` gets each text frame's payload."""

    def __init__(self) -> None:
        self.on_frame: Callable[[bytes], None] = lambda payload: None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._upgraded = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are not instances of it
        self.transport.write(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )

    def send(self, payload: bytes) -> None:
        self.transport.write(frame(payload))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            assert b" 101 " in head, head
            self._upgraded = True
            self.opened.set_result(None)
        start, end = 0, len(buffer)
        while end - start >= 2:
            size, body = buffer[start + 1], start + 2
            if size == 126:
                body += 2
            elif size == 127:
                body += 8
            if body > end:
                break
            if size >= 126:
                size = int.from_bytes(buffer[start + 2 : body], "big")
            if body + size > end:
                break
            kind = buffer[start] & 15
            payload = buffer[body : body + size]
            if kind == 1:
                self.on_frame(payload)
            elif kind == 9:
                self.transport.write(bytes((0x8A, 0x80 | len(payload))) + _MASK + payload)
            start = body + size
        self._buffer = buffer[start:]


async def open_client(port: int) -> Client:
    """A connected client."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(Client, "127.0.0.1", port, ssl=_tls())
    await client.opened
    return client


@cache
def _tls() -> ssl.SSLContext | None:
    """TLS to whoever answers, where the environment says that the server speaks it."""
    if not os.environ.get("SERVER_TLS"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def ask(client: Client, command: dict[str, object], until: str) -> dict[str, Any]:
    """Send a command and wait for the first packet of a type."""
    done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def take(payload: bytes) -> None:
        for packet in json.loads(payload):
            if packet["type"] == "ERROR":
                done.set_exception(RuntimeError(packet["message"]))
            elif packet["type"] == until and not done.done():
                done.set_result(packet)

    client.on_frame = take
    client.send(json.dumps(command).encode())
    return await done


async def pair(port: int, number: int) -> tuple[Client, Client, int]:
    """Two new people in a conversation of their own: the first one's client, the second's, and its id."""
    clients, ids = [], []
    for side in "ab":
        client = await open_client(port)
        name = f"{side}{number}.{os.getpid()}"
        registered = await ask(
            client, {"type": "REGISTER", "id": 1, "user_name": name, "password": "benchmark"}, "SIGNED_IN"
        )
        await ask(client, {"type": "USER_CONNECT", "id": 2, "token": registered["token"]}, "CAUGHT_UP")
        clients.append(client)
        ids.append(registered["user"]["user_id"])
    opened = await ask(
        clients[0], {"type": "OPEN_CONVERSATION", "id": 3, "user_id": ids[1]}, "CONVERSATION_OPENED"
    )
    conversation_id = opened["conversation"]["conversation_id"]
    await asyncio.sleep(0)
    return clients[0], clients[1], conversation_id


def message(request_id: int, conversation_id: int, key: int) -> bytes:
    """A SEND_MESSAGE of usual length."""
    return (
        b'{"type":"SEND_MESSAGE","id":%d,"conversation_id":%d,"client_id":"%032x",'
        b'"content":{"kind":"text","body":"The quick brown fox jumps over the lazy dog, twice a day."}}'
        % (request_id, conversation_id, key)
    )


def client_key(number: int) -> int:
    """A UUIDv7-like key: the time first."""
    return (time.time_ns() // 1_000_000 << 80) | (7 << 76) | (number & (2**62 - 1))


class Sender:
    """Sends on one connection, with a number of messages outstanding, and notes how long each took."""

    def __init__(self, client: Client, conversation_id: int, sender: int) -> None:
        self._client = client
        self._conversation_id = conversation_id
        self._sender = sender
        self._sent_s: deque[float] = deque()
        self._number = 10
        self.latencies_s: list[float] = []
        self.refused = 0
        self.keep = 0
        client.on_frame = self._take

    def send(self) -> None:
        self._number += 1
        self._sent_s.append(time.perf_counter())
        key = client_key(self._sender << 32 | self._number)
        self._client.send(message(self._number, self._conversation_id, key))

    def _take(self, payload: bytes) -> None:
        if payload.startswith(b'[{"type":"MESSAGE_SENT"'):
            self.latencies_s.append(time.perf_counter() - self._sent_s.popleft())
        elif payload.startswith(b'[{"type":"ERROR"'):
            self.refused += 1
            self._sent_s.popleft()
        else:
            return
        if len(self._sent_s) < self.keep:
            self.send()


async def saturate(port: int, senders: int, outstanding: int, duration_s: float) -> dict[str, float]:
    """As fast as the server confirms: ``outstanding`` sends from each of ``senders``."""
    made, delivered = await _make_senders(port, senders)
    start_s = time.perf_counter()
    cpu_started = _cpu()
    for each in made:
        each.keep = outstanding
        for _ in range(outstanding):
            each.send()
    await asyncio.sleep(duration_s)
    for each in made:
        each.keep = 0
    elapsed_s = time.perf_counter() - start_s
    confirmed = sum(len(each.latencies_s) for each in made)
    cpu_s = _cpu() - cpu_started
    await asyncio.sleep(0.5)
    return {
        "messages_per_s": confirmed / elapsed_s,
        "cpu_us_per_message": cpu_s / max(1, confirmed) * 1e6,
        "delivered": float(delivered[0]),
        "refused": float(sum(each.refused for each in made)),
        **_quantiles([latency for each in made for latency in each.latencies_s]),
    }


async def offer(port: int, senders: int, rate_per_s: float, duration_s: float) -> dict[str, float]:
    """A steady rate spread over the senders, whatever comes back."""
    made, _ = await _make_senders(port, senders)
    cpu_started = _cpu()
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
        "cpu_us_per_message": (_cpu() - cpu_started) / max(1, len(latencies)) * 1e6,
        **_quantiles(latencies),
    }


async def idle(port: int, count: int) -> dict[str, float]:
    """Open connections of one user each that only stay; the server's growth for each."""
    batch = 50
    # The first ones make the server allocate what it keeps: buffers for hashing, statements, threads.
    clients = list(await asyncio.gather(*(_member(port, each) for each in range(batch))))
    first = _resident()
    for start in range(batch, count + batch, batch):
        clients += await asyncio.gather(*(_member(port, start + each) for each in range(batch)))
    await asyncio.sleep(1)
    return {"connections": float(count), "bytes_per_connection": (_resident() - first) / count}


async def _member(port: int, number: int) -> Client:
    client = await open_client(port)
    name = f"idle{number}.{os.getpid()}"
    registered = await ask(
        client, {"type": "REGISTER", "id": 1, "user_name": name, "password": "benchmark"}, "SIGNED_IN"
    )
    await ask(client, {"type": "USER_CONNECT", "id": 2, "token": registered["token"]}, "CAUGHT_UP")
    return client


async def relay(port: int, senders: int, outstanding: int, duration_s: float) -> dict[str, float]:
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
    cpu_started = _cpu()
    start_s = time.perf_counter()
    for sender in clients[::2]:
        for _ in range(outstanding):
            sender.send(message(1, 1, 1))
    await asyncio.sleep(duration_s)
    going[0] = False
    elapsed_s = time.perf_counter() - start_s
    count, cpu_s = confirmed[0], _cpu() - cpu_started
    await asyncio.sleep(0.2)
    return {"messages_per_s": count / elapsed_s, "cpu_us_per_message": cpu_s / max(1, count) * 1e6}


async def _make_senders(port: int, count: int) -> tuple[list[Sender], list[int]]:
    delivered = [0]

    def deliver(payload: bytes) -> None:
        delivered[0] += 1

    made: list[Sender] = []
    for start in range(0, count, 20):
        pairs = await asyncio.gather(*(pair(port, start + each) for each in range(min(20, count - start))))
        for sender, receiver, conversation_id in pairs:
            receiver.on_frame = deliver
            made.append(Sender(sender, conversation_id, len(made) + os.getpid() * 1000))
    return made, delivered


def _cpu() -> float:
    """User and system seconds of the server's process, whose id is in the environment."""
    with open(f"/proc/{os.environ['SERVER_PID']}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident() -> int:
    with open(f"/proc/{os.environ['SERVER_PID']}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _quantiles(latencies_s: list[float]) -> dict[str, float]:
    ordered = sorted(latencies_s) or [0.0]
    return {
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
    }


_LOADS: dict[str, Callable[..., Coroutine[Any, Any, dict[str, float]]]] = {
    "saturate": saturate,
    "offer": offer,
    "idle": idle,
    "relay": relay,
}


def main() -> None:
    """``loadgen.py LOAD PORT ARGUMENTS…``: run one load and print its figures."""
    import uvloop

    name, port, *numbers = sys.argv[1:]
    arguments = [float(each) if "." in each else int(each) for each in numbers]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_LOADS[name](int(port), *arguments))))


if __name__ == "__main__":
    main()
