"""One connection of one device, whatever carries it: frames come in by ``receive``, packets leave through a
transport. The session decides what a frame means, ``server.handlers`` carry it out."""

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.replies import Error
from server.refusal import Refused, unavailable
from server.session import Refusal, Session
from server.store.base import StoreUnavailable

if TYPE_CHECKING:
    from server.service import Service

_log = logging.getLogger(__name__)
_PACE_BYTES = 64 * 1024


class ClientTransport(Protocol):
    """What carries frames to one client. None of these raises, also after the client has gone."""

    def send(self, frame: bytes) -> None:
        """Hand over a frame; it is sent whole and in order, or the connection is lost."""

    def buffered_bytes(self) -> int:
        """How much of what was handed over waits for the client to read it."""

    async def drain(self) -> None:
        """Wait until there is room again, or the client has gone."""

    def close(self, code: int, reason: str) -> None:
        """Close with a code and words."""

    def abort(self) -> None:
        """Drop the connection without a word, with all that is buffered."""


class DeviceConnection:
    """The server's side of one connection. Its commands are carried out in the order in which they came;
    sends and pointers do not wait for each other's commit, everything else is finished before the next."""

    __slots__ = ("_floor", "_held", "_held_bytes", "address", "looking_at", "service", "session", "transport")

    def __init__(self, service: "Service", transport: ClientTransport, address: str) -> None:
        self.service = service
        self.transport = transport
        self.address = address
        self.session = Session(service.limits, service.monotonic_s())
        self.looking_at: int | None = None
        self._held: list[tuple[bytes, int]] | None = None
        self._held_bytes = 0
        self._floor = 0

    @property
    def device_id(self) -> int:
        return self.session.device_id

    @property
    def user_id(self) -> int:
        """The connected user, 0 before."""
        return self.session.user_id

    def is_capable(self, capability: str) -> bool:
        """Whether the client and this server both have a capability."""
        return capability in self.session.capabilities

    async def receive(self, frame: bytes) -> None:
        """Carry out one frame. Never raises for what a client does."""
        waiting = self.take(frame)
        if waiting is not None:
            await waiting

    def take(self, frame: bytes) -> Awaitable[None] | None:
        """Carry out one frame at once, or return what has to be awaited before the next is handed over.
        Neither raises, whatever a client does and whatever is wrong here: an error is logged and answered."""
        try:
            return self._take(frame)
        except Exception as error:
            self.refuse(None, error)
            return None

    def _take(self, frame: bytes) -> Awaitable[None] | None:
        command = self.session.receive(frame, self.service.monotonic_s())
        if command is None:
            return None
        if isinstance(command, Refusal):
            self.reply(command.error)
            if command.close_code is not None:
                self.close(command.close_code)
            return None
        try:
            waiting = self.service.handlers[type(command)](self, command)
        except Exception as error:
            self.refuse(command.id, error)
            return None
        return None if waiting is None else self._finish(command.id, waiting)

    def closed(self) -> None:
        """The transport has gone. To be called once, whoever closed it."""
        self.session.close()
        self._held = None
        self._leave()

    def check_handshake(self) -> None:
        """Close it if it should have said USER_CONNECT by now."""
        if self.session.handshake_overdue(self.service.monotonic_s()):
            self.close(CloseCode.HANDSHAKE_TIMEOUT)

    def reply(self, *replies: AnyPacket) -> None:
        """Answer a command."""
        self.send(encode_frame(replies))

    def refuse(self, re: int | None, error: Exception) -> None:
        """Answer a command that was not carried out, in a code and words."""
        if isinstance(error, StoreUnavailable):
            error = unavailable(error)
        if not isinstance(error, Refused):
            _log.error("command failed user=%d error=%s", self.user_id, type(error).__name__, exc_info=error)
            error = Refused(ErrorCode.INTERNAL, "The server could not do this. It has noted the error.", 5.0)
        self.reply(Error(error.code, error.message, re, error.retry_after_s))

    def push(self, frame: bytes, position: int) -> None:
        """Hand over what the client did not ask for. While it is catching up it is kept for afterwards."""
        if self._held is not None:
            self._held.append((frame, position))
            self._held_bytes += len(frame)
            if self._held_bytes > self.service.limits.write_buffer_max_bytes:
                self._drop_slow_reader()
        elif position > self._floor or position == 0:
            self.send(frame)

    def send(self, frame: bytes) -> None:
        """Hand over a frame now, unless the client has stopped reading: it comes back and catches up."""
        if self.transport.buffered_bytes() > self.service.limits.write_buffer_max_bytes:
            self._drop_slow_reader()
        else:
            self.transport.send(frame)

    async def send_paced(self, frame: bytes) -> None:
        """Hand over one of many frames, at the client's pace."""
        self.transport.send(frame)
        if self.transport.buffered_bytes() > _PACE_BYTES:
            await self.transport.drain()

    def hold(self) -> None:
        """Keep what is pushed from now on."""
        self._held = []
        self._held_bytes = 0

    def release(self, floor: int | None = None) -> None:
        """Hand over what was kept, and go on live. Pushes up to the position ``floor`` are dropped from now
        on: the client has them."""
        held, self._held = self._held, None
        self._held_bytes = 0
        if floor is not None:
            self._floor = floor
        for frame, position in held or ():
            self.push(frame, position)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Say why, and close. Nothing is taken or pushed any more."""
        self.session.close()
        self._held = None
        self._leave()
        self.transport.close(code, reason or code.name.lower().replace("_", " "))

    def fail_handshake(self, error: Exception) -> None:
        """Close it after a USER_CONNECT that got half-way; the ERROR was sent."""
        signed_out = isinstance(error, Refused) and error.code is ErrorCode.BAD_TOKEN
        self.close(CloseCode.SIGNED_OUT if signed_out else CloseCode.RESTARTING)

    async def _finish(self, re: int, waiting: Awaitable[None]) -> None:
        try:
            await waiting
            if self.transport.buffered_bytes() > _PACE_BYTES:
                await self._drain()
        except Exception as error:
            self.refuse(re, error)

    def _leave(self) -> None:
        self.looking_at = None
        self.service.left(self)

    def _drop_slow_reader(self) -> None:
        if self.session.is_connected:
            _log.info("slow reader dropped user=%d device=%d", self.user_id, self.device_id)
        self.close(CloseCode.SLOW_READER)

    async def _drain(self) -> None:
        # A long answer on a slow line is no reason to drop its reader, so pushes wait beside it.
        self.hold()
        try:
            await self.transport.drain()
        finally:
            if self._held is not None:
                self.release()
