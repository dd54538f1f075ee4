"""From a keypress to the engine: sending is an intent, and no text is let go of before the store has it."""

import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import QObject, QTimer, Signal

from desktop_chat.protocol.limits import MAX_BODY_CHARS
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.change_feed import ChangeFeed

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_log = logging.getLogger(__name__)

_DRAFT_MS = 600
_NEAR_LIMIT_CHARS = 500


class _Job(Struct, frozen=True):
    """Something the store is to take: a message to send, or else a draft to keep."""

    conversation_id: int
    text: str
    send: bool


class Composer(QObject):
    """The text being written in one conversation at a time. The widget tells ``text_changed``.

    ``send`` takes the text out of the field at once and queues it; sends and drafts reach the engine one
    after the other, in the order they were asked for. What could not be stored comes back: into the field,
    or into the draft of a conversation that was left meanwhile.
    """

    taken = Signal()
    """The text of the field is on its way: the field is to be emptied."""
    given_back = Signal(str)
    """This could not be sent: it is to stand before what is in the field."""
    failed = Signal(str)
    """Something was not stored, in words."""
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
        self._saved: str | None = ""
        """The draft as the store has it, or will once the jobs are done; None when that is not known."""
        self._jobs: deque[_Job] = deque()
        self._working = False
        self._left: dict[int, str] = {}
        """What stood in the fields of conversations that were left, until the store has it."""
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
        """Write in another conversation; what was written in the last is kept as its draft. ``text`` is then
        ``draft``, or what is newer than that and not stored yet."""
        if self._conversation_id:
            self._left[self._conversation_id] = self._text
            self.save_draft()
            self._forget_if_stored(self._conversation_id)
        self._conversation_id = conversation_id
        kept = self._left.pop(conversation_id, None)
        self._text = draft if kept is None else kept
        self._saved = draft if kept is None else None
        if kept is not None:
            self._timer.start()
        self._limit_words = ""
        self._tell_limit()

    def text_changed(self, text: str) -> None:
        """The field holds this now."""
        self._text = text
        self._tell_limit()
        if text != self._saved:
            self._timer.start()

    def send(self) -> None:
        """Hand the text to the engine, as it is at this moment."""
        if self.can_send:
            text, self._text = self._text, ""
            # The engine empties the draft in the transaction that stores the message.
            self._saved = ""
            self._timer.stop()
            self._queue(_Job(self._conversation_id, text, send=True))
            self.taken.emit()
            self._tell_limit()
        elif self._text.strip():
            self.failed.emit(self._limit_words)

    def save_draft(self) -> None:
        """Store what is in the field, where it is not yet."""
        self._timer.stop()
        if self._conversation_id and self._text != self._saved:
            self._saved = self._text
            self._queue(_Job(self._conversation_id, self._text, send=False))

    def close(self) -> None:
        """Keep the draft and write no more. What waits for its turn is handed over at once, in its order: the
        engine stores what it was told before it ends, and nobody could send again what it refuses."""
        self.switch(0, "")
        while len(self._jobs) > 1:
            job = self._jobs[1]
            del self._jobs[1]
            self._spawn(self._do(job))

    def _queue(self, job: _Job) -> None:
        self._jobs.append(job)
        if not self._working:
            self._working = True
            self._spawn(self._work())

    async def _work(self) -> None:
        try:
            while self._jobs:
                job = self._jobs[0]
                words = await self._do(job)
                self._jobs.popleft()
                if not words:
                    self._forget_if_stored(job.conversation_id)
                    if job.send and job.conversation_id == self._conversation_id:
                        self._feed.flush()
                elif job.send:
                    self._give_back(job)
                elif job.conversation_id == self._conversation_id:
                    self._saved = None
                if words:
                    self.failed.emit(words)
        finally:
            self._working = False

    async def _do(self, job: _Job) -> str:
        """Let the store take it; what went wrong, in words, else empty."""
        try:
            if job.send:
                await self._client.send(job.conversation_id, job.text)
            else:
                await self._client.save_draft(job.conversation_id, job.text)
        except ClientError as error:
            return str(error)
        except Exception as error:
            # Whatever it was, the text must come back to the person who wrote it.
            _log.exception("a text was not stored")
            return f"This was not stored: {error}."
        return ""

    def _give_back(self, failed: _Job) -> None:
        """Return what was not sent, and what was to follow it in the same conversation, to be sent again."""
        conversation_id = failed.conversation_id
        later = [job for job in self._jobs if job.conversation_id == conversation_id]
        self._jobs = deque(job for job in self._jobs if job.conversation_id != conversation_id)
        text = "\n".join([failed.text, *(job.text for job in later if job.send)])
        if conversation_id == self._conversation_id:
            text += "\n" if self._text else ""
            self._saved = None
            self.text_changed(text + self._text)
            self.given_back.emit(text)
        else:
            left = self._left.get(conversation_id, "")
            self._left[conversation_id] = f"{text}\n{left}" if left else text
            self._queue(_Job(conversation_id, self._left[conversation_id], send=False))

    def _forget_if_stored(self, conversation_id: int) -> None:
        if not any(job.conversation_id == conversation_id for job in self._jobs):
            self._left.pop(conversation_id, None)

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
