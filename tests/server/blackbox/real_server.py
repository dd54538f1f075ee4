"""A real server process, and clients that speak to it by the wire alone."""

import asyncio
import contextlib
import itertools
import os
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect

from desktop_chat.protocol.codec import AnyPacket, decode_frame, encode_command
from desktop_chat.protocol.commands import AnyCommand, OpenConversation, Register, SendMessage, UserConnect
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Content, Resume
from desktop_chat.protocol.replies import ConversationOpened, Error, SignedIn
from tests.server.store.stores import empty_database

P = TypeVar("P")
_ROOT = Path(__file__).parents[3]
_HUNG_S = 30.0
"""No test waits this long; it ends one that would wait for ever."""


class RealServer:
    """``python -m server`` on a folder."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    async def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """The exit status, once it has ended."""
        await asyncio.wait_for(self.process.communicate(), _HUNG_S)
        assert self.process.returncode is not None
        return self.process.returncode

    async def kill(self) -> None:
        self.process.kill()
        await self.ended()


def any_certificate() -> ssl.SSLContext:
    """TLS to whoever answers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def run_server(*arguments: str, stdin: bytes = b"", **settings: object) -> tuple[int, str, str]:
    """Run the command line to its end: status, stdout, stderr."""
    process = await _start(arguments, settings)
    out, err = await asyncio.wait_for(process.communicate(stdin), _HUNG_S)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def start_server(folder: Path, *arguments: str, **settings: object) -> RealServer:
    """A server that listens. ``settings`` go into its environment. An empty folder gets a ready-made
    database, so that not every test waits for Alembic; one that is not there the server makes itself."""
    if folder.is_dir() and not any(folder.iterdir()):
        (folder / "server.sqlite3").write_bytes(empty_database())
    return await until_ready(await spawn_server(folder, *arguments, **settings))


async def spawn_server(folder: Path, *arguments: str, **settings: object) -> asyncio.subprocess.Process:
    """A server that is just being started, on the folder as it is."""
    return await _start(("serve", "--data", str(folder), "--port", "0", *arguments), settings)


async def until_ready(process: asyncio.subprocess.Process) -> RealServer:
    """The server, once it listens."""
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), _HUNG_S)).decode()
    if not line.startswith(("ready ws://127.0.0.1:", "ready wss://127.0.0.1:")):
        _, err = await process.communicate()
        raise AssertionError(f"the server said {line!r}: {err.decode()}")
    return RealServer(process, line.removeprefix("ready ").strip())


@asynccontextmanager
async def a_server(folder: Path, *arguments: str, **settings: object) -> AsyncIterator[RealServer]:
    """A server for the length of a test, which must still be well at its end."""
    server = await start_server(folder, *arguments, **settings)
    try:
        yield server
        assert server.process.returncode is None, "the server ended by itself"
    finally:
        if server.process.returncode is None:
            assert await server.stop() == 0


@asynccontextmanager
async def a_client(server: RealServer) -> AsyncIterator["RealClient"]:
    """A client with an open socket."""
    secure: dict[str, Any] = {"ssl": any_certificate()} if server.url.startswith("wss:") else {}
    async with connect(server.url, compression=None, max_size=None, **secure) as socket:
        yield RealClient(socket)


@asynccontextmanager
async def a_person(server: RealServer, name: str) -> AsyncIterator["RealClient"]:
    """A client with a new account, connected and caught up."""
    async with a_client(server) as client:
        await client.register(name)
        await client.connect()
        yield client


class RealClient:
    """One WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.token = ""
        self.user_id = 0
        self.packets: list[AnyPacket] = []
        self._ids = itertools.count(1)
        self._keys = itertools.count(1)

    def next_id(self) -> int:
        return next(self._ids)

    async def say(self, command: AnyCommand) -> None:
        await self.socket.send(encode_command(command), text=True)

    async def next(self, kind: type[P], where: Callable[[P], bool] = lambda packet: True) -> P:
        """The next packet of a kind; everything before it is kept in ``packets``."""
        async with asyncio.timeout(_HUNG_S):
            while True:
                for index, packet in enumerate(self.packets):
                    if isinstance(packet, kind) and where(packet):
                        del self.packets[index]
                        return packet
                self.take(await self.socket.recv(decode=False))

    def take(self, frame: bytes) -> None:
        """Keep what a frame holds."""
        self.packets += decode_frame(frame)

    async def ask(self, command: AnyCommand, kind: type[P]) -> P:
        """Say a command and wait for its reply."""
        await self.say(command)
        return await self.next(kind, lambda packet: getattr(packet, "re", None) == command.id)

    async def refusal(self, command: AnyCommand) -> Error:
        """Say a command that is refused."""
        return await self.ask(command, Error)

    async def raw(self, frame: bytes | str) -> Error:
        """Send any frame at all; the refusal."""
        await self.socket.send(frame)
        return await self.next(Error)

    async def closed(self) -> int:
        """Read on until the server closes; the code."""
        async with asyncio.timeout(_HUNG_S):
            with contextlib.suppress(Exception):
                while True:
                    self.take(await self.socket.recv(decode=False))
        assert self.socket.close_code is not None
        return self.socket.close_code

    async def register(self, name: str) -> SignedIn:
        signed_in = await self.ask(Register(self.next_id(), name, "correct horse"), SignedIn)
        self.token, self.user_id = signed_in.token, signed_in.user.user_id
        return signed_in

    async def connect(self, token: str = "", resume: Resume | None = None) -> int:
        """USER_CONNECT; the position that it has caught up to. The catch-up is in ``packets``."""
        self.token = token or self.token
        await self.say(UserConnect(self.next_id(), self.token, resume=resume))
        return (await self.next(CaughtUp)).position

    async def open(self, user_id: int) -> int:
        opened = await self.ask(OpenConversation(self.next_id(), user_id), ConversationOpened)
        return opened.conversation.conversation_id

    def message(self, conversation_id: int, body: str, key: int = 0) -> SendMessage:
        number = key or next(self._keys)
        client_id = f"{self.user_id:016x}{number:016x}"
        return SendMessage(self.next_id(), conversation_id, client_id, Content("text", body))


async def _start(arguments: tuple[str, ...], settings: dict[str, Any]) -> asyncio.subprocess.Process:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("DESKTOP_CHAT_SERVER_")
    }
    for name, value in settings.items():
        environment[f"DESKTOP_CHAT_SERVER_{name.upper()}"] = str(value)
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server",
        *arguments,
        cwd=_ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
