"""Clients under load: each says one message after the other, notes what it is told, and comes back whenever
its connection is lost, with what was not confirmed before anything new."""

import asyncio
import contextlib
import itertools
from collections import deque
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from desktop_chat.protocol.codec import decode_frame, encode_command
from desktop_chat.protocol.commands import AnyCommand, OpenConversation, Register, SendMessage, UserConnect
from desktop_chat.protocol.errors import REMEDIES, Remedy
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Content
from desktop_chat.protocol.replies import ConversationOpened, Error, MessageSent, SignedIn
from tests.torture.ledger import Confirmed, Key, Ledger

P = TypeVar("P")

OUTSTANDING = 12
"""Messages on their way at once."""
_AWAY_S = 0.005


class Address:
    """Where the server is now, if anywhere."""

    def __init__(self) -> None:
        self.url = ""


class Sender:
    """One device of one user. ``wrong`` takes words for what no server may do."""

    def __init__(self, number: int, address: Address, ledger: Ledger, wrong: list[str]) -> None:
        self.number = number
        self.user_id = 0
        self.token = ""
        self.conversations: list[int] = []
        self.confirmed_here = asyncio.Event()
        """Set with each confirmation."""
        self._address = address
        self._ledger = ledger
        self._wrong = wrong
        self._keys = itertools.count(1)
        self._ids = itertools.count(1)
        self._under_way: dict[int, Key] = {}
        self._waiting: deque[Key] = deque()
        self._room = asyncio.Event()

    async def set_up(self, others: "list[Sender]") -> None:
        """Make the account, and a conversation with each of these and with oneself."""
        async with connect(self._address.url, compression=None) as socket:
            signed_in = await self._ask(
                socket, Register(next(self._ids), f"sender{self.number}", "correct horse"), SignedIn
            )
            self.user_id, self.token = signed_in.user.user_id, signed_in.token
            await self._ask(socket, UserConnect(next(self._ids), self.token), CaughtUp)
            for other in [self, *others]:
                opened = await self._ask(
                    socket, OpenConversation(next(self._ids), other.user_id), ConversationOpened
                )
                for each in {self, other}:
                    each.conversations.append(opened.conversation.conversation_id)

    async def run(self) -> None:
        """Go on until it is cancelled."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, EOFError, TimeoutError):
                if self._address.url:
                    async with connect(self._address.url, compression=None, max_size=None) as socket:
                        await self._live(socket)
            await asyncio.sleep(_AWAY_S)

    async def _live(self, socket: ClientConnection) -> None:
        self._under_way.clear()
        self._waiting = deque(self._ledger.unconfirmed(self.user_id))
        self._room.set()
        await socket.send(encode_command(UserConnect(next(self._ids), self.token)), text=True)
        saying = asyncio.ensure_future(self._say(socket))
        try:
            while True:
                for packet in decode_frame(await socket.recv(decode=False)):
                    if isinstance(packet, MessageSent):
                        self._confirmed(packet)
                    elif isinstance(packet, Error) and REMEDIES[packet.code] is not Remedy.RETRY:
                        self._wrong.append(f"refused: {packet}")
                    elif isinstance(packet, Error):
                        return  # come back, and say it again in order
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)

    async def _say(self, socket: ClientConnection) -> None:
        while True:
            await self._room.wait()
            id_ = next(self._ids)
            key = self._waiting.popleft() if self._waiting else self._next_key()
            conversation_id, body = self._ledger.said[key]
            self._under_way[id_] = key
            if len(self._under_way) >= OUTSTANDING:
                self._room.clear()
            command = SendMessage(id_, conversation_id, key[0], Content("text", body))
            await socket.send(encode_command(command), text=True)

    def _next_key(self) -> Key:
        number = next(self._keys)
        key = (f"{self.user_id:016x}{number:016x}", self.user_id)
        conversation_id = self.conversations[number % len(self.conversations)]
        self._ledger.said[key] = (conversation_id, f"message {number} of {self.number}")
        return key

    def _confirmed(self, sent: MessageSent) -> None:
        key = self._under_way.pop(sent.re, None)
        if key is None or key[0] != sent.client_id:
            self._wrong.append(f"confirmed to nobody who asked: {sent}")
            return
        told = Confirmed(sent.conversation_id, sent.message_id, sent.seq, sent.sent_at_ms)
        self._ledger.confirm(key, told)
        self._room.set()
        self.confirmed_here.set()

    @staticmethod
    async def _ask(socket: ClientConnection, command: AnyCommand, kind: type[P]) -> P:
        await socket.send(encode_command(command), text=True)
        while True:
            for packet in decode_frame(await socket.recv(decode=False)):
                if isinstance(packet, kind):
                    return packet
                assert not isinstance(packet, Error), packet
