"""Read means: the window is active and the message is on screen."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from desktop_chat.viewmodels.timeline import TimelineModel

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_SETTLE_MS = 120


class ReadMarker(QObject):
    """Tells the engine how far a person has seen one conversation."""

    def __init__(
        self,
        client: "Client",
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        timeline: TimelineModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._timeline = timeline
        self._active = False
        self._last_row = -1
        self._marked_seq = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._mark)

    @property
    def active(self) -> bool:
        """Whether the window is the one a person works in."""
        return self._active

    def set_active(self, active: bool) -> None:
        """The window became, or is no longer, the one a person works in."""
        if active == self._active:
            return
        self._active = active
        self._consider()

    def saw_up_to(self, last_visible_row: int) -> None:
        """Rows up to this one are on screen, or above it."""
        self._last_row = last_visible_row
        self._consider()

    def close(self) -> None:
        """Mark what was seen; then nothing more."""
        if self._timer.isActive():
            self._timer.stop()
            self._mark()

    def _consider(self) -> None:
        if self._active and self._seen_seq() > self._marked_seq and not self._timer.isActive():
            self._timer.start()

    def _mark(self) -> None:
        seq = self._seen_seq()
        if self._active and seq > self._marked_seq:
            self._marked_seq = seq
            self._spawn(self._client.mark_read(self._timeline.conversation.conversation_id, seq))

    def _seen_seq(self) -> int:
        """The highest seq of somebody else's message that was seen and is not known as read, else 0."""
        timeline = self._timeline
        read = max(timeline.conversation.read_seq, self._marked_seq)
        for row in range(min(self._last_row, timeline.rowCount() - 1), -1, -1):
            message = timeline.message(row)
            if message.seq is None:
                continue
            if message.seq <= read:
                return 0
            if message.sender_id != self._client.user_id:
                return message.seq
        return 0
