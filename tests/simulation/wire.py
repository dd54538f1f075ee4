"""A simulated connection: frames arrive late and in order, sometimes twice, until the wire is cut or goes
dead without a word."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Protocol

from desktop_chat.net.transport import TransportClosed


class Ears(Protocol):
    """What the server's end does with what arrives."""

    def frame(self, frame: bytes) -> None: ...

    def gone(self) -> None: ...


class Weather:
    """How the network behaves: latency bounds in seconds and the chance that a frame arrives twice."""

    def __init__(
        self, random: Random, latency_s: tuple[float, float] = (0.001, 0.05), twice: float = 0.0
    ) -> None:
        self.random = random
        self.latency_s = latency_s
        self.twice = twice


class Wire:
    """One connection with two ends. ``cut`` loses what is under way and tells both ends; ``die`` loses
    everything from then on and tells nobody."""

    def __init__(self, weather: Weather, ears: Callable[["ServerEnd"], Ears]) -> None:
        self._weather = weather
        self._loop = asyncio.get_running_loop()
        self._arrives_s = {"up": 0.0, "down": 0.0}
        self.dead = False
        self.closed = False
        self.client_end = ClientEnd(self)
        self.server_end = ServerEnd(self)
        self.ears = ears(self.server_end)

    def cut(self, code: int = 1006, reason: str = "") -> None:
        """Both ends hear that the connection is gone; frames under way are lost."""
        if not self.closed:
            self.closed = True
            self.client_end.closed_with(code, reason)
            self.ears.gone()

    def die(self) -> None:
        """The wire falls silent; each end still believes in it."""
        self.dead = True

    def carry(self, direction: str, deliver: Callable[[], None]) -> None:
        """Deliver later, after everything sent before it in this direction."""
        if self.dead or self.closed:
            return
        weather = self._weather
        for _ in range(2 if weather.random.random() < weather.twice else 1):
            at_s = self._loop.time() + weather.random.uniform(*weather.latency_s)
            at_s = max(at_s, self._arrives_s[direction] + 1e-6)
            self._arrives_s[direction] = at_s
            self._loop.call_at(at_s, self._arrive, deliver)

    def _arrive(self, deliver: Callable[[], None]) -> None:
        if not (self.dead or self.closed):
            deliver()


class ClientEnd:
    """The client's Transport."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._frames: asyncio.Queue[bytes | TransportClosed] = asyncio.Queue()
        self._pings: set[asyncio.Future[None]] = set()
        self._closed: TransportClosed | None = None

    async def send(self, frame: bytes) -> None:
        if self._closed is not None:
            raise self._closed
        self._wire.carry("up", lambda: self._wire.ears.frame(frame))

    async def receive(self) -> bytes:
        item = await self._frames.get()
        if isinstance(item, TransportClosed):
            raise item
        return item

    async def ping(self) -> None:
        if self._closed is not None:
            raise self._closed
        pong = asyncio.get_running_loop().create_future()
        self._pings.add(pong)
        self._wire.carry("up", lambda: self._wire.carry("down", lambda: pong.done() or pong.set_result(None)))
        try:
            await pong
        finally:
            self._pings.discard(pong)

    def abort(self) -> None:
        if self._wire.dead:  # the other end hears nothing, then or later
            self.closed_with(1006, "")
        else:
            self._wire.cut()

    async def close(self) -> None:
        self.abort()

    def arrived(self, frame: bytes) -> None:
        self._frames.put_nowait(frame)

    def closed_with(self, code: int, reason: str) -> None:
        if self._closed is None:
            self._closed = TransportClosed(code, reason)
            self._frames.put_nowait(self._closed)
            for pong in self._pings:
                if not pong.done():
                    pong.set_exception(self._closed)


class ServerEnd:
    """The server's transport of one client."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def send(self, frame: bytes) -> None:
        self._wire.carry("down", lambda: self._wire.client_end.arrived(frame))

    def buffered_bytes(self) -> int:
        return 0

    async def drain(self) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        # What was sent before the close arrives before it.
        self._wire.carry("down", lambda: self._wire.cut(code, reason))

    def abort(self) -> None:
        self._wire.cut()
