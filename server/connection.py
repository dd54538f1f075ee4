"""The WebSocket around a connection: the only place, with ``server.listener``, that knows websockets."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from desktop_chat.protocol.limits import MAX_TRANSPORT_FRAME_BYTES
from server.device_connection import DeviceConnection
from server.door import Arrivals
from server.framing import MASK_BYTES, PING, WHOLE_BINARY, WHOLE_TEXT, UnusualFrame, find_payload, text_frame
from server.service import Service

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

_log = logging.getLogger(__name__)
_CLOSE_TIMEOUT_S = 2.0
_BACKLOG_MAX = 16
_HEAD_END = b"\r\n\r\n"
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class ClientSocket(ServerConnection):
    """One WebSocket. The handshake, control frames, fragments and closing are websockets' own. The usual
    frame, whole and unfragmented, is cut from the stream here and carried out on the spot: websockets'
    parser, a queue and a switch to another task for each message would cost as much as storing it.

    websockets gets whole frames only, so its parser never stands in the midst of one."""

    # In the dict of websockets' attributes there is room for three more. With all of these it would be one of
    # 1.5 kB for each connection, where now its keys are shared.
    __slots__ = (
        "_arrivals",
        "_backlog",
        "_device",
        "_early",
        "_fragments",
        "_gone",
        "_head",
        "_heard",
        "_left_to_websockets",
        "_partial",
        "_wanted_bytes",
        "_working",
        "address",
        "opened_s",
    )

    def __init__(self, protocol: ServerProtocol, server: Server, **options: Any) -> None:
        super().__init__(protocol, server, **options)
        self._device: DeviceConnection | None = None
        self._heard = True
        self._head = b""
        self._early: bytearray | None = None
        self._left_to_websockets = False
        self._partial: bytearray | None = None
        self._wanted_bytes = 0
        self._fragments: bytearray | None = None
        self._backlog: deque[bytes] | None = None
        self._working: asyncio.Task[None] | None = None
        self._arrivals: Arrivals | None = None
        self._gone: asyncio.Future[None] | None = None
        self.address = ""
        self.opened_s: float | None = None

    def let_in(self, arrivals: Arrivals, address: str, opened_s: float) -> None:
        """It comes through the door, where it was counted for ``address``; the socket has been open since
        ``opened_s`` on the loop's clock."""
        self._arrivals = arrivals
        self.address = address
        self.opened_s = opened_s

    def connection_lost(self, exc: Exception | None) -> None:
        if self._arrivals is not None:
            self._arrivals.leave(self.address)
        super().connection_lost(exc)
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    async def serve(self, device: DeviceConnection) -> None:
        """Hand ``device`` every frame, until the socket is closed and what it sent is carried out."""
        self._device = device
        if self.request is not None:
            # websockets' parser holds on to it for good; with its headers that is 2 kB.
            self.request.headers.clear()
        self.response = None
        early, self._early = self._early, None
        if early:
            self.data_received(bytes(early))
        if not self.connection_lost_waiter.done():
            # websockets needs its own future whole, should this task be cancelled; a shield takes 0.7 kB.
            self._gone = self.loop.create_future()
            await self._gone
        if self._working is not None:
            await self._working

    def check_alive(self) -> None:
        """Send a ping, or drop the connection if nothing has come since the last one."""
        if self._device is None:
            return
        if not self._heard and self._backlog is None:  # with a backlog it may be that nobody listened
            self.transport.abort()
            return
        self._heard = False
        if self.protocol.state is State.OPEN:
            self.transport.write(PING)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._device is None:
            self._take_handshake(data)
            return
        if self._left_to_websockets:
            super().data_received(data)
            return
        if self._partial is not None:
            self._partial += data
            if len(self._partial) < self._wanted_bytes:
                return
            data, self._partial = bytes(self._partial), None
        start, place = 0, None
        try:
            while place := find_payload(data, start, MAX_TRANSPORT_FRAME_BYTES):
                body, end = place
                if end > len(data):
                    break
                if data[start] in (WHOLE_TEXT, WHOLE_BINARY) and self._fragments is None:
                    self._take(apply_mask(data[body:end], data[body - MASK_BYTES : body]))
                else:
                    super().data_received(data[start:end])
                    if self.protocol.close_expected():
                        # Nothing that comes after a close or a broken frame may be carried out.
                        self._left_to_websockets = True
                        super().data_received(data[end:])
                        return
                start = end
        except UnusualFrame:
            self._left_to_websockets = True
            super().data_received(data[start:])
            return
        if start < len(data):
            self._partial = bytearray(data[start:])
            self._wanted_bytes = place[1] - start if place else 0

    def _take_handshake(self, data: bytes) -> None:
        """Give websockets the request's head, and keep what came with it until the handshake is done."""
        if self._early is not None:
            self._early += data
            if len(self._early) > MAX_TRANSPORT_FRAME_BYTES:
                self.transport.abort()
            return
        head = self._head + data
        end = head.find(_HEAD_END)
        if end < 0:
            self._head = head[1 - len(_HEAD_END) :]
            super().data_received(data)
            return
        body = end + len(_HEAD_END) - len(self._head)
        self._head, self._early = b"", bytearray(data[body:])
        super().data_received(data[:body])

    def process_event(self, event: Request | Response | Frame) -> None:
        if self._device is None or not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
            return
        message = self._fragments or bytearray()
        message += event.data
        self._fragments = None if event.fin else message
        if event.fin:
            self._take(bytes(message))

    def _take(self, frame: bytes) -> None:
        assert self._device is not None
        if self._backlog is not None:
            self._backlog.append(frame)
            if len(self._backlog) == _BACKLOG_MAX:
                self.transport.pause_reading()
            return
        waiting = self._device.take(frame)
        if waiting is not None:
            self._backlog = deque()
            self._working = self.loop.create_task(self._work(self._device, waiting), name="command")

    async def _work(self, device: DeviceConnection, waiting: Awaitable[None] | None) -> None:
        """Wait for a command, with those that came meanwhile behind it."""
        backlog = self._backlog
        while waiting is not None:
            await waiting
            waiting = None
            while backlog and waiting is None:
                waiting = device.take(backlog.popleft())
        self._backlog = self._working = None
        if not self.transport.is_closing():
            self.transport.resume_reading()


class WebSocketTransport:
    """A ClientTransport over one WebSocket. Frames leave at the end of the loop's turn, in one write for all
    that a commit had for this client: a queue and a task for each connection, an await for each receiver or a
    write for each frame cost far more."""

    __slots__ = ("_closing", "_corked", "_corked_bytes", "_corks", "_deadline", "_socket")

    def __init__(self, socket: ClientSocket, corks: "Corks") -> None:
        self._socket = socket
        self._corks = corks
        self._closing = False
        self._corked: list[bytes] = []
        self._corked_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def send(self, frame: bytes) -> None:
        if self._closing:
            return
        if not self._corked:
            self._corks.add(self)
        self._corked.append(self._corks.framed(frame))
        self._corked_bytes += len(frame)

    def buffered_bytes(self) -> int:
        return self._corked_bytes + self._socket.transport.get_write_buffer_size()

    async def drain(self) -> None:
        if not self._closing:
            self.uncork()
            try:
                await self._socket.drain()
            except OSError:
                return

    def close(self, code: int, reason: str) -> None:
        if self._closing:
            return
        self.uncork()
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

    def uncork(self) -> None:
        """Send what waits for the end of the turn."""
        if self._corked and self._socket.protocol.state is State.OPEN:
            self._socket.transport.write(b"".join(self._corked))
        self._corked.clear()
        self._corked_bytes = 0


class Corks:
    """The transports with something to send at the end of the loop's turn: one call of the loop's for all of
    them, and one frame made for all who get the same."""

    __slots__ = ("_frame", "_framed", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[WebSocketTransport] = []
        self._frame = self._framed = b""

    def add(self, transport: WebSocketTransport) -> None:
        """Have a transport uncorked at the end of the turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._uncork_all)
        self._waiting.append(transport)

    def framed(self, frame: bytes) -> bytes:
        """A WebSocket frame around ``frame``."""
        if frame is not self._frame:
            self._frame, self._framed = frame, text_frame(frame)
        return self._framed

    def _uncork_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.uncork()


async def handle(socket: ClientSocket, service: Service, corks: Corks) -> None:
    """Serve one WebSocket until it closes."""
    transport = WebSocketTransport(socket, corks)
    now_s = socket.loop.time()
    waited_s = now_s - (socket.opened_s or now_s)
    socket.opened_s = None
    connection = service.connect(transport, socket.address, waited_s)
    handshake = socket.loop.call_later(
        max(0.0, service.limits.handshake_timeout_s - waited_s) + 0.01, connection.check_handshake
    )
    try:
        await socket.serve(connection)
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
