"""Decides what is worth an alert, and when an alert has had its day."""

import asyncio
from collections.abc import Callable, Iterable

from msgspec import Struct

from desktop_chat.core.changes import (
    Change,
    ConversationChanged,
    ConversationRemoved,
    MessageChanged,
    MessagesAdded,
)
from desktop_chat.core.models import NOTICE, Conversation, Message

_DELETED = "deleted"
"""The kind of a message that its sender took back."""

_PACE_S = 1.0
"""A conversation's alert is replaced at most this often, however fast its messages come."""


class Alert(Struct, frozen=True):
    """What to show for one conversation: its row as it is now, and the newest message that is news. A
    ``correction`` is no news: the message that is shown says something else now."""

    conversation: Conversation
    message: Message
    correction: bool = False


class Notifier:
    """One alert for each conversation with news that nobody is looking at; taken back once it is read,
    on whichever device.

    News is a message of somebody else that is unread and was not history when this device first synced. An
    alert goes too when the message that it shows is deleted, and follows its edits.
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
        self._shown: dict[int, Message] = {}
        self._outdated: set[int] = set()
        """Conversations whose alert shows what its message said before."""
        self._resting: dict[int, asyncio.TimerHandle] = {}

    def on_change(self, change: Change) -> None:
        """A listener for the client's changes; needs the running loop."""
        match change:
            case MessagesAdded(conversation_id, messages, True):
                for message in messages:
                    if self._is_news(conversation_id, message):
                        self._news[conversation_id] = message
            case MessageChanged(message) if message.kind == _DELETED:
                self._take_back(message)
            case MessageChanged(message):
                self._follow(message)
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

    def _is_news(self, conversation_id: int, message: Message) -> bool:
        """What the user does not want to be told must not take the place of what they do."""
        if message.sender_id == self._own_id or message.kind in (NOTICE, _DELETED):
            return False
        row = self._rows.get(conversation_id)
        return row is None or _alerts(row, message, self._own_id)

    def _take_back(self, deleted: Message) -> None:
        conversation_id = deleted.conversation_id
        news, shown = self._news.get(conversation_id), self._shown.get(conversation_id)
        if news is not None and news.local_id == deleted.local_id:
            del self._news[conversation_id]
        if shown is not None and shown.local_id == deleted.local_id:
            self._withdraw_shown(conversation_id)

    def _follow(self, changed: Message) -> None:
        conversation_id = changed.conversation_id
        news, shown = self._news.get(conversation_id), self._shown.get(conversation_id)
        if news is not None and news.local_id == changed.local_id:
            self._news[conversation_id] = changed
        if shown is not None and shown.local_id == changed.local_id:
            self._shown[conversation_id] = changed
            # It changes by a reaction too, of which no alert tells.
            if (shown.kind, shown.body) != (changed.kind, changed.body):
                self._outdated.add(conversation_id)
                self._consider(conversation_id)

    def _forget(self, conversation_id: int) -> None:
        self._rows.pop(conversation_id, None)
        self._news.pop(conversation_id, None)
        self._withdraw_shown(conversation_id)

    def _withdraw_shown(self, conversation_id: int) -> None:
        self._outdated.discard(conversation_id)
        if self._shown.pop(conversation_id, None) is not None:
            self._withdraw(conversation_id)

    def _consider(self, conversation_id: int) -> None:
        row = self._rows.get(conversation_id)
        if row is None:
            return
        if row.unread == 0:
            self._news.pop(conversation_id, None)
            self._withdraw_shown(conversation_id)
            return
        if conversation_id in self._resting:
            return
        news = self._news.pop(conversation_id, None)
        if news is not None and self._is_wanted(row, news):
            self._shown[conversation_id] = news
            alert = Alert(row, news)
        elif conversation_id in self._outdated:
            shown = self._shown[conversation_id]
            if not self._is_wanted(row, shown):
                self._withdraw_shown(conversation_id)  # rather gone than with the old words
                return
            alert = Alert(row, shown, correction=True)
        else:
            return
        self._outdated.discard(conversation_id)
        self._show(alert)
        loop = asyncio.get_running_loop()
        self._resting[conversation_id] = loop.call_later(_PACE_S, self._rested, conversation_id)

    def _is_wanted(self, row: Conversation, news: Message) -> bool:
        return (
            news.seq is not None
            and news.seq > row.read_seq
            and _alerts(row, news, self._own_id)
            and not self._is_looking_at(row.conversation_id)
        )

    def _rested(self, conversation_id: int) -> None:
        del self._resting[conversation_id]
        self._consider(conversation_id)


def _alerts(row: Conversation, news: Message, own_id: int) -> bool:
    """Whether the user wants to be told of a message in this conversation."""
    if row.alerts == "mentions":
        return news.extra is not None and own_id in news.extra.mentions
    return row.alerts == "all"
