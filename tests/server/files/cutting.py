"""A way to the server that breaks: a TCP relay on the loopback that drops connections after so many bytes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class CuttingRelay:
    """Relays to a port. ``allowance`` gives, for each new connection, the bytes it may carry before it is
    cut, up and down together; None for as many as it likes."""

    def __init__(self, port: int, allowance: Callable[[], int | None]) -> None:
        self._port = port
        self._allowance = allowance
        self._open: list[asyncio.StreamWriter] = []
        self._running = 0
        self.cuts = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._running += 1
        left = [self._allowance()]
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._open += [writer, up_writer]
        pumps = [
            asyncio.ensure_future(self._pump(reader, up_writer, left)),
            asyncio.ensure_future(self._pump(up_reader, writer, left)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, up_writer):
            each.transport.abort()
        await asyncio.wait(pumps)
        self._running -= 1

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int | None]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(16384):
                if left[0] is not None:
                    data = data[: left[0]]
                    left[0] -= len(data)
                writer.write(data)
                await writer.drain()
                if left[0] == 0:
                    self.cuts += 1
                    return

    async def end(self) -> None:
        for each in self._open:
            each.transport.abort()
        while self._running:
            await asyncio.sleep(0.005)


@asynccontextmanager
async def a_cutting_relay(url: str, allowance: Callable[[], int | None]) -> AsyncIterator[CuttingRelay]:
    """A relay to the server at ``url``; its own is in ``url``."""
    relay = CuttingRelay(int(url.rpartition(":")[2]), allowance)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield relay
    finally:
        server.close()
        await relay.end()
        await server.wait_closed()
