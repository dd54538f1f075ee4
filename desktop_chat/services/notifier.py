"""Decides what is worth an alert, and when an alert has had its day."""

import asyncio
from collections.abc import Callable, Iterable

from msgspec import Struct

from desktop_chat.core.attachments import FILE_KINDS, summary
from desktop_chat.core.changes import Change, ConversationChanged, ConversationRemoved, MessagesAdded
from desktop_chat.core.models import NOTICE, Conversation, Message

_PACE_S = 1.0
"""A conversation's alert is replaced at most this often, however fast its messages come."""


class Alert(Struct, frozen=True):
    """What to show for one conversation: who, the newest message's text, how many are unread."""

    conversation_id: int
    title: str
    text: str
    unread: int


class Notifier:
    """One alert for each conversation with news that nobody is looking at; taken back once it is read,
    on whichever device.

    News is a message of somebody else that is unread and was not history when this device first synced.
    ``is_looking_at`` answers whether a person sees a conversation right now. ``show`` and ``withdraw`` are
    plain calls; ``show`` for a conversation that has an alert replaces it.
    """

    def __init__(
        self,
        own_id: int,
        conversations: Iterable[Conversation],
        *,
        is_looking_at: Callable[[int], bool],
        show: Callable[[Alert], None],
        withdraw: Callable[[int], None],
    ) -> None:
        self._own_id = own_id
        self._rows = {row.conversation_id: row for row in conversations}
        self._is_looking_at = is_looking_at
        self._show = show
        self._withdraw = withdraw
        self._news: dict[int, Message] = {}
        self._shown: set[int] = set()
        self._resting: dict[int, asyncio.TimerHandle] = {}

    def on_change(self, change: Change) -> None:
        """A listener for the client's changes; needs the running loop."""
        match change:
            case MessagesAdded(conversation_id, messages, True):
                for message in messages:
                    if message.sender_id != self._own_id and message.kind != NOTICE:
                        self._news[conversation_id] = message
            case ConversationRemoved(conversation_id):
                self._forget(conversation_id)
            case ConversationChanged(row):
                self._rows[row.conversation_id] = row
                self._consider(row.conversation_id)

    def close(self) -> None:
        """Forget what rests, and take back every alert: nobody would answer a click."""
        for timer in self._resting.values():
            timer.cancel()
        self._resting.clear()
        for conversation_id in self._shown:
            self._withdraw(conversation_id)
        self._shown.clear()

    def _forget(self, conversation_id: int) -> None:
        self._rows.pop(conversation_id, None)
        self._news.pop(conversation_id, None)
        if conversation_id in self._shown:
            self._shown.discard(conversation_id)
            self._withdraw(conversation_id)

    def _consider(self, conversation_id: int) -> None:
        row = self._rows.get(conversation_id)
        if row is None:
            return
        if row.unread == 0:
            self._news.pop(conversation_id, None)
            if conversation_id in self._shown:
                self._shown.discard(conversation_id)
                self._withdraw(conversation_id)
            return
        if conversation_id in self._resting:
            return
        news = self._news.pop(conversation_id, None)
        if (
            news is None
            or news.seq is None
            or news.seq <= row.read_seq
            or not _alerts(row, news, self._own_id)
            or self._is_looking_at(conversation_id)
        ):
            return
        self._shown.add(conversation_id)
        title = row.peer.title if row.peer is not None else row.info.title
        self._show(Alert(conversation_id, title, _words(news), row.unread))
        loop = asyncio.get_running_loop()
        self._resting[conversation_id] = loop.call_later(_PACE_S, self._rested, conversation_id)

    def _rested(self, conversation_id: int) -> None:
        del self._resting[conversation_id]
        self._consider(conversation_id)


def _words(news: Message) -> str:
    if news.kind in FILE_KINDS:
        return summary(news.kind, news.body)
    return news.body if news.kind == "text" else ""


def _alerts(row: Conversation, news: Message, own_id: int) -> bool:
    """Whether the user wants to be told of a message in this conversation."""
    if row.alerts == "mentions":
        return news.extra is not None and own_id in news.extra.mentions
    return row.alerts == "all"
