"""What a person does with a message that is there: answering, changing, reacting, keeping, passing on."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from desktop_chat.core.attachments import FILE_KINDS, caption
from desktop_chat.core.models import Conversation, Message, SendState
from desktop_chat.core.rights import MessageRights, message_rights
from desktop_chat.language import tr, trc, trn
from desktop_chat.protocol.records import Receipt
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels import rich_text, times, wording
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Intents, Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

QUICK_REACTIONS = ("👍", "❤️", "😂", "😮", "😢", "🙏")
"""What is offered without a search."""


class Fact(Struct, frozen=True):
    """A line of the delivery story: what, and when or how, both in words."""

    name: str
    words: str


class MessageActions(QObject):
    """Intents on messages of one account; each is carried out by the server, or ``failed`` says in words why
    not."""

    failed = Signal(int, str)
    """The conversation that an intent was for, by id, and why it was not carried out."""
    details_ready = Signal(object, object)
    """The message, and its delivery story: a list of Fact."""
    versions_ready = Signal(object, object)
    """The message, and what it said before, the oldest first: a list of Fact, time and text."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        now_ms: Callable[[], int] = times.wall_clock_ms,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._intents = Intents(feed, spawn, partial(self.failed.emit, 0))
        self._now_ms = now_ms

    def rights(self, message: Message, conversation: Conversation) -> MessageRights:
        """What may be offered for a message."""
        return message_rights(message, conversation, self._client.user_id)

    def react(self, message: Message, key: str) -> None:
        """Put a reaction on a message, or take the own one off."""
        reactions = message.extra.reactions if message.extra else ()
        given = any(each.key == key and self._client.user_id in each.user_ids for each in reactions)
        self._do(message.conversation_id, self._client.actions.react(message, key, not given))

    def pin(self, message: Message, on: bool) -> None:
        """Pin a message for everybody, or take it off."""
        self._do(message.conversation_id, self._client.actions.pin_message(message, on))

    def star(self, message: Message, on: bool) -> None:
        """Keep a message among the own starred ones, or no longer."""
        self._do(message.conversation_id, self._client.actions.star(message, on))

    def delete(self, messages: Iterable[Message]) -> None:
        """Take messages of one conversation away for everybody, as far as that may be."""
        taken = list(messages)
        if taken:
            whole = self._each(taken, self._client.actions.delete, _not_deleted)
            self._do(taken[0].conversation_id, whole)

    def forward(self, messages: Iterable[Message], conversation_id: int) -> None:
        """Pass messages on, in their order, as far as that may be."""

        async def forward(message: Message) -> None:
            await self._client.forward(message, conversation_id)

        self._do(conversation_id, self._each(list(messages), forward, _not_forwarded))

    def load_details(self, message: Message, conversation: Conversation) -> None:
        """Ask for a message's delivery story; ``details_ready`` follows."""
        self._do(message.conversation_id, self._load_details(message, conversation))

    def load_versions(self, message: Message) -> None:
        """Ask what a message said before; ``versions_ready`` follows."""
        self._do(message.conversation_id, self._load_versions(message))

    async def _each(
        self,
        messages: list[Message],
        deed: Callable[[Message], Awaitable[object]],
        how_many: Callable[[int, int], str],
    ) -> None:
        """One after the other, as far as they can be; what could not is told once, after ``how_many`` of how
        many it was."""
        refused: list[str] = []
        for message in messages:
            try:
                await deed(message)
            except ClientError as error:
                refused.append(str(error))
        if refused:
            count = [how_many(len(refused), len(messages))] if messages[1:] else []
            raise ClientError(" ".join([*count, *dict.fromkeys(refused)]))

    async def _load_details(self, message: Message, conversation: Conversation) -> None:
        receipts = await self._client.actions.details(message)
        moment = self._moment
        facts = [
            Fact(tr("Written by"), self._name(message.sender_id)),
            Fact(tr("Stored by the server"), moment(message.sent_at_ms)),
            Fact(tr("Place in the conversation"), _place(message.seq or 0)),
        ]
        if message.extra is not None and message.extra.edited_at_ms:
            facts.append(Fact(tr("Last changed"), moment(message.extra.edited_at_ms)))
        if message.state is SendState.SENT and conversation.kind != "note":
            facts += [Fact(self._name(each.user_id), self._receipt(each)) for each in receipts]
        self.details_ready.emit(message, facts)

    async def _load_versions(self, message: Message) -> None:
        versions = await self._client.actions.versions(message)
        facts = [
            Fact(self._until(each.until_ms), _words(each.content.kind, each.content.body))
            for each in versions
        ]
        facts.append(Fact(trc("version of a message", "now"), _words(message.kind, message.body)))
        self.versions_ready.emit(message, facts)

    def _receipt(self, receipt: Receipt) -> str:
        if receipt.read:
            if receipt.read_at_ms:
                # Translators: a message was read then: “read Yesterday, 14:32”.
                return tr("read {moment}", moment=self._moment(receipt.read_at_ms))
            return trc("state of a message", "read")
        if receipt.delivered:
            if receipt.delivered_at_ms:
                moment = self._moment(receipt.delivered_at_ms)
                return tr("delivered {moment}, not read yet", moment=moment)
            return tr("delivered, not read yet")
        return tr("not delivered yet")

    def _moment(self, at_ms: int) -> str:
        return times.moment(at_ms, self._now_ms())

    def _until(self, at_ms: int) -> str:
        # Translators: a message said something else until then: “until Yesterday, 14:32”.
        return tr("until {moment}", moment=self._moment(at_ms))

    def _name(self, user_id: int) -> str:
        if user_id == self._client.user_id:
            return tr("You")
        user = self._client.user(user_id)
        return wording.person(user) if user is not None else tr("Somebody")

    def _do(self, conversation_id: int, intent: Coroutine[Any, Any, Any]) -> None:
        self._intents.do(intent, partial(self.failed.emit, conversation_id))


def _not_deleted(refused: int, of: int) -> str:
    return trn(
        "{refused} of {count} message was not deleted.",
        "{refused} of {count} messages were not deleted.",
        count=of,
        refused=refused,
    )


def _not_forwarded(refused: int, of: int) -> str:
    return trn(
        "{refused} of {count} message was not forwarded.",
        "{refused} of {count} messages were not forwarded.",
        count=of,
        refused=refused,
    )


def _place(seq: int) -> str:
    # Translators: where a message stands among all entries of a conversation, counted from 1.
    return tr("number {number} of its log", number=seq)


def _words(kind: str, body: str) -> str:
    """What a message says or said; of one with files, its caption."""
    words = rich_text.plain(caption(kind, body))
    return words or (tr("no caption") if kind in FILE_KINDS else "")
