"""Who is writing, as it is told from both sides."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from desktop_chat.core.changes import Change, ConnectionChanged, MessagesAdded, TypingChanged
from desktop_chat.core.models import ConnectionPhase
from desktop_chat.language import tr, trn
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

HOLDS_MS = 6_000
"""Without news it is over after this long (docs/protocol.md, USER_TYPING)."""
REPEAT_MS = 4_000
"""Whoever goes on writing says it again after this long."""
_NAMED = 2


class TypingModel(QObject):
    """Who else is writing, in words for each conversation. A timer runs only while somebody is."""

    changed = Signal(int)
    """In this conversation somebody began to write, or ended."""

    def __init__(self, client: "Client", feed: ChangeFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._writing: dict[int, dict[int, QElapsedTimer]] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(1_000)
        self._timer.timeout.connect(self._expire)
        feed.listen(self.take)

    def words(self, conversation_id: int, *, group: bool) -> str:
        """ "typing…" of one other person; of a group with names. Empty where nobody is."""
        writing = self._writing.get(conversation_id, {})
        if not writing:
            return ""
        if not group:
            return tr("typing…")
        names = [self._name(each) for each in list(writing)[:_NAMED]]
        if len(writing) > _NAMED:
            return trn("{count} person is typing…", "{count} people are typing…", count=len(writing))
        if len(writing) == _NAMED:
            first, second = names
            return tr("{first} and {second} are typing…", first=first, second=second)
        return tr("{name} is typing…", name=names[0])

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes."""
        for change in changes:
            match change:
                case TypingChanged(conversation_id, user_id, on):
                    self._set(conversation_id, user_id, on)
                case MessagesAdded(conversation_id, messages, True):
                    for message in messages:
                        self._set(conversation_id, message.sender_id, False)
                case ConnectionChanged(state=state) if state.phase is not ConnectionPhase.ONLINE:
                    for conversation_id in list(self._writing):
                        del self._writing[conversation_id]
                        self.changed.emit(conversation_id)

    def _set(self, conversation_id: int, user_id: int, on: bool) -> None:
        writing = self._writing.setdefault(conversation_id, {})
        was = user_id in writing
        if on:
            writing[user_id] = QElapsedTimer()
            writing[user_id].start()
            self._timer.start()
        else:
            writing.pop(user_id, None)
        if not writing:
            del self._writing[conversation_id]
        if on is not was:
            self.changed.emit(conversation_id)

    def _expire(self) -> None:
        for conversation_id, writing in list(self._writing.items()):
            for user_id, since in list(writing.items()):
                if since.hasExpired(HOLDS_MS):
                    self._set(conversation_id, user_id, False)
        if not self._writing:
            self._timer.stop()

    def _name(self, user_id: int) -> str:
        user = self._client.user(user_id)
        return wording.person(user) if user is not None else tr("Somebody")


class TypingTeller(QObject):
    """Tells the others that this person is writing: at the first letter, every few seconds while it goes on,
    and when the field is empty again."""

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._conversation_id = 0
        self._told_at = QElapsedTimer()

    def wrote(self, conversation_id: int, text: str) -> None:
        """The field of a conversation holds this now, by a person's hand."""
        if conversation_id != self._conversation_id:
            self.ended()
            self._conversation_id = conversation_id
        if not text.strip():
            self.ended()
        elif not self._told_at.isValid() or self._told_at.hasExpired(REPEAT_MS):
            self._told_at.start()
            self._spawn(self._tell(conversation_id, True))

    def ended(self) -> None:
        """Nothing is being written any more; a message that was sent says so by itself."""
        if self._told_at.isValid():
            self._told_at.invalidate()
            self._spawn(self._tell(self._conversation_id, False))

    def sent(self) -> None:
        """What was written is on its way."""
        self._told_at.invalidate()

    async def _tell(self, conversation_id: int, on: bool) -> None:
        try:
            await self._client.actions.typing(conversation_id, on)
        except ClientError:
            return  # nobody misses it
