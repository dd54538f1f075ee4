"""A WebSocket client that is cheap beside the server: bare sockets with hand-made frames."""

import asyncio
import json
import os
import ssl
import struct
from collections.abc import Callable
from functools import cache
from typing import Any, cast

_AT_ONCE = 50
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
    """A client whose WebSocket is open."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(Client, "127.0.0.1", port, ssl=_tls())
    await client.opened
    return client


async def sign_in(port: int, token: str) -> Client:
    """A client that is connected as a device, and caught up."""
    client = await open_client(port)
    await ask(client, {"type": "USER_CONNECT", "id": 1, "token": token}, "CAUGHT_UP")
    return client


async def sign_in_all(port: int, tokens: list[str]) -> list[Client]:
    """So many clients, some at a time."""
    clients: list[Client] = []
    for start in range(0, len(tokens), _AT_ONCE):
        chunk = tokens[start : start + _AT_ONCE]
        clients += await asyncio.gather(*(sign_in(port, token) for token in chunk))
    return clients


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
