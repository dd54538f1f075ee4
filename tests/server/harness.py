"""A Service without sockets or threads, and clients that speak to it by frames."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from desktop_chat.protocol.codec import AnyPacket, decode_frame, encode_command
from desktop_chat.protocol.commands import AnyCommand, OpenConversation, Register, SendMessage, UserConnect
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Content, Resume
from desktop_chat.protocol.replies import ConversationOpened, SignedIn
from server.config import Config, Limits
from server.files.blobs import BlobStore
from server.service import Service
from server.store.base import Store
from server.store.memory import MemoryStore

P = TypeVar("P")


class PlainHasher:
    """Stands for the slow one; a password is its own hash."""

    queued = 0

    async def hash(self, password: str) -> str:
        return f"plain:{password}"

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash in (f"plain:{password}", f"older:{password}")

    def is_outdated(self, password_hash: str) -> bool:
        return password_hash.startswith("older:")

    def close(self) -> None: ...


class RecordingTransport:
    """Keeps what was sent to a client; ``stalled`` stands for one that does not read."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.aborted = False
        self.stalled = False
        self.waiting_bytes = 0

    def send(self, frame: bytes) -> None:
        if self.closed is None:
            self.frames.append(frame)
            self.waiting_bytes += len(frame) if self.stalled else 0

    def buffered_bytes(self) -> int:
        return self.waiting_bytes

    async def drain(self) -> None: ...

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)

    def abort(self) -> None:
        self.aborted = True


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def now_ms(self) -> int:
        return 1_700_000_000_000 + int(self.now_s * 1000)

    def monotonic_s(self) -> float:
        return self.now_s


class TestServer:
    """A running Service."""

    __test__ = False

    def __init__(
        self,
        store: Store | None = None,
        limits: Limits | None = None,
        blobs: BlobStore | None = None,
        **config: Any,
    ) -> None:
        self.clock = Clock()
        self.store = store or MemoryStore("e" * 32)
        tokens = itertools.count(1)
        self.service = Service(
            Config(data=Path("unused"), limits=limits or Limits(), **config),
            self.store,
            PlainHasher(),
            now_ms=self.clock.now_ms,
            monotonic_s=self.clock.monotonic_s,
            token_bytes=lambda size: next(tokens).to_bytes(size, "big"),
            blobs=blobs,
        )
        self.service.start()

    def client(self, address: str = "here") -> "TestClient":
        return TestClient(self, address)

    async def person(self, name: str) -> "TestClient":
        """A registered and connected client."""
        client = self.client()
        await client.register(name)
        await client.connect()
        return client


class TestClient:
    """One connection of a client."""

    __test__ = False

    def __init__(self, server: TestServer, address: str) -> None:
        self.server = server
        self.transport = RecordingTransport()
        self.connection = server.service.connect(self.transport, address)
        self.token = ""
        self.user_id = 0
        self._ids = itertools.count(1)
        self._read = 0

    def next_id(self) -> int:
        return next(self._ids)

    async def say(self, command: AnyCommand) -> list[AnyPacket]:
        """Send a command, and wait until everything that follows from it has happened."""
        await self.connection.receive(encode_command(command))
        return await self.settled()

    async def settled(self) -> list[AnyPacket]:
        """Everything new, after the store has done its work."""
        await self.server.store.perform(lambda writer: None)
        return self.packets()

    def packets(self) -> list[AnyPacket]:
        """Everything new so far."""
        new = self.transport.frames[self._read :]
        self._read = len(self.transport.frames)
        return [packet for frame in new for packet in decode_frame(frame)]

    async def register(self, name: str) -> SignedIn:
        packets = await self.say(Register(self.next_id(), name, "correct horse"))
        signed_in = only(SignedIn, packets)
        self.token = signed_in.token
        self.user_id = signed_in.user.user_id
        return signed_in

    async def connect(self, token: str | None = None, resume: Resume | None = None) -> list[AnyPacket]:
        self.token = token or self.token
        packets = await self.say(UserConnect(self.next_id(), self.token, resume=resume))
        self.user_id = self.connection.user_id
        return packets

    async def open(self, user_id: int) -> int:
        packets = await self.say(OpenConversation(self.next_id(), user_id))
        return only(ConversationOpened, packets).conversation.conversation_id

    async def send(self, conversation_id: int, body: str, client_id: str = "") -> list[AnyPacket]:
        return await self.say(self.message(conversation_id, body, client_id))

    def message(self, conversation_id: int, body: str, client_id: str = "") -> SendMessage:
        number = self.next_id()
        key = client_id or f"{self.user_id:016x}{number:016x}"
        return SendMessage(number, conversation_id, key, Content("text", body))


def only(kind: type[P], packets: list[Any], where: Callable[[P], bool] = lambda packet: True) -> P:
    """The one packet of this kind."""
    found = [packet for packet in packets if isinstance(packet, kind) and where(packet)]
    assert len(found) == 1, packets
    return found[0]


def position_of(packets: list[AnyPacket]) -> int:
    """Where a catch-up ended."""
    return only(CaughtUp, packets).position
