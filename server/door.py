"""The door: one for each socket that opens. It reads the head of the first request, and lets in a WebSocket
by one way and every other request by the other. Once a WebSocket is in, nothing of its door is left."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from desktop_chat.protocol.errors import ErrorCode
from server.addresses import client_address
from server.config import Config
from server.counting import Counters
from server.request_head import HEAD_END, RequestHead, read_head

_BUSY_RETRY_S = 5
_MOVES_BYTES = 1024


class Arrivals:
    """Who is in, or at the door: how many sockets of each address, and how many that carry HTTP."""

    def __init__(self, config: Config, counters: Counters) -> None:
        self.config = config
        self.counters = counters
        self.doors: set[Door] = set()
        self.http_count = 0
        self._sockets_of: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count a socket; False, and not counted, where the address has too many."""
        if self._sockets_of[address] >= self.config.limits.connections_per_address_max:
            return False
        self._sockets_of[address] += 1
        return True

    def leave(self, address: str) -> None:
        """A socket that was counted is gone."""
        self._sockets_of[address] -= 1
        if not self._sockets_of[address]:
            del self._sockets_of[address]


class Door(asyncio.Protocol):
    """The protocol of a socket until its first request's head is there, and after it if that asks for no
    WebSocket. ``make_socket`` makes the protocol of a WebSocket from the address it counts for and the
    loop's time at which it opened; ``make_http`` that of anything else."""

    def __init__(
        self,
        arrivals: Arrivals,
        make_socket: Callable[[str, float], asyncio.Protocol],
        make_http: Callable[[], asyncio.Protocol],
    ) -> None:
        self._arrivals = arrivals
        self._limits = arrivals.config.limits
        self._make_socket = make_socket
        self._make_http = make_http
        self._loop = asyncio.get_running_loop()
        self._head = bytearray()
        self._refused = False
        self._counted: str | None = None
        self._http: asyncio.Protocol | None = None
        self._moved_bytes = 0
        self._waiting_bytes = 0
        self._seen_requests = 0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport
        self.requests = 0
        """How many requests the HTTP connection has carried; whoever answers them counts."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._arrivals.doors.add(self)
        self._opened_s = self._loop.time()
        self._timer = self._loop.call_later(self._limits.handshake_timeout_s, self._transport.abort)
        if not self._arrivals.config.behind_proxy:
            self._count(self._peer())

    def data_received(self, data: bytes) -> None:
        if self._http is not None:
            self._moved_bytes += len(data)
            self._http.data_received(data)
            return
        if self._refused:
            return
        searched = max(0, len(self._head) + 1 - len(HEAD_END))
        self._head += data
        end = self._head.find(HEAD_END, searched)
        if end > self._limits.http_head_max_bytes or (
            end < 0 and len(self._head) > self._limits.http_head_max_bytes
        ):
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                ErrorCode.TOO_LARGE,
                "The head of the request is too long.",
            )
        elif not 65 <= self._head[0] <= 90:  # no method begins like this: TLS to a plain port, or noise
            self._transport.abort()
        elif end >= 0:
            self._let_in(read_head(bytes(self._head[:end])))

    def eof_received(self) -> bool | None:
        return None if self._http is None else self._http.eof_received()

    def pause_writing(self) -> None:
        if self._http is not None:
            self._http.pause_writing()

    def resume_writing(self) -> None:
        self._moved_bytes += _MOVES_BYTES
        if self._http is not None:
            self._http.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave_door()
        if self._counted is not None:
            self._arrivals.leave(self._counted)
        if self._http is not None:
            self._arrivals.http_count -= 1
            self._http.connection_lost(exc)

    def abort(self) -> None:
        """Drop the socket."""
        self._transport.abort()

    def _let_in(self, head: RequestHead) -> None:
        if self._arrivals.config.behind_proxy:
            self._count(client_address(self._peer(), head.forwarded))
            if self._refused:
                return
        if not head.is_spoken:
            self._refuse(
                HTTPStatus.HTTP_VERSION_NOT_SUPPORTED,
                ErrorCode.BAD_REQUEST,
                "This server speaks HTTP/1.1.",
            )
            return
        received = bytes(self._head)
        self._head.clear()
        if head.opens_websocket:
            self._leave_door()
            socket = self._make_socket(self._counted or "", self._opened_s)
            self._transport.set_protocol(socket)
            socket.connection_made(self._transport)
            socket.data_received(received)
        elif self._arrivals.http_count >= self._limits.http_connections_max:
            self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE,
                ErrorCode.SERVER_BUSY,
                "The server has too much to do right now. Try again in a moment.",
                _BUSY_RETRY_S,
            )
        else:
            self._arrivals.http_count += 1
            self._http = self._make_http()
            self._http.connection_made(self._transport)
            self._http.data_received(received)
            self._watch()

    def _count(self, address: str) -> None:
        if self._arrivals.enter(address):
            self._counted = address
        else:
            self._refuse(
                HTTPStatus.TOO_MANY_REQUESTS,
                ErrorCode.TOO_FAST,
                "Too many connections come from this address.",
                _BUSY_RETRY_S,
            )

    def _refuse(
        self, status: HTTPStatus, code: ErrorCode, message: str, retry_after_s: int | None = None
    ) -> None:
        """Answer at once, as ``server.http.problem`` would, and close. The timer stays, for who does not read
        the answer."""
        self._refused = True
        self._head.clear()
        self._arrivals.counters.http_refused_at_door[status.value] += 1
        said: dict[str, object] = {"code": code, "message": message}
        later = ""
        if retry_after_s is not None:
            said["retry_after_s"] = retry_after_s
            later = f"Retry-After: {retry_after_s}\r\n"
        body = json.dumps(said).encode()
        self._transport.write(
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n{later}Connection: close\r\n\r\n".encode()
            + body
        )
        self._transport.close()

    def _watch(self) -> None:
        """From now on, drop it once too little has moved from one look to the next."""
        if self._timer is not None:
            self._timer.cancel()
        self._moved_bytes, self._seen_requests = 0, self.requests
        self._waiting_bytes = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(self._limits.http_stall_timeout_s, self._look)

    def _look(self) -> None:
        if (
            self._moved_bytes >= _MOVES_BYTES
            or self.requests != self._seen_requests
            or self._transport.get_write_buffer_size() != self._waiting_bytes
        ):
            self._watch()
        else:
            self._transport.abort()

    def _leave_door(self) -> None:
        self._arrivals.doors.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _peer(self) -> str:
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if isinstance(peer, tuple) else ""
