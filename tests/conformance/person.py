"""A client that speaks by the wire alone."""

import asyncio
import uuid
from functools import partial
from typing import Any

from websockets.asyncio.client import ClientConnection

from desktop_chat.protocol.codec import AnyPacket, decode_frame
from desktop_chat.protocol.commands import (
    AnyCommand,
    Command,
    CreateGroup,
    FindPeople,
    LoadHistory,
    LogCommand,
    OpenConversation,
    Register,
    SendMessage,
    UserConnect,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.ids import UserName
from desktop_chat.protocol.records import Content, Message, Resume
from desktop_chat.protocol.replies import (
    ConnectionConfirmed,
    Error,
    MessageHistory,
    MessageSent,
    PeopleFound,
    SignedIn,
)
from tests.conformance.seen import Seen
from tests.server.blackbox.real_server import RealClient

PASSWORD = "correct horse"
CAPABILITIES = ("files", "typing")


def key() -> str:
    """A new idempotency key."""
    return uuid.uuid4().hex


def text(body: str) -> Content:
    """What somebody writes."""
    return Content("text", body)


def _answers(command_id: int, packet: object) -> bool:
    return getattr(packet, "re", None) == command_id


class Person(RealClient):
    """One WebSocket, and who is at its other end. ``do`` expects an answer, ``refused`` an error."""

    def __init__(self, socket: ClientConnection, seen: Seen, invite: str = "", patient: bool = False) -> None:
        """``patient``: what is too fast is said again in time, as the server is not the suite's own."""
        super().__init__(socket)
        self._patient = patient
        self._seen = seen
        self._invite = invite
        self.user_name: UserName = ""
        self.device_id = 0
        self.epoch = ""
        self.capabilities: tuple[str, ...] = ()

    async def say(self, command: AnyCommand) -> None:
        self._seen.said(command)
        await super().say(command)

    def take(self, frame: bytes) -> None:
        packets = decode_frame(frame)
        for each in packets:
            self._seen.came(each)
        self.packets += packets

    async def closed(self) -> int:
        code = await super().closed()
        self._seen.closings.add(code)
        return code

    async def answer(self, command: AnyCommand) -> AnyPacket:
        """Say a command; its reply or its ERROR."""
        while True:
            await self.say(command)
            reply: Any = await self.next(object, partial(_answers, command.id))
            if not await self._was_too_fast(reply):
                return reply  # type: ignore[no-any-return]

    async def _was_too_fast(self, reply: Any) -> bool:
        """Whether to say it again; if so it is time to."""
        if not self._patient or not isinstance(reply, Error) or reply.code is not ErrorCode.TOO_FAST:
            return False
        await asyncio.sleep(reply.retry_after_s or 1.0)
        return True

    def command(self, of: type[Command], *fields: Any, **named: Any) -> Any:
        """A command with the next id, and where it needs one with a key."""
        if issubclass(of, LogCommand) and "client_id" not in named:
            return of(self.next_id(), fields[0], key(), *fields[1:], **named)
        return of(self.next_id(), *fields, **named)

    async def do(self, of: type[Command], *fields: Any, **named: Any) -> Any:
        """Say a command that is carried out; its reply."""
        reply = await self.answer(self.command(of, *fields, **named))
        assert not isinstance(reply, Error), reply
        return reply

    async def refused(self, of: type[Command], *fields: Any, **named: Any) -> ErrorCode:
        """Say a command that is refused; the code."""
        reply = await self.answer(self.command(of, *fields, **named))
        assert isinstance(reply, Error), reply
        assert reply.message
        return reply.code

    async def outcome(self, of: type[Command], *fields: Any, **named: Any) -> str:
        """Say a command; "done", or the code of its refusal."""
        reply = await self.answer(self.command(of, *fields, **named))
        return str(reply.code) if isinstance(reply, Error) else "done"

    async def told(self) -> list[AnyPacket]:
        """What came until now, each once. What others were answered before, this one was told before."""
        await self.ask(FindPeople(self.next_id(), "nobody at all", 1), PeopleFound)
        packets, self.packets = self.packets, []
        return packets

    async def register(self, name: str) -> SignedIn:
        """REGISTER."""
        reply = await self.do(Register, name, PASSWORD, device_name="conformance", invite=self._invite)
        assert isinstance(reply, SignedIn)
        self.token, self.user_id, self.user_name = reply.token, reply.user.user_id, name
        return reply

    async def connect(
        self, token: str = "", resume: Resume | None = None, capabilities: tuple[str, ...] = CAPABILITIES
    ) -> int:
        self.token = token or self.token
        while True:
            await self.say(UserConnect(self.next_id(), self.token, resume=resume, capabilities=capabilities))
            ended = await self.next(object, lambda packet: isinstance(packet, CaughtUp | Error))
            if not await self._was_too_fast(ended):
                break
        assert isinstance(ended, CaughtUp), ended
        [confirmed] = [each for each in self.packets if isinstance(each, ConnectionConfirmed)]
        self.user_id, self.device_id = confirmed.user.user_id, confirmed.device_id
        self.user_name = confirmed.user.user_name
        self.epoch, self.capabilities = confirmed.epoch, confirmed.capabilities
        return ended.position

    async def send(self, conversation_id: int, body: str = "hello", **named: Any) -> int:
        """SEND_MESSAGE; the seq."""
        content = None if "forward" in named else text(body)
        sent = await self.do(SendMessage, conversation_id, content=content, **named)
        assert isinstance(sent, MessageSent)
        return sent.seq

    async def do_open(self, user_id: int) -> int:
        """OPEN_CONVERSATION; the id."""
        opened = await self.do(OpenConversation, user_id)
        conversation_id: int = opened.conversation.conversation_id
        return conversation_id

    async def group(self, *others: "Person", title: str = "group", **named: Any) -> int:
        """CREATE_GROUP; the conversation's id."""
        ids = tuple(each.user_id for each in others)
        opened = await self.do(CreateGroup, key(), title, ids, **named)
        conversation_id: int = opened.conversation.conversation_id
        return conversation_id

    async def entry(self, conversation_id: int, seq: int) -> Message:
        """One entry as the server has it now."""
        [message] = await self.page(conversation_id, after_seq=seq - 1, limit=1)
        return message

    async def page(self, conversation_id: int, **named: Any) -> list[Message]:
        """LOAD_HISTORY; the entries."""
        page = await self.do(LoadHistory, conversation_id, **named)
        assert isinstance(page, MessageHistory)
        return page.messages
