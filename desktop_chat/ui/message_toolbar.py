"""The small toolbar beside the message under the mouse."""

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from desktop_chat.language import trc
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels.timeline_rows import TimelineRow

_SIZE = 30
_GAP = 8


class MessageToolbar(QFrame):
    """React, reply, more; tells with the TimelineRow it stands beside. The keys reach the same through the
    message's menu, so it takes no focus."""

    react_requested = Signal(object, QPoint)
    reply_requested = Signal(object)
    more_requested = Signal(object, QPoint)

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._room = parent
        self._row: TimelineRow | None = None
        self.setProperty("role", "toolbar")
        self._buttons = {
            "smile": self._button(trc("button", "React"), self._react),
            "reply": self._button(trc("button", "Reply"), self._reply),
            "more": self._button(trc("button", "More"), self._more),
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(1)
        for button in self._buttons.values():
            row.addWidget(button)
        self.adjustSize()
        self.hide()
        look.changed.connect(self._dress)
        self._dress()

    def show_beside(self, row: TimelineRow, bubble: QRect) -> None:
        """Stand beside a bubble, given in the parent's coordinates; nowhere beside a notice and the like."""
        if row.notice or row.message.seq is None or row.message.kind == "deleted":
            self.leave()
            return
        self._row = row
        before = row.own != mirroring.mirrored()
        left = bubble.left() - _GAP - self.width() if before else bubble.right() + _GAP
        left = max(4, min(left, self._room.width() - self.width() - 4))
        self.move(left, max(4, bubble.top()))
        self.show()

    def leave(self) -> None:
        """Stand nowhere, unless the mouse is on it."""
        if not self.underMouse():
            self._row = None
            self.hide()

    def _react(self) -> None:
        if self._row is not None:
            self.react_requested.emit(self._row, self._below())

    def _reply(self) -> None:
        if self._row is not None:
            self.reply_requested.emit(self._row)

    def _more(self) -> None:
        if self._row is not None:
            self.more_requested.emit(self._row, self._below())

    def _below(self) -> QPoint:
        return self.mapToGlobal(QPoint(0, self.height() + 2))

    def _button(self, name: str, slot: object) -> QToolButton:
        button = tool_button(name, self, _SIZE, 18)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(slot)
        return button

    def _dress(self) -> None:
        for name, button in self._buttons.items():
            button.setIcon(icons.icon(name, self._look.tokens.muted, 18))
