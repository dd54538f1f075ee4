"""The WebSocket around a connection: the only place, with ``server.listener``, that knows websockets."""

import asyncio
import logging

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from server.service import Service

_log = logging.getLogger(__name__)
_CLOSE_TIMEOUT_S = 2.0


class WebSocketTransport:
    """A ClientTransport over one WebSocket. Frames are written straight to the socket's buffer: a queue and a
    task for each connection, or an await for each receiver, cost a third more."""

    __slots__ = ("_closing", "_deadline", "_socket")

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._closing = False
        self._deadline: asyncio.TimerHandle | None = None

    def send(self, frame: bytes) -> None:
        socket = self._socket
        if socket.protocol.state is State.OPEN and not self._closing:
            socket.protocol.send_text(frame)
            socket.send_data()

    def buffered_bytes(self) -> int:
        return self._socket.transport.get_write_buffer_size()

    async def drain(self) -> None:
        if not self._closing:
            try:
                await self._socket.drain()
            except OSError:
                return

    def close(self, code: int, reason: str) -> None:
        if self._closing:
            return
        self._closing = True
        if self._socket.protocol.state is State.OPEN:
            self._socket.protocol.send_close(code, reason)
            self._socket.send_data()
        # Whoever does not read cannot answer the close frame either.
        self._deadline = self._socket.loop.call_later(_CLOSE_TIMEOUT_S, self.abort)

    def abort(self) -> None:
        self._socket.transport.abort()

    def gone(self) -> None:
        """The socket is closed."""
        self._closing = True
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


async def handle(socket: ServerConnection, service: Service) -> None:
    """Serve one WebSocket until it closes."""
    transport = WebSocketTransport(socket)
    address = socket.remote_address
    connection = service.connect(transport, str(address[0]) if address else "")
    handshake = socket.loop.call_later(service.limits.handshake_timeout_s + 0.01, connection.check_handshake)
    receive, take = socket.recv, connection.receive
    try:
        while True:
            await take(await receive(decode=False))
    except ConnectionClosed:
        pass
    finally:
        handshake.cancel()
        connection.closed()
        transport.gone()
        _log.info(
            "connection closed user=%d device=%d code=%s",
            connection.user_id,
            connection.device_id,
            socket.close_code,
        )
