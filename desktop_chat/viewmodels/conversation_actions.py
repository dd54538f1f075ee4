"""What a person does with a conversation as a whole: how they like to have it, and leaving it."""

import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop_chat.core.models import Conversation
from desktop_chat.protocol.records import Mute
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Intents, Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_log = logging.getLogger(__name__)


class ConversationActions(QObject):
    """Intents on conversations of one account; they follow it over its devices."""

    failed = Signal(str)
    """An intent was not carried out, in words."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._intents = Intents(feed, spawn, self.failed.emit)

    def pin(self, conversation: Conversation, on: bool) -> None:
        """Keep it at the top of the list, or no longer."""
        self._prefer(conversation, pinned=on)

    def archive(self, conversation: Conversation, on: bool) -> None:
        """Put it away, or back."""
        self._prefer(conversation, archived=on)

    def mute(self, conversation: Conversation, alerts: Mute) -> None:
        """What it alerts for."""
        self._prefer(conversation, alerts=alerts)

    def mark_unread(self, conversation: Conversation) -> None:
        """Remind oneself of it."""
        self._prefer(conversation, marked_unread=True)

    def mark_read(self, conversation: Conversation) -> None:
        """Have seen everything in it. Where that is nothing new, only the mark that was set by hand goes."""
        if conversation.marked_unread and conversation.read_seq >= conversation.last_seq:
            self._prefer(conversation, marked_unread=False)
        else:
            self.do(self._client.mark_read(conversation.conversation_id, conversation.last_seq))

    def look_at(self, conversation: Conversation) -> None:
        """A person has opened it, and needs no reminding any more. Without a server the mark stays; nobody
        asked for it to go, and so nobody is told."""
        if conversation.marked_unread:
            preferences = self._client.actions.set_preferences(
                conversation.conversation_id, marked_unread=False
            )
            self._intents.do(preferences, failed=lambda words: _log.info("a mark stays: %s", words))

    def leave(self, conversation: Conversation) -> None:
        """Leave a group."""
        self.do(self._client.actions.remove_member(conversation.conversation_id, self._client.user_id))

    def block(self, user_id: int, on: bool) -> None:
        """Take nothing directly from a person any more, or again."""
        self.do(self._client.actions.block(user_id, on))

    def do(self, intent: Coroutine[Any, Any, Any]) -> None:
        """Carry out an intent; ``failed`` says in words where that was not possible."""
        self._intents.do(intent)

    def _prefer(self, conversation: Conversation, **preferences: Any) -> None:
        self.do(self._client.actions.set_preferences(conversation.conversation_id, **preferences))
