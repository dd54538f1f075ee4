"""Frames, handed to real connections of a real Service over the reference store: what a client may say, what
it may not, and bytes that are no frames at all, in every state of a connection, about its own things and
others'."""

import asyncio
import dataclasses
import logging
import random
from collections.abc import Awaitable, Callable
from functools import cache
from itertools import accumulate
from pathlib import Path

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import (
    AnyCommand,
    BlockUser,
    CreateGroup,
    OpenConversation,
    Register,
    SignIn,
    UpdateSettings,
    UserConnect,
)
from desktop_chat.protocol.records import Resume
from server import expiring
from server.config import Config, Limits
from server.service import Service
from server.store.memory import MemoryStore
from server.store.memory_state import MemoryState
from server.store.records import FileRow
from server.store.writer import Writer
from tests.fuzz.draws import Draw
from tests.fuzz.finding import Broken, Finding
from tests.fuzz.mutations import mutate, noise
from tests.fuzz.peers import Judge, Peer, expected_re
from tests.fuzz.planted import Audience
from tests.fuzz.shapes import StructShape, commands
from tests.server.harness import PlainHasher
from tests.simulation import invariants, virtual_time
from tests.simulation.virtual_time import Stuck

NAME = "frames"
WORLD = 3_000
"""Executions in one world. Then everything is let go of, so that memory stays flat."""

_PEOPLE = 6
_PEERS = 10
_SETTLE_EVERY = 24
_CHECK_EVERY = 500
_RARE = {
    "SIGN_OUT": 0.1,
    "REGISTER": 0.1,
    "CHANGE_PASSWORD": 0.1,
    "REVOKE_DEVICE": 0.1,
    "DELETE_ACCOUNT": 0.02,
    "REMOVE_USER": 0.02,
    "REMOVE_MEMBER": 0.2,
    "ADD_MEMBERS": 1.5,
    "CREATE_GROUP": 0.2,
    "BLOCK_USER": 0.3,
    "SEND_MESSAGE": 9.0,
    "EDIT_MESSAGE": 3.0,
    "DELETE_MESSAGE": 0.7,
    "LOAD_HISTORY": 2.0,
}
"""How often to say a command, where it is not 1: seldom what ends a connection or a thing."""
_BEFORE_CONNECT = ("USER_CONNECT", "SIGN_IN", "REGISTER")
_STALLED_MAX = 6
"""Rests for which a client reads nothing at most: half of what the judge remembers."""
_FULLNESS = (0.05, 0.05, 0.2, 0.5, 0.9)
_TICK_S = 0.001
_LONG_S = 30 * 24 * 3600.0
"""After so long some conversations let go of what is old."""


class _LogWatch(logging.Handler):
    """Nothing that a client does is worth a warning."""

    def __init__(self, wrong: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._wrong = wrong

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._wrong.append(f"logged {record.levelname}: {record.getMessage()} {error!r}")


class _World:
    """Some people with some devices, and one server."""

    def __init__(self, seed: int, service_type: type[Service], wrong: list[str]) -> None:
        self.chance = random.Random(seed)
        self.clock = virtual_time.clock(self.chance)
        self.store = MemoryStore("5" * 32)
        self.wrong = wrong
        self.judge = Judge(self.store.state, self.chance, self.wrong.append)
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
        self.shapes, self.weights = _weighted()
        self.plain = [b"{}"]
        """Frames without a secret, to be taken apart."""
        self.frame = b""
        self.execution = 0
        self._passwords: dict[int, str] = {}
        self._addresses = 0

    async def set_up(self) -> None:
        """Make accounts and conversations; one of the people has none with anybody."""
        for number in range(1, _PEOPLE + 1):
            self._passwords[number] = f"password {self.judge.planted.plant(Audience.NOBODY)}"
            peer = self._open(number)
            await self._say(peer, Register(1, f"person{number}", self._passwords[number], f"Person {number}"))
            await self._come_in(peer)
        for low, high in ((1, 1), (1, 2), (1, 3), (2, 3), (4, 5), (4, 4), (5, 5)):
            await self._say(self.peers[low - 1], OpenConversation(3, high))
        for owner, others, board in ((1, (2, 3), False), (2, (1, 4), True), (5, (4, 3), False)):
            title = f"of {owner} {self.judge.planted.plant(Audience.UNKNOWN)}"
            key = f"{2**63 + owner:032x}"
            await self._say(self.peers[owner - 1], CreateGroup(4, key, title, others, board=board))
        await self._say(self.peers[1], UpdateSettings(5, share_read=False, share_presence=False))
        await self._say(self.peers[2], BlockUser(5, 1))
        await self.store.perform(self._plant_files)
        if self.chance.random() < 0.5:
            self.service.config = dataclasses.replace(self.service.config, registration="invite")
        while len(self.peers) < _PEERS:
            self._open(1 + int(self.chance.random() * _PEOPLE))

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
                self.frame = self._next_frame(peer)
                await self._hand_over(peer, self.frame)
            if self.chance.random() * _SETTLE_EVERY < 1:
                await self._settle()
            self._raise_wrong()
            if self.execution % _CHECK_EVERY == 0:
                self._check_store()
        for peer in self.peers:
            peer.read_on()
        await self._settle()
        self._check_store()
        await self.service.stop()
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

    async def _settle(self) -> None:
        """Wait until nothing happens any more: the virtual clock moves only then."""
        await asyncio.sleep(_TICK_S)
        for peer in self.peers:
            if peer.owed and peer.working is None and not peer.connection.session.is_closing:
                self.wrong.append(f"not answered: {peer.owed}")
        self.judge.settled()
        self._raise_wrong()
        await self._trouble()

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

    def _next_frame(self, peer: Peer) -> bytes:
        chance, draw = self.chance, self.draw
        way = chance.random()
        if way < 0.03:
            return noise(chance)
        if way < 0.13:
            return mutate(draw.pick(self.plain), draw.pick(self.plain), chance)
        shape = chance.choices(self.shapes, cum_weights=self.weights)[0]
        if peer.connection.session.is_connected:
            if shape.tag in _BEFORE_CONNECT and chance.random() < 0.8:
                shape = chance.choices(self.shapes, cum_weights=self.weights)[0]
        elif chance.random() < 0.5:
            return encode_command(self._connect_command(peer))
        own = peer.known.records
        records = own if own and chance.random() < 0.9 else self.judge.known.records
        draw.record = draw.pick(records) if records else {}
        draw.known = (peer.known, self.judge.known)
        draw.conversation_id = None
        draw.fullness = draw.pick(_FULLNESS)
        peer.next_id += 1
        if way < 0.27:
            draw.secret = None
            frame = shape.wrong(draw, peer.next_id).encode("utf-8", "surrogatepass")
            if len(frame) < 2_000:
                self._keep(frame)
            return frame
        draw.secret = None if way < 0.37 else self._secret_of(peer)
        frame = shape.command(draw, peer.next_id).encode()
        if draw.secret is None:
            self._keep(frame)
        return frame

    def _secret_of(self, peer: Peer) -> Callable[[str, int | None], str]:
        user_id = peer.connection.user_id

        def secret(name: str, conversation_id: int | None) -> str:
            text = self.judge.planted.for_field(name, conversation_id, user_id)
            if text and not user_id:
                peer.said.setdefault(peer.next_id, []).append(len(self.judge.planted.secrets) - 1)
            return text

        return secret

    def _keep(self, frame: bytes) -> None:
        if len(self.plain) < 200:
            self.plain.append(frame)
        else:
            self.plain[int(self.chance.random() * 200)] = frame

    def _open(self, user_id: int) -> Peer:
        peer = Peer(self.judge, user_id)
        self._addresses += 1
        peer.connection = self.service.connect(peer, f"address {self._addresses}")
        self.peers.append(peer)
        return peer

    def _replace(self, peer: Peer) -> Peer:
        self._gone(peer)
        self.peers.remove(peer)
        new = self._open(peer.account_id)
        new.known = peer.known
        return new

    @staticmethod
    def _gone(peer: Peer) -> None:
        if not peer.is_gone:
            peer.is_gone = True
            peer.connection.closed()

    def _connect_command(self, peer: Peer) -> AnyCommand:
        peer.next_id += 1
        name, tokens = f"person{peer.account_id}", self.judge.tokens.get(peer.account_id, [])
        if tokens and self.chance.random() < 0.9:
            position = int(self.chance.random() * (self.store.state.position + 3))
            resume = Resume("5" * 32, position) if self.chance.random() < 0.6 else None
            capabilities = ("files", "typing") if self.chance.random() < 0.8 else ()
            return UserConnect(
                peer.next_id, self.draw.pick(tokens[-3:]), resume=resume, capabilities=capabilities
            )
        return SignIn(peer.next_id, name, self._passwords[peer.account_id])

    async def _come_in(self, peer: Peer) -> None:
        token = self.judge.tokens[peer.account_id][-1]
        await self._say(peer, UserConnect(2, token, capabilities=("typing",)))

    async def _say(self, peer: Peer, command: AnyCommand) -> None:
        self.frame = encode_command(command)
        peer.owed.append(command.id)
        await peer.connection.receive(self.frame)
        await asyncio.sleep(_TICK_S)
        self._raise_wrong()

    def _check_store(self) -> None:
        try:
            invariants.check_state(self.store.state)
            _check_rows(self.store.state)
        except AssertionError as error:
            raise Broken(str(error)) from error

    def _raise_wrong(self) -> None:
        if self.wrong:
            raise Broken(self.wrong[0])


def play(seed: int, executions: int = WORLD, service_type: type[Service] = Service) -> Finding | None:
    """Play one world from its seed; what it found."""
    wrong: list[str] = []
    watch = _LogWatch(wrong)
    worlds: list[_World] = []

    async def story() -> None:
        world = _World(seed, service_type, wrong)
        worlds.append(world)
        await world.play(executions)

    logging.root.addHandler(watch)
    try:
        virtual_time.run(story())
    except (Broken, Stuck) as error:
        words = str(error) or "a command is never answered"
        return Finding(NAME, seed, worlds[0].execution, words, worlds[0].frame.hex())
    finally:
        logging.root.removeHandler(watch)
    return None


def _check_rows(state: MemoryState) -> None:
    """What holds by itself of what is around the logs. Raises AssertionError."""
    for conversation_id, members in state.members.items():
        conversation = state.conversations[conversation_id]
        if conversation.kind == "group" and members:
            assert any(row.role == "owner" for row in members.values()), f"{conversation} has no owner"
        assert all(each >= conversation.first_seq for each in conversation.info.pinned_seqs), (
            "a pin of nothing"
        )
    alive = {
        (each.conversation_id, each.seq)
        for log in state.messages.values()
        for each in log
        if not each.deleted
    }
    assert state.versions.keys() <= alive, "versions of what is deleted"
    assert {each for each, reactions in state.reactions.items() if reactions} <= alive, "reactions to nothing"
    deleted = [each for log in state.messages.values() for each in log if each.deleted]
    assert all(each.content is None and not each.file_ids for each in deleted), (
        "what is deleted says something"
    )
    kept = {each.message_id for log in state.messages.values() for each in log if not each.deleted}
    assert all(use[2] < 1 or use[2] in kept for use in state.file_uses), "a file is used by nothing"
    people = [each for each in state.users.values() if not each.is_deleted]
    assert not people or any(each.is_admin for each in people), "nobody is admin"


@cache
def _weighted() -> tuple[tuple[StructShape, ...], list[float]]:
    """Every command there is, and how often to say it, added up."""
    shapes = commands(AnyCommand)
    return shapes, list(accumulate(_RARE.get(each.tag, 1.0) for each in shapes))


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
