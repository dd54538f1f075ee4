"""Clients that change their minds: in a group of theirs each says something, edits it, reacts to it, deletes
it, one thing after the other, and says again after a kill what was not confirmed."""

import asyncio
import contextlib
import itertools
from dataclasses import dataclass
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from desktop_chat.protocol.codec import decode_frame, encode_command
from desktop_chat.protocol.commands import (
    AnyCommand,
    CreateGroup,
    DeleteMessage,
    EditMessage,
    React,
    Register,
    SendMessage,
    UserConnect,
)
from desktop_chat.protocol.errors import REMEDIES, Remedy
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Content
from desktop_chat.protocol.replies import ConversationOpened, Error, MessageSent, SignedIn
from server.store.reader import Reader
from tests.torture.ledger import Verdict
from tests.torture.senders import Address

_AWAY_S = 0.005
_KEY = "+"


@dataclass
class _Step:
    """One thing to do; ``of`` is the number of the step that said what it changes."""

    kind: str
    client_id: str
    body: str = ""
    of: int = 0
    seq: int = 0
    """Where it was confirmed, 0 before."""


class Changer:
    """One device of one user. ``wrong`` takes words for what no server may do."""

    def __init__(self, number: int, address: Address, wrong: list[str]) -> None:
        self.user_id = 0
        self.group_id = 0
        self._name = f"changer{number}"
        self._chance = Random(number)
        self._address, self._wrong = address, wrong
        self._token = ""
        self._ids = itertools.count(1)
        self._steps: list[_Step] = []

    async def set_up(self, first: "Changer | None") -> None:
        """Make the account; the last to come makes the group with ``first``."""
        async with connect(self._address.url, compression=None) as socket:
            signed_in = await self._ask(
                socket, Register(next(self._ids), self._name, "correct horse"), SignedIn
            )
            self.user_id, self._token = signed_in.user.user_id, signed_in.token
            if first is None:
                return
            await self._ask(socket, UserConnect(next(self._ids), self._token), CaughtUp)
            command = CreateGroup(next(self._ids), f"{self.user_id:032x}", "Changers", (first.user_id,))
            opened = await self._ask(socket, command, ConversationOpened)
            self.group_id = first.group_id = opened.conversation.conversation_id

    async def run(self) -> None:
        """Go on until it is cancelled."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, EOFError, TimeoutError):
                if self._address.url:
                    async with connect(self._address.url, compression=None, max_size=None) as socket:
                        await self._ask(socket, UserConnect(next(self._ids), self._token), CaughtUp)
                        while await self._go_on(socket):
                            pass
            await asyncio.sleep(_AWAY_S)

    async def _go_on(self, socket: ClientConnection) -> bool:
        """Do the next thing, or once more what was not confirmed; False where the server wants a pause."""
        if not self._steps or self._steps[-1].seq:
            self._steps.append(self._next())
        step = self._steps[-1]
        answer = await self._ask(socket, self._command(step), MessageSent | Error)
        if isinstance(answer, Error):
            if REMEDIES[answer.code] is not Remedy.RETRY:
                self._wrong.append(f"{step} was refused: {answer}")
                step.seq = -1
            return False
        if answer.client_id != step.client_id:
            self._wrong.append(f"{step} was confirmed as {answer}")
        step.seq = answer.seq
        return True

    def _next(self) -> _Step:
        number = len(self._steps) + 1
        client_id = f"{self.user_id:016x}{number:016x}"
        gone = {each.of for each in self._steps if each.kind == "delete"}
        there = [
            index for index, each in enumerate(self._steps) if each.kind == "send" and index not in gone
        ][-8:]
        kind = self._chance.choice(("send", "send", "edit", "edit", "react", "delete")) if there else "send"
        of = self._chance.choice(there) if kind != "send" else 0
        return _Step(kind, client_id, f"{kind} {number} of {self._name}", of)

    def _command(self, step: _Step) -> AnyCommand:
        id_, group_id, key = next(self._ids), self.group_id, step.client_id
        seq = self._steps[step.of].seq
        match step.kind:
            case "edit":
                return EditMessage(id_, group_id, key, seq, Content("text", step.body))
            case "delete":
                return DeleteMessage(id_, group_id, key, seq)
            case "react":
                return React(id_, group_id, key, seq, _KEY)
        return SendMessage(id_, group_id, key, Content("text", step.body))

    def check(self, reader: Reader) -> Verdict:
        """Whether everything that was confirmed is as it was left."""
        verdict = Verdict()
        confirmed = [each for each in self._steps if each.seq > 0]
        verdict.confirmed = len(confirmed)
        for step in confirmed:
            entry = reader.message(self.group_id, step.seq)
            if entry is None or (entry.client_id, entry.sender_id) != (step.client_id, self.user_id):
                verdict.lost += 1
                verdict.words.append(f"{step} is lost: {entry}")
        for index, step in enumerate(self._steps):
            if step.kind == "send" and step.seq > 0:
                self._check_message(reader, index, verdict)
        return verdict

    def _check_message(self, reader: Reader, index: int, verdict: Verdict) -> None:
        message = reader.message(self.group_id, self._steps[index].seq)
        if message is None:
            return
        body = None if message.content is None else message.content.body
        versions = len(reader.versions(self.group_id, message.seq))
        found = (body, versions, message.deleted, bool(message.reactions))
        about = [each for each in self._steps if each.kind != "send" and each.of == index]
        done = [each for each in about if each.seq > 0]
        if found not in (self._left(index, done), self._left(index, about)):
            verdict.blame(f"{self._steps[index]} is {found} after {about}")

    def _left(self, index: int, steps: list[_Step]) -> tuple[Any, ...]:
        """Text, old versions, whether it is deleted, whether there is a reaction."""
        if any(each.kind == "delete" for each in steps):
            return None, 0, True, False
        edits = [each for each in steps if each.kind == "edit"]
        body = edits[-1].body if edits else self._steps[index].body
        return body, len(edits), False, any(each.kind == "react" for each in steps)

    @staticmethod
    async def _ask(socket: ClientConnection, command: AnyCommand, kind: Any) -> Any:
        await socket.send(encode_command(command), text=True)
        while True:
            for packet in decode_frame(await socket.recv(decode=False)):
                if isinstance(packet, kind) and getattr(packet, "re", command.id) == command.id:
                    return packet
                if isinstance(packet, Error):
                    raise OSError(packet.message)
