"""What a person does in a conversation. Each intent is in the store before it returns."""

from collections.abc import Callable

from desktop_chat.core.changes import (
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
)
from desktop_chat.core.ids import new_client_id
from desktop_chat.core.models import NOTICE, Extra, Message
from desktop_chat.language import tr, trn
from desktop_chat.net.clock import Clock
from desktop_chat.protocol.limits import MAX_BODY_CHARS
from desktop_chat.protocol.records import Content, Origin, Source
from desktop_chat.services.committer import Committer, Told
from desktop_chat.services.errors import ClientError
from desktop_chat.store import conversations, messages, outbox
from desktop_chat.store.database import Connection

MAX_DRAFT_CHARS = 2 * MAX_BODY_CHARS
"""Length of a draft, in code points: more than fits in one message, so that a text can be shortened or cut
in two; the composer takes no more."""


class Chat:
    """Sending, retrying, discarding, reading and drafting, each in one transaction."""

    def __init__(
        self,
        committer: Committer,
        clock: Clock,
        *,
        queued: Callable[[], None],
        read: Callable[[], None],
    ) -> None:
        self._committer = committer
        self._clock = clock
        self._queued = queued
        self._read = read

    async def send(
        self,
        conversation_id: int,
        text: str,
        *,
        reply_to: int | None = None,
        mentions: tuple[int, ...] = (),
        file_ids: tuple[str, ...] = (),
        keeps_draft: bool = False,
    ) -> Message:
        """Queue a text: message row and outbox row in one transaction. It keeps its line breaks; white space
        around it goes. ``reply_to`` is the seq that it answers. What is in the composer goes with it, unless
        the text comes from elsewhere and ``keeps_draft``. Raises ClientError where there is nothing to send
        or too much."""
        body = text.strip()
        if not body and not file_ids:
            raise ClientError(tr("There is nothing to send."))
        if len(body) > MAX_BODY_CHARS:
            words = trn(
                "The message has {length} character; {most} fit in one message.",
                "The message has {length} characters; {most} fit in one message.",
                count=len(body),
                length=len(body),
                most=MAX_BODY_CHARS,
            )
            raise ClientError(words)
        extra = Extra(reply_to=reply_to, mentions=mentions, file_ids=file_ids)
        return await self._queue(conversation_id, Content("text", body), extra, clears_draft=not keeps_draft)

    async def forward(self, message: Message, to_conversation_id: int) -> Message:
        """Queue a message that the server has for another conversation, as its sender wrote it. Raises
        ClientError."""
        if message.seq is None or message.kind in (NOTICE, "deleted"):
            raise ClientError(tr("This cannot be forwarded."))
        source = Source(message.conversation_id, message.seq)
        origin = message.extra.origin if message.extra else None
        extra = Extra(
            origin=origin or Origin(message.sender_id, message.sent_at_ms),
            file_ids=message.extra.file_ids if message.extra else (),
            forward=source,
        )
        content = Content(message.kind, message.body)
        return await self._queue(to_conversation_id, content, extra, clears_draft=False)

    async def _queue(
        self, conversation_id: int, content: Content, extra: Extra, *, clears_draft: bool
    ) -> Message:
        now_ms = self._clock.now_ms()
        client_id = new_client_id(now_ms, self._clock.random_bytes(10))
        sent: list[Message] = []

        def write(connection: Connection) -> list[Told]:
            if not conversations.exists(connection, conversation_id):
                raise ClientError(tr("This conversation is not there any more."))
            message = messages.insert_local(
                connection, conversation_id, client_id, self._committer.own_id, now_ms, content, extra
            )
            outbox.add(connection, message)
            if clears_draft:
                conversations.set_draft(connection, conversation_id, "")
            sent.append(message)
            return [MessagesAdded(conversation_id, [message])]

        await self._committer.commit(write, conversation_id)
        self._queued()
        return sent[0]

    async def retry(self, client_id: str) -> None:
        """Queue a failed message again; nothing happens where it is not failed any more."""

        def write(connection: Connection, echo: Message) -> list[Told]:
            changed = outbox.retry(connection, echo.local_id)
            return [] if changed is None else [MessageChanged(changed)]

        await self._change_echo(client_id, write)
        self._queued()

    async def discard(self, client_id: str) -> None:
        """Forget a message that is queued or failed. Raises ClientError where it is on its way already."""

        def write(connection: Connection, echo: Message) -> list[Told]:
            removed = outbox.discard(connection, echo.local_id)
            if removed is None:
                raise ClientError(tr("This message is already on its way."))
            return [MessageRemoved(echo.conversation_id, echo.local_id)]

        await self._change_echo(client_id, write)

    async def mark_read(self, conversation_id: int, seq: int) -> None:
        """A person has seen everything up to ``seq``; told to the server when it can be."""

        def write(connection: Connection) -> list[Told]:
            conversations.want_read(connection, conversation_id, seq)
            return []

        await self._committer.commit(write, conversation_id)
        self._read()

    async def save_draft(self, conversation_id: int, text: str) -> None:
        """Keep what is in the composer, for this conversation. Raises ClientError where it is too much."""
        if len(text) > MAX_DRAFT_CHARS:
            words = trn(
                "The draft has {length} character; only {most} are kept when you leave.",
                "The draft has {length} characters; only {most} are kept when you leave.",
                count=len(text),
                length=len(text),
                most=MAX_DRAFT_CHARS,
            )
            raise ClientError(words)

        def write(connection: Connection) -> list[Told]:
            conversations.set_draft(connection, conversation_id, text)
            return []

        await self._committer.commit(write, conversation_id)

    async def _change_echo(self, client_id: str, write: Callable[[Connection, Message], list[Told]]) -> None:
        own_id = self._committer.own_id

        def change(connection: Connection) -> list[Told]:
            echo = messages.by_client_id(connection, client_id, own_id)
            return [] if echo is None else write(connection, echo)

        await self._committer.commit(change)
