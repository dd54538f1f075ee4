"""The simulated server: the real service on the reference store, which can die at any moment."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from desktop_chat.net.clock import Clock
from desktop_chat.net.transport import Transport, TransportError
from server.config import Config, Limits
from server.device_connection import DeviceConnection
from server.service import Service
from server.store.memory import MemoryStore
from tests.server.harness import PlainHasher
from tests.simulation.wire import ServerEnd, Weather, Wire

EPOCH = "5" * 32


class SimulatedServer:
    """Listens on the simulated network. ``store_type`` and ``service_type`` may be faulty variants."""

    def __init__(
        self,
        random: Random,
        clock: Clock,
        weather: Weather,
        *,
        store_type: type[MemoryStore] = MemoryStore,
        service_type: type[Service] = Service,
    ) -> None:
        self._random = random
        self._clock = clock
        self._weather = weather
        self._service_type = service_type
        self.store = store_type(
            EPOCH,
            commit_delay=self._delay(0.0005, 0.02),
            confirm_delay=self._delay(0.0, 0.005),
            read_delay=self._delay(0.0, random.choice((0.001, 0.2))),
        )
        self.wires: list[Wire] = []
        self._silent = False
        self._ears: dict[_Ears, None] = {}  # in the order in which they came
        self.service: Service | None = None
        self.start()

    def start(self) -> None:
        """A process takes over the store."""
        self.service = self._service_type(
            Config(data=Path("unused"), limits=Limits(sign_in_per_address_burst=1000)),
            self.store,
            PlainHasher(),
            now_ms=self._clock.now_ms,
            monotonic_s=self._clock.monotonic_s,
            token_bytes=self._random.randbytes,
        )
        self.service.catch_up_batch = self._random.choice((1, 1, 100))
        self.service.start()

    def crash(self) -> None:
        """The process dies: nothing that is not durable remains, and the sockets with it."""
        self.store.crash()
        for ears in list(self._ears):
            ears.stop()
        self._ears.clear()
        self.service = None
        self.cut_all()

    async def stop(self) -> None:
        """A graceful stop."""
        assert self.service is not None
        service, self.service = self.service, None
        await service.stop()
        for ears in list(self._ears):
            ears.stop()
        self._ears.clear()

    def cut_all(self) -> None:
        """The network loses every connection, and what is under way."""
        wires, self.wires = self.wires, []
        for wire in wires:
            wire.cut()

    def fall_silent(self) -> None:
        """From now on, what is sent over a new connection arrives nowhere."""
        self._silent = True

    async def open(self, address: str) -> Transport:
        """Connect, as a client's OpenTransport."""
        await asyncio.sleep(self._random.uniform(*self._weather.latency_s))
        if self.service is None:
            raise TransportError("No server answers at this address.")
        wire = Wire(self._weather, self._listen)
        wire.dead = self._silent
        self.wires = [each for each in self.wires if not each.closed] + [wire]
        return wire.client_end

    def _listen(self, end: ServerEnd) -> "_Ears":
        assert self.service is not None
        ears = _Ears(self.service.connect(end), self._ears)
        self._ears[ears] = None
        return ears

    def _delay(self, low_s: float, high_s: float) -> Callable[[], Awaitable[None]]:
        async def delay() -> None:
            await asyncio.sleep(self._random.uniform(low_s, high_s))

        return delay


class _Ears:
    """Hands one connection's frames to the service one after the other."""

    def __init__(self, connection: DeviceConnection, all_ears: dict["_Ears", None]) -> None:
        self._connection = connection
        self._all_ears = all_ears
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._task = asyncio.get_running_loop().create_task(self._listen())

    def frame(self, frame: bytes) -> None:
        self._frames.put_nowait(frame)

    def gone(self) -> None:
        self._frames.put_nowait(None)

    def stop(self) -> None:
        self._task.cancel()

    async def _listen(self) -> None:
        while (frame := await self._frames.get()) is not None:
            await self._connection.receive(frame)
        self._connection.closed()
        self._all_ears.pop(self, None)
