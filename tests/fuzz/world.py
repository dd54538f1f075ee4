"""Some people with some devices, and one server: a real Service over the reference store, in virtual time."""

import asyncio
import dataclasses
import random
from collections.abc import Awaitable
from pathlib import Path

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import (
    AnyCommand,
    BlockUser,
    CreateGroup,
    OpenConversation,
    Register,
    UpdateSettings,
    UserConnect,
)
from server import expiring
from server.config import Config, Limits
from server.service import Service
from server.store.records import FileRow
from server.store.writer import Writer
from tests.fuzz import rows
from tests.fuzz.draws import Draw
from tests.fuzz.finding import Broken
from tests.fuzz.peers import Judge, Peer, expected_re
from tests.fuzz.planted import Audience
from tests.fuzz.speech import Speech
from tests.fuzz.watched import WatchedStore
from tests.server.harness import PlainHasher
from tests.simulation import virtual_time

_PEOPLE = 6
_PEERS = 10
_SETTLE_EVERY = 24
_CHECK_EVERY = 500
_STALLED_MAX = 6
"""Rests for which a client reads nothing at most: half of what the judge remembers."""
_TICK_S = 0.001
_LONG_S = 30 * 24 * 3600.0
"""After so long some conversations let go of what is old."""


class World:
    """Some people with some devices, and one server."""

    def __init__(self, seed: int, service_type: type[Service], wrong: list[str]) -> None:
        self.chance = random.Random(seed)
        self.clock = virtual_time.clock(self.chance)
        self.store = WatchedStore("5" * 32)
        self.wrong = wrong
        self.judge = Judge(self.store.state, self.chance, self.wrong.append)
        self.store.look = self.judge.committed
        self.service = service_type(
            Config(data=Path("unused"), limits=_limits(self.chance)),
            self.store,
            PlainHasher(),
            now_ms=self.clock.now_ms,
            monotonic_s=self.clock.monotonic_s,
            token_bytes=self.judge.planted.token_bytes,
        )
        self.service.start()
        self.peers: list[Peer] = []
        self.draw = Draw(self.chance)
        self.speech = Speech(self.judge, self.draw)
        self.frame = b""
        self.execution = 0
        self._addresses = 0

    async def set_up(self) -> None:
        """Make accounts and conversations; one of the people has none with anybody."""
        for number in range(1, _PEOPLE + 1):
            password = f"password {self.judge.planted.plant(Audience.NOBODY)}"
            self.speech.passwords[number] = password
            peer = self.open(number)
            await self.say(peer, Register(1, f"person{number}", password, f"Person {number}"))
            await self.come_in(peer)
        for low, high in ((1, 1), (1, 2), (1, 3), (2, 3), (4, 5), (4, 4), (5, 5)):
            await self.say(self.peers[low - 1], OpenConversation(3, high))
        for owner, others, board in ((1, (2, 3), False), (2, (1, 4), True), (5, (4, 3), False)):
            title = f"of {owner} {self.judge.planted.plant(Audience.UNKNOWN)}"
            key = f"{2**63 + owner:032x}"
            await self.say(self.peers[owner - 1], CreateGroup(4, key, title, others, board=board))
        await self.say(self.peers[1], UpdateSettings(5, share_read=False, share_presence=False))
        await self.say(self.peers[2], BlockUser(5, 1))
        await self.store.perform(self._plant_files)
        if self.chance.random() < 0.5:
            self.service.config = dataclasses.replace(self.service.config, registration="invite")
        while len(self.peers) < _PEERS:
            self.open(1 + int(self.chance.random() * _PEOPLE))

    async def play(self, executions: int) -> None:
        """Hand over frames. Raises Broken."""
        await self.set_up()
        for self.execution in range(executions):
            peer = self.draw.pick(self.peers)
            if peer.working is None and (
                peer.is_closed or (peer.connection.session.is_closing and self.chance.random() < 0.2)
            ):
                peer = self._replace(peer)
            if peer.working is None:
                self.frame = self.speech.next_frame(peer)
                await self._hand_over(peer, self.frame)
            if self.chance.random() * _SETTLE_EVERY < 1:
                await self.settle()
                await self._trouble()
            self._raise_wrong()
            if self.execution % _CHECK_EVERY == 0:
                self._check_store()
        for peer in self.peers:
            peer.read_on()
        await self.settle()
        self._check_store()
        await self.service.stop()
        self._raise_wrong()

    def open(self, user_id: int) -> Peer:
        """A new connection from a device of a user."""
        peer = Peer(self.judge, user_id)
        self._addresses += 1
        peer.connection = self.service.connect(peer, f"address {self._addresses}")
        self.peers.append(peer)
        return peer

    async def come_in(self, peer: Peer) -> None:
        """Connect a device with its user's last token."""
        token = self.judge.tokens[peer.account_id][-1]
        await self.say(peer, UserConnect(2, token, capabilities=("typing",)))

    async def say(self, peer: Peer, command: AnyCommand) -> None:
        """Hand over a command, and wait until the server has done with it. Raises Broken."""
        self.frame = encode_command(command)
        peer.owed.append(command.id)
        await peer.connection.receive(self.frame)
        await asyncio.sleep(_TICK_S)
        self._raise_wrong()

    async def settle(self) -> None:
        """Wait until nothing happens any more: the virtual clock moves only then. Raises Broken."""
        await asyncio.sleep(_TICK_S)
        for peer in self.peers:
            if peer.owed and peer.working is None and not peer.connection.session.is_closing:
                self.wrong.append(f"not answered: {peer.owed}")
        self.judge.settled()
        self._raise_wrong()

    def _plant_files(self, writer: Writer) -> None:
        """Give everybody a whole file, and one that is still on its way."""
        for peer in self.peers:
            for whole in (True, False):
                file_id = self.chance.randbytes(16).hex()
                writer.add_file(FileRow(file_id, peer.account_id, file_id, 5, file_id.encode()[:32], 1))
                if whole:
                    writer.finish_file(file_id, 2)
                peer.known.note({"file_id": file_id}, self.chance)

    async def _hand_over(self, peer: Peer, frame: bytes) -> None:
        if not peer.connection.session.is_closing:
            peer.owed.append(expected_re(frame))
        try:
            waiting = peer.connection.take(frame)
            if waiting is None:
                return
            if peer.is_stalled or self.chance.random() < 0.3:
                peer.working = self._beside(peer, waiting)
            else:
                await waiting
        except Exception as error:
            raise Broken(f"take raised {error!r}") from error

    def _beside(self, peer: Peer, waiting: Awaitable[None]) -> "asyncio.Task[None]":
        """Let the connection work beside the others."""

        async def work() -> None:
            try:
                await waiting
            except Exception as error:
                self.wrong.append(f"take raised {error!r}")
            finally:
                peer.working = None

        return asyncio.get_running_loop().create_task(work())

    async def _trouble(self) -> None:
        """Sometimes a client stops reading, goes, or lets time pass."""
        peer, what = self.draw.pick(self.peers), self.chance.random()
        for each in self.peers:
            each.rests_stalled += each.is_stalled
            if each.is_stalled and (self.chance.random() < 0.4 or each.rests_stalled > _STALLED_MAX):
                each.read_on()
        if what < 0.08:
            peer.stall()
        elif what < 0.13 and peer.working is None and not peer.is_closed:
            peer.abort()
            self._gone(peer)
        elif what < 0.17:
            await asyncio.sleep(self.chance.random() * 30)
            peer.connection.check_handshake()
        elif what < 0.18 and peer.working is None and not peer.is_closed:
            peer.connection.session.close()
        elif what < 0.183:
            await asyncio.sleep(_LONG_S)
            await expiring.expire_all(self.service)

    def _replace(self, peer: Peer) -> Peer:
        self._gone(peer)
        self.peers.remove(peer)
        new = self.open(peer.account_id)
        new.known = peer.known
        return new

    @staticmethod
    def _gone(peer: Peer) -> None:
        if not peer.is_gone:
            peer.is_gone = True
            peer.connection.closed()

    def _check_store(self) -> None:
        try:
            rows.check(self.store.state)
        except AssertionError as error:
            raise Broken(str(error)) from error

    def _raise_wrong(self) -> None:
        if self.wrong:
            raise Broken(self.wrong[0])


def _limits(chance: random.Random) -> Limits:
    """Now what a server has, now so little that everything is refused."""
    tight = chance.random() < 0.1
    return Limits(
        commands_per_s=100.0 if tight else 1e9,
        commands_burst=100.0 if tight else 1e9,
        bad_frames_max=chance.choice((20, 100, 1000)),
        write_buffer_max_bytes=chance.choice((4_000, 70_000, 256 * 1024)),
        fan_out_chunk=chance.choice((1, 3, 200)),
        store_queue_max=chance.choice((3, 10_000)),
        connections_per_user_max=chance.choice((2, 50)),
        devices_per_user_max=chance.choice((3, 200)),
    )
