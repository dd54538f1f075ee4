"""A story from a seed: people write, networks and machines fail, and in the end everything is quiet."""

import asyncio
import contextlib
from random import Random

from msgspec import Struct

from desktop_chat.core.models import ConnectionPhase
from desktop_chat.services.account import Accounts
from desktop_chat.services.client import ClientError
from desktop_chat.store import conversations, outbox
from server import expiring
from server.service import Service
from server.store.base import StoreUnavailable
from server.store.memory import MemoryStore
from tests.simulation import deeds, virtual_time
from tests.simulation.device import Device
from tests.simulation.server_side import SimulatedServer
from tests.simulation.wire import Weather

_QUIET_WITHIN_S = 180


class Faults(Struct):
    """What may be put in the place of the real thing, to see whether the simulation notices."""

    store_type: type[MemoryStore] = MemoryStore
    service_type: type[Service] = Service


class NeverQuiet(AssertionError):
    """With everything working again, something still waits or differs."""


class World:
    """People with one or two devices each, and one server."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.random = Random(seed)
        self.clock = virtual_time.clock(self.random)
        self.weather = Weather(self.random, (0.001, self.random.choice((0.01, 0.1, 0.5))), twice=0.03)
        faults = faults or Faults()
        self.server = SimulatedServer(
            self.random,
            self.clock,
            self.weather,
            store_type=faults.store_type,
            service_type=faults.service_type,
        )
        self.devices: list[Device] = []
        self.texts = 0
        self.events = 0

    async def play(self) -> None:
        """Settle in, live through trouble, and come to rest."""
        await self._settle_in()
        for _ in range(self.random.randint(20, 45)):
            await asyncio.sleep(self.random.choice((0.0, 0.002, 0.02, 0.2, 2.0)))
            await self._something_happens()
        await self._come_to_rest()

    async def end(self) -> None:
        """Close everything, so that nothing dangles."""
        for device in self.devices:
            await device.crash()
            device.database.close()
        if self.server.service is not None:
            await self.server.stop()

    async def _settle_in(self) -> None:
        accounts = Accounts(self.server.open, self.clock, "simulated")
        for number in range(self.random.randint(2, 3)):
            name, password = f"user{number}", f"password of {number}"
            signed_in = await accounts.register("", name, password)
            self._add_device(name, signed_in.user.user_id, signed_in.token)
            if self.random.random() < 0.6:
                second = await accounts.sign_in("", name, password)
                self._add_device(f"{name}'s second", second.user.user_id, second.token)
        for device in self.devices:
            device.start()
        await self._until_online()
        for device in self.devices[1:]:
            await device.client.open_direct(self.devices[0].user_id)
        everybody = tuple({device.user_id for device in self.devices})
        await self.devices[0].client.actions.create_group("Everybody", everybody)

    def _add_device(self, name: str, user_id: int, token: str) -> None:
        self.devices.append(Device(name, user_id, token, self.server.open, self.clock))

    async def _something_happens(self) -> None:
        self.events += 1
        device = self.random.choice(self.devices)
        happenings = {
            self._write: 10,
            self._write_much: 2,
            self._read: 4,
            self._look_back: 2,
            self._discard: 1,
            self._open: 1,
            self._cut: 2,
            self._die: 1,
            self._restart_device: 3,
            self._server_crashes: 1,
            self._server_restarts: 0.5,
            self._act: 12,
            self._expire: 1,
        }
        [happening] = self.random.choices(list(happenings), list(happenings.values()))
        await happening(device)

    async def _act(self, device: Device) -> None:
        await deeds.do_something(self, device)

    async def _expire(self, device: Device) -> None:
        """The server lets go of the beginning of a conversation."""
        state, service = self.server.store.state, self.server.service
        if state.conversations and service is not None:
            row = self.random.choice(list(state.conversations.values()))
            below_seq = self.random.randint(row.first_seq, row.last_seq + 1)
            if row.last_seq and state.members[row.conversation_id]:
                with contextlib.suppress(StoreUnavailable):
                    await expiring.expire(service, row.conversation_id, below_seq)

    async def _write(self, device: Device) -> None:
        if device.screen.list:
            self.texts += 1
            conversation_id = self.random.choice(sorted(device.screen.list))
            shown = [m.seq for m in device.screen.timeline(conversation_id) if m.seq is not None]
            reply_to = self.random.choice(shown) if shown and self.random.random() < 0.1 else None
            await device.send(conversation_id, f"text {self.texts} of {device.name}", reply_to)

    async def _write_much(self, device: Device) -> None:
        for _ in range(self.random.randint(3, 12)):
            await self._write(device)

    async def _read(self, device: Device) -> None:
        unread = [row for row in device.screen.list.values() if row.held_to > row.read_seq]
        if unread:
            row = self.random.choice(sorted(unread, key=lambda row: row.conversation_id))
            await device.client.mark_read(
                row.conversation_id, self.random.randint(row.read_seq + 1, row.held_to)
            )

    async def _look_back(self, device: Device) -> None:
        if device.screen.list:
            await look_back(device, self.random.choice(sorted(device.screen.list)), pages=1)

    async def _discard(self, device: Device) -> None:
        queued = device.queued()
        if queued:
            echo = self.random.choice(queued)
            try:
                await device.client.discard(echo.client_id)
            except ClientError:
                return  # on its way already
            device.discarded.add(echo.client_id)

    async def _open(self, device: Device) -> None:
        other = self.random.choice(self.devices)
        if device.client.connection_state.phase is ConnectionPhase.ONLINE:
            try:
                await device.client.open_direct(other.user_id)
            except ClientError:
                return  # the connection went in between

    async def _cut(self, device: Device) -> None:
        self.server.cut_all()

    async def _die(self, device: Device) -> None:
        if self.server.wires:
            self.random.choice(self.server.wires).die()

    async def _restart_device(self, device: Device) -> None:
        await device.crash()
        await asyncio.sleep(self.random.choice((0.0, 0.5, 30.0)))
        device.start()

    async def _server_crashes(self, device: Device) -> None:
        self.server.crash()
        await asyncio.sleep(self.random.choice((0.0, 0.5, 30.0)))
        self.server.start()

    async def _server_restarts(self, device: Device) -> None:
        await self.server.stop()
        self.server.start()

    async def _come_to_rest(self) -> None:
        self.weather.twice = 0.0
        deadline_s = self.clock.monotonic_s() + _QUIET_WITHIN_S
        while waits := self._what_waits():
            if self.clock.monotonic_s() > deadline_s:
                raise NeverQuiet(waits)
            await asyncio.sleep(1)
        # Pointers and presence travel a moment longer.
        await asyncio.sleep(20)
        if waits := self._what_waits():
            raise NeverQuiet(waits)
        for device in self.devices:
            for conversation_id in list(device.screen.list):
                await look_back(device, conversation_id, pages=1000)

    def _what_waits(self) -> str:
        for device in self.devices:
            writer = device.database.writer
            if device.client.connection_state.phase is not ConnectionPhase.ONLINE:
                return f"{device.name} is {device.client.connection_state}"
            if outbox.heads(writer):
                return f"{device.name} has unsent messages"
            if conversations.behind(writer):
                return f"{device.name} is behind"
            if conversations.unreported_reads(writer):
                return f"{device.name} has unreported reads"
        return ""

    async def _until_online(self) -> None:
        while any(d.client.connection_state.phase is not ConnectionPhase.ONLINE for d in self.devices):
            await asyncio.sleep(0.01)


async def look_back(device: Device, conversation_id: int, pages: int) -> None:
    """Scroll up on a device's screen, as far as it goes or for some pages."""
    for _ in range(pages):
        timeline = device.screen.timeline(conversation_id)
        if not timeline:
            return
        client = device.client
        page = await client.older(conversation_id, timeline[0], 7)
        if client is not device.client:
            return  # the device was restarted meanwhile
        device.screen.prepend(
            [m for m in page.messages if m.local_id not in device.screen.rows[conversation_id]]
        )
        if page.reached_start or not page.complete:
            return
