"""Read means: the window is active and the message is on screen."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.timeline import TimelineModel

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_SETTLE_MS = 120


class ReadMarker(QObject):
    """Tells the engine how far a person has seen one conversation.

    The read pointer moves over rows that were on screen, one after the other, and stops before the first
    that was not: whoever lands below unread messages has not read them. Only ``skip_to_end`` passes over
    what nobody saw, for a person who chose to go to the newest message; every messenger does so.
    """

    left_behind_changed = Signal(bool)
    """Whether there are unread messages above what is on screen, which the pointer does not pass."""

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        timeline: TimelineModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._timeline = timeline
        self._active = False
        self._first_row = self._last_row = -1
        self._seen_seq = 0
        self._marked_seq = 0
        self._left_behind = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._mark)
        timeline.unread_changed.connect(self._look_again)

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

    def saw(self, first_row: int, last_row: int) -> None:
        """These rows are on screen, the last one to its end; -1 for none."""
        self._first_row, self._last_row = first_row, last_row
        self._consider()

    def skip_to_end(self) -> None:
        """A person chose to go to the newest message: what lies above it counts as read."""
        if self._active:
            self._see(self._timeline.newest_of_others(0, self._timeline.rowCount() - 1))
            self._consider()

    def close(self) -> None:
        """Mark what was seen; then nothing more."""
        self._timer.stop()
        self._mark()

    def _look_again(self, unread: int) -> None:
        self._consider()

    def _consider(self) -> None:
        """Let the pointer follow what is on screen, where that joins what was read before."""
        if not self._active or self._last_row < 0:
            return
        timeline = self._timeline
        first_unread = timeline.first_unread_row(max(timeline.conversation.read_seq, self._seen_seq))
        joined = first_unread is not None and first_unread >= self._first_row
        if first_unread is not None and joined:
            self._see(timeline.newest_of_others(first_unread, self._last_row))
        left_behind = not joined and timeline.unread > 0
        if left_behind != self._left_behind:
            self._left_behind = left_behind
            self.left_behind_changed.emit(left_behind)

    def _see(self, seq: int) -> None:
        self._seen_seq = max(self._seen_seq, seq)
        known = max(self._marked_seq, self._timeline.conversation.read_seq)
        if self._seen_seq > known and not self._timer.isActive():
            self._timer.start()

    def _mark(self) -> None:
        seq = self._seen_seq
        if seq > max(self._marked_seq, self._timeline.conversation.read_seq):
            self._marked_seq = seq
            self._spawn(self._tell(self._timeline.conversation.conversation_id, seq))

    async def _tell(self, conversation_id: int, seq: int) -> None:
        try:
            await self._client.mark_read(conversation_id, seq)
        except ClientError:
            # It stays unread; what is seen next is told together with it.
            self._marked_seq = 0
