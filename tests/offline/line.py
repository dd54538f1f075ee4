"""One device's way to the server: a TCP relay on the loopback that cuts, falls silent, dawdles, refuses."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

_BLOCK_BYTES = 16384
_SLOW_BLOCK_BYTES = 512
_RESET = struct.pack("ii", 1, 0)


class Line:
    """Relays to the port that ``port`` gives, 0 where no server is. ``url`` stays the same for good."""

    def __init__(self, port: Callable[[], int]) -> None:
        self.url = ""
        self.delay_s = 0.0
        """How long everything takes, each way."""
        self.bytes_per_s = 0.0
        """How much gets through each way; 0: as much as there is."""
        self.swallows = False
        """New connections are taken, and lead nowhere."""
        self._port = port
        self._address: tuple[str, int]
        self._holder: socket.socket
        self._server: asyncio.Server | None = None
        self._closed = False
        self._connections = set[_Connection]()
        self._serving = set[asyncio.Task[None]]()

    async def open(self) -> None:
        """Begin to listen."""
        # It never listens: it keeps the port while nobody does, so that a device is refused there.
        self._holder = _bound(("127.0.0.1", 0))
        self._address = self._holder.getsockname()
        self.url = f"ws://127.0.0.1:{self._address[1]}/"
        await self.refuse(False)

    async def close(self) -> None:
        """Cut everything and stop."""
        self._closed = True
        await self.refuse(True)
        self.cut()
        await asyncio.gather(*self._serving, return_exceptions=True)
        self._holder.close()

    async def refuse(self, on: bool) -> None:
        """Nobody listens any more, or again; what is connected stays."""
        if on and self._server is not None:
            server, self._server = self._server, None
            # What was accepted a moment ago is handed over within some turns; a server that is closed before
            # it is (CPython 3.11) leaves it open for good.
            asyncio.get_running_loop().remove_reader(server.sockets[0])
            for _ in range(4):
                await asyncio.sleep(0)
            server.close()
            await server.wait_closed()
        elif not on and self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_bound(self._address))

    def cut(self, after_bytes: int = 0) -> None:
        """Reset every connection, now or once it has carried so many bytes more, up and down together."""
        for each in list(self._connections):
            if after_bytes:
                each.left = after_bytes
            else:
                each.cut()

    def fall_silent(self) -> None:
        """What is connected carries nothing any more, and neither end is told."""
        for each in self._connections:
            each.silent = True

    async def calm(self) -> None:
        """Everything works again; what has fallen silent stays so, since its ends know nothing of it."""
        self.delay_s = self.bytes_per_s = 0.0
        self.swallows = False
        for each in self._connections:
            each.left = None
        await self.refuse(False)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:
            writer.transport.abort()
            return
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, writer)
        self._connections.add(connection)
        try:
            await connection.run(reader, self._port())
        finally:
            self._connections.discard(connection)
            connection.cut()


class _Connection:
    """One connection, and the one that it goes on to."""

    def __init__(self, line: Line, writer: asyncio.StreamWriter) -> None:
        self.silent = line.swallows
        self.left: int | None = None
        """Bytes that it still carries; None for as many as come."""
        self._line = line
        self._writers = [writer]
        self._pumps: list[asyncio.Task[None]] = []
        self._gone = asyncio.Event()

    async def run(self, reader: asyncio.StreamReader, port: int) -> None:
        """Carry until both sides have closed, or until it is cut."""
        try:
            if not port:
                return
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        self._writers.append(up_writer)
        self._pumps = [
            asyncio.ensure_future(self._pump(reader, up_writer)),
            asyncio.ensure_future(self._pump(up_reader, self._writers[0])),
        ]
        if self._gone.is_set():
            self.cut()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def cut(self) -> None:
        """Both ends are told by a reset; what is under way is lost."""
        self._gone.set()
        for pump in self._pumps:
            pump.cancel()
        for writer in self._writers:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = self._line
        with contextlib.suppress(OSError):
            while True:
                data = await reader.read(_SLOW_BLOCK_BYTES if line.bytes_per_s else _BLOCK_BYTES)
                if not data:
                    break
                if line.delay_s:
                    await asyncio.sleep(line.delay_s)
                if line.bytes_per_s:
                    await asyncio.sleep(len(data) / line.bytes_per_s)
                if self.silent:
                    continue
                if self.left is not None:
                    data = data[: self.left]
                    self.left -= len(data)
                writer.write(data)
                await writer.drain()
                if self.left == 0:
                    asyncio.get_running_loop().call_soon(self.cut)
                    return
        if self.silent:
            await self._gone.wait()  # the other end is not told
        writer.close()


def _bound(address: tuple[str, int]) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(address)
    return bound
