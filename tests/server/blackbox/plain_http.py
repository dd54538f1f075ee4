"""HTTP by hand, one socket at a time."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from tests.server.blackbox.real_server import RealServer, any_certificate

_HUNG_S = 30.0


class Answer(msgspec.Struct):
    """What came back: ``headers`` by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, object]:
        """The refusal in the body."""
        return msgspec.json.decode(self.body, type=dict[str, object])


class HttpSocket:
    """One socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def ask(self, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> Answer:
        lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode() + body)
        return await self.answer()

    async def answer(self) -> Answer:
        async with asyncio.timeout(_HUNG_S):
            first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
            headers = {
                name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)
            }
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
            return Answer(int(first.split(" ")[1]), headers, body)

    async def ended(self) -> bytes:
        """What came until the server closed."""
        async with asyncio.timeout(_HUNG_S):
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def an_http_socket(port: int, secure: ssl.SSLContext | None = None) -> AsyncIterator[HttpSocket]:
    """A socket that is open for the length of a test."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=secure)
    try:
        yield HttpSocket(reader, writer)
    finally:
        writer.transport.abort()


async def ask(server: RealServer, path: str, *headers: str, method: str = "GET") -> Answer:
    """One request on a socket of its own."""
    secure = any_certificate() if server.url.startswith("wss:") else None
    async with an_http_socket(server.port, secure) as socket:
        return await socket.ask(path, *headers, method=method)
