"""Somebody who only writes: the smallest client there can be, by the protocol alone."""

import asyncio
import secrets
from types import TracebackType

from desktop_chat.net.transport import Transport, open_websocket
from desktop_chat.protocol.codec import decode_frame, encode_command
from desktop_chat.protocol.commands import (
    AnyCommand,
    FindPeople,
    OpenConversation,
    SendMessage,
    SignIn,
    UserConnect,
)
from desktop_chat.protocol.records import Content
from desktop_chat.protocol.replies import AnyReply, ConversationOpened, Error, PeopleFound, SignedIn


class Talker:
    """``async with`` it to be signed in and connected. Raises RuntimeError with the server's words."""

    def __init__(self, address: str, user_name: str, password: str) -> None:
        self._address = address
        self._user_name = user_name
        self._password = password
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[AnyReply]] = {}

    async def __aenter__(self) -> "Talker":
        self._transport: Transport = await open_websocket(self._address)
        self._reader = asyncio.create_task(self._read())
        signed_in = await self._ask(SignIn(self._next_id(), self._user_name, self._password, "sample"))
        assert isinstance(signed_in, SignedIn)
        await self._ask(UserConnect(self._next_id(), signed_in.token))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.cancel()
        await asyncio.wait([self._reader])
        await self._transport.close()

    async def write_to(self, user_name: str, text: str) -> None:
        """Send one message to somebody."""
        found = await self._ask(FindPeople(self._next_id(), user_name))
        assert isinstance(found, PeopleFound)
        user = next(user for user in found.users if user.user_name == user_name)
        opened = await self._ask(OpenConversation(self._next_id(), user.user_id))
        assert isinstance(opened, ConversationOpened)
        conversation_id = opened.conversation.conversation_id
        await self._ask(
            SendMessage(self._next_id(), conversation_id, secrets.token_hex(16), Content("text", text))
        )

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _ask(self, command: AnyCommand) -> AnyReply:
        self._waiting[command.id] = asyncio.get_running_loop().create_future()
        await self._transport.send(encode_command(command))
        reply = await self._waiting[command.id]
        if isinstance(reply, Error):
            raise RuntimeError(reply.message)
        return reply

    async def _read(self) -> None:
        while True:
            for packet in decode_frame(await self._transport.receive()):
                waiting = self._waiting.pop(getattr(packet, "re", None) or 0, None)
                if waiting is not None:
                    waiting.set_result(packet)  # type: ignore[arg-type]
