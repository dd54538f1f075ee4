"""From a keypress to the engine: sending is an intent, and the field is cleared once the store has it."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_chat.protocol.limits import MAX_BODY_CHARS
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.change_feed import ChangeFeed

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_DRAFT_MS = 600
_NEAR_LIMIT_CHARS = 500


class Composer(QObject):
    """The text being written in one conversation at a time. The widget tells ``text_changed``; ``committed``
    tells the widget what to take out of the field, so that what was typed meanwhile stays."""

    committed = Signal(int, str)
    """The engine has stored this text of this conversation."""
    failed = Signal(str)
    """It was not stored, in words; the text stays in the field."""
    limit_changed = Signal(str, bool)
    """Words about the length, empty while it is far from the limit, and whether it is over."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._conversation_id = 0
        self._text = ""
        self._saved = ""
        self._in_flight = False
        self._again = False
        self._limit_words = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DRAFT_MS)
        self._timer.timeout.connect(self.save_draft)

    @property
    def conversation_id(self) -> int:
        """The conversation being written in, 0 for none."""
        return self._conversation_id

    @property
    def text(self) -> str:
        """What is in the field."""
        return self._text

    @property
    def can_send(self) -> bool:
        """Whether ``send`` would send something."""
        return bool(self._conversation_id and self._text.strip()) and len(self._text) <= MAX_BODY_CHARS

    def switch(self, conversation_id: int, draft: str) -> None:
        """Write in another conversation; what was written in the last is kept as its draft."""
        self.save_draft()
        self._conversation_id = conversation_id
        self._text = self._saved = draft
        self._in_flight = self._again = False
        self._tell_limit()

    def text_changed(self, text: str) -> None:
        """The field holds this now."""
        self._text = text
        self._tell_limit()
        if text != self._saved:
            self._timer.start()

    def send(self) -> None:
        """Hand the text to the engine. A second call while the first is being stored sends, afterwards,
        whatever is then left in the field."""
        if self._in_flight:
            self._again = True
        elif self.can_send:
            self._in_flight = True
            self._spawn(self._send(self._conversation_id, self._text))
        elif self._text.strip():
            self.failed.emit(self._limit_words)

    def save_draft(self) -> None:
        """Store what is in the field, where it is not yet."""
        self._timer.stop()
        if self._conversation_id and self._text != self._saved and not self._in_flight:
            self._saved = self._text
            self._spawn(self._save(self._conversation_id, self._text))

    async def _send(self, conversation_id: int, text: str) -> None:
        try:
            await self._client.send(conversation_id, text)
        except ClientError as error:
            if conversation_id == self._conversation_id:
                self._in_flight = self._again = False
            self.failed.emit(str(error))
            return
        self._feed.flush()
        if conversation_id != self._conversation_id:
            await self._save(conversation_id, "")
            return
        self._in_flight = False
        self.committed.emit(conversation_id, text)
        self.save_draft()
        if self._again:
            self._again = False
            if self.can_send:
                self.send()

    async def _save(self, conversation_id: int, text: str) -> None:
        try:
            await self._client.save_draft(conversation_id, text)
        except ClientError as error:
            self.failed.emit(str(error))

    def _tell_limit(self) -> None:
        left = MAX_BODY_CHARS - len(self._text)
        words = ""
        if left < 0:
            words = f"{-left:,} character{'s' if left != -1 else ''} too long to send in one message"
        elif left <= _NEAR_LIMIT_CHARS:
            words = f"{left:,} characters left"
        if words != self._limit_words:
            self._limit_words = words
            self.limit_changed.emit(words, left < 0)
