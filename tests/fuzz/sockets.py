"""Bytes as they come from a socket, in pieces cut anywhere, for the server's ClientSocket, which cuts the
usual frame itself: beside it websockets' own parser is given the same bytes, and both have to hear the same.

What one execution is: one piece of bytes handed over."""

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

from websockets.asyncio.connection import Connection
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from desktop_chat.protocol.limits import MAX_TRANSPORT_FRAME_BYTES
from server.connection import ClientSocket
from tests.fuzz.finding import Broken, Finding
from tests.fuzz.mutations import mutate
from tests.simulation import virtual_time

NAME = "sockets"
WORLD = 2_000

_HELD_MAX_BYTES = MAX_TRANSPORT_FRAME_BYTES + 128 * 1024
_EDGES = (0, 1, 3, 4, 124, 125, 126, 127, 128)
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class _Transport(asyncio.Transport):
    """Goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0
        self.is_paused = False
        self._closing = False

    def write(self, data: Any) -> None:
        self.written += len(data)

    def write_eof(self) -> None: ...

    def can_write_eof(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def is_closing(self) -> bool:
        return self._closing

    def abort(self) -> None:
        self._closing = True

    def close(self) -> None:
        self._closing = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


class _Device:
    """Hears frames, and now and then takes its time with one."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._slow = chance.choice((0.0, 0.0, 0.3))
        self.heard: list[bytes] = []

    def take(self, frame: bytes) -> Awaitable[None] | None:
        self.heard.append(frame)
        return asyncio.sleep(0.001) if self._chance.random() < self._slow else None


class _Line:
    """One connection, and websockets' own idea of it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.device = _Device(chance)
        self.transport = _Transport()
        self.socket = ClientSocket(_protocol(), None, ping_interval=None)  # type: ignore[arg-type]
        Connection.connection_made(self.socket, self.transport)  # the handshake is behind us
        self.socket.request = Request("/", Headers())
        self.socket._device = self.device  # type: ignore[assignment]
        self.reference = _protocol()
        self.expected: list[bytes] = []
        self._fragments = b""

    def receive(self, data: bytes) -> None:
        """Hand one piece to both. Raises Broken, and whatever comes out that must not."""
        self.socket.data_received(data)
        if self.reference.state is not State.CLOSED:
            self.reference.receive_data(data)
        for event in self.reference.events_received():
            assert isinstance(event, Frame)
            if event.opcode in _DATA:
                self._fragments += event.data
                if event.fin:
                    self.expected.append(self._fragments)
                    self._fragments = b""
        held = sum(map(len, self.socket._backlog or ())) + len(self.socket._partial or b"")
        if held > _HELD_MAX_BYTES:
            raise Broken(f"{held} bytes are held")

    async def compare(self) -> None:
        """Wait for the slow ones; both must have heard the same. Raises Broken."""
        if self.socket._working is not None:
            await self.socket._working
        if self.device.heard != self.expected:
            raise Broken(
                f"heard {[each[:40] for each in self.device.heard[-5:]]} ({len(self.device.heard)}), "
                f"websockets {[each[:40] for each in self.expected[-5:]]} ({len(self.expected)})"
            )
        # A frame that is broken is broken to websockets from its head on, and to us once it is whole.
        waits = self.socket._partial is not None and self.socket.protocol.close_sent is None
        if not waits and (self.reference.close_sent is None) != (self.socket.protocol.close_sent is None):
            raise Broken(
                f"closed with {self.socket.protocol.close_sent}, websockets with {self.reference.close_sent}"
            )
        if self.transport.is_paused:
            raise Broken("nothing is read any more")

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be heard."""
        return self.reference.close_sent is not None


def play(seed: int, executions: int = WORLD) -> Finding | None:
    """Play some connections, one after the other; what was found."""
    return virtual_time.run(_play(random.Random(seed), seed, executions))


async def _play(chance: random.Random, seed: int, executions: int) -> Finding | None:
    execution = 0
    while execution < executions:
        line = _Line(chance)
        given = b""
        try:
            afterwards = 3  # what comes after the end must not be heard either
            while execution < executions and afterwards and chance.random() > 0.02:
                for piece in _pieces(_stream(chance), chance):
                    given += piece
                    line.receive(piece)
                    execution += 1
                    # A transport that is paused hands over nothing.
                    if line.transport.is_paused or chance.random() < 0.05:
                        await line.compare()
                await line.compare()
                afterwards -= line.is_over
        except Exception as error:
            words = str(error) if isinstance(error, Broken) else f"raised {error!r}"
            return Finding(NAME, seed, execution, words, given[-4_000:].hex())
    return None


def _protocol() -> ServerProtocol:
    protocol = ServerProtocol(state=State.OPEN, max_size=MAX_TRANSPORT_FRAME_BYTES)
    protocol.debug = False
    return protocol


def _stream(chance: random.Random) -> bytes:
    """Some frames: mostly what a client sends, sometimes what none may."""
    data = b"".join(_frame(chance) for _ in range(int(chance.random() * 6) + 1))
    if chance.random() < 0.12:
        data = mutate(data, chance.randbytes(20), chance)
    elif chance.random() < 0.02:
        data += chance.randbytes(int(chance.random() * 40))
    return data


def _frame(chance: random.Random) -> bytes:
    way = chance.random()
    size = chance.choice(_EDGES) if way > 0.5 > chance.random() else int(chance.random() ** 3 * 200)
    payload = chance.randbytes(size)
    if way < 0.6:
        return Frame(chance.choice((Opcode.TEXT, Opcode.BINARY)), payload).serialize(mask=True)
    if way < 0.8:
        return _message_in_fragments(payload, chance)
    if way < 0.93:
        return Frame(chance.choice((Opcode.PING, Opcode.PONG)), payload[:125]).serialize(mask=True)
    if way < 0.935:
        size = chance.choice((125, 126, 65_535, 65_536, 70_000))
        return Frame(Opcode.TEXT, b"x" * size).serialize(mask=True)
    if way < 0.97:
        return Frame(Opcode.CLOSE, chance.choice((b"", b"\x03\xe8", b"\x03\xe8bye"))).serialize(mask=True)
    if way < 0.98:
        return Frame(Opcode.TEXT, payload).serialize(mask=False)
    first = chance.choice((0x80, 0x01, 0x81, 0x83, 0x88, 0x89, 0xC1, 0xF2, 0x09))
    size = chance.choice((0, 5, 125, 126, 127, 128 + 126, 128 + 127, 128 + 3))
    rest = chance.choice((b"\x00\x05", b"\xff" * 8, b"\x00" * 8, b"\x00\x00\x00\x00\x00\x20\x00\x00"))
    return bytes((first, size)) + rest + payload


def _message_in_fragments(payload: bytes, chance: random.Random) -> bytes:
    cuts = sorted(int(chance.random() * (len(payload) + 1)) for _ in range(chance.randrange(1, 4)))
    parts = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
    data = b""
    for index, part in enumerate(parts):
        opcode = Opcode.TEXT if index == 0 else Opcode.CONT
        data += Frame(opcode, part, fin=index == len(parts) - 1).serialize(mask=True)
        if chance.random() < 0.3:
            data += Frame(Opcode.PING, b"?").serialize(mask=True)
        if chance.random() < 0.01:
            break
    return data


def _pieces(data: bytes, chance: random.Random) -> list[bytes]:
    way = chance.random()
    if way < 0.27:
        return [data]
    if way < 0.3 and len(data) < 400:
        return [data[each : each + 1] for each in range(len(data))]
    cuts = sorted({int(chance.random() * len(data)) for _ in range(1 + int(chance.random() * 6))} - {0})
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
