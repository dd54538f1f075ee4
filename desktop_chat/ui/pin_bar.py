"""The bar below a chat's header with the message that was pinned last."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.plain_label import ElidedLabel
from desktop_chat.viewmodels.timeline import TimelineModel


class PinBar(QWidget):
    """Hidden where nothing is pinned. A click leads to the message, the next to the one pinned before it."""

    jump_requested = Signal(int)

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._model: TimelineModel | None = None
        self._back = 0
        """How many pins back from the newest is shown."""
        self.setProperty("role", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(46)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._icon = QLabel(self)
        self._title = ElidedLabel("", "context-title", self)
        self._words = ElidedLabel("", "small", self)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self._title)
        lines.addWidget(self._words)
        row = QHBoxLayout(self)
        row.setContentsMargins(mirroring.margins(20, 5, 16, 5))
        row.setSpacing(14)
        row.addWidget(self._icon)
        row.addLayout(lines, 1)
        self.hide()
        look.changed.connect(self._dress)
        self._dress()

    def show_pins(self, model: TimelineModel | None) -> None:
        """Show what is pinned in a conversation."""
        if model is not self._model:
            self._model, self._back = model, 0
        pins = self._pins()
        self.setVisible(bool(pins))
        if not pins or model is None:
            return
        self._back %= len(pins)
        number = len(pins) - self._back
        title = tr("Pinned message")
        if len(pins) > 1:
            title = tr("Pinned message {number} of {count}", number=number, count=len(pins))
        self._title.setText(title)
        words = model.words_at(pins[number - 1])
        self._words.setText(words)
        self.setAccessibleName(tr("{name}: {words}", name=title, words=words))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self._go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._go()
        else:
            super().keyPressEvent(event)

    def _go(self) -> None:
        pins = self._pins()
        if pins:
            self.jump_requested.emit(pins[len(pins) - 1 - self._back])
            self._back = (self._back + 1) % len(pins)
            self.show_pins(self._model)

    def _pins(self) -> tuple[int, ...]:
        return self._model.conversation.info.pinned_seqs if self._model is not None else ()

    def _dress(self) -> None:
        accent = self._look.tokens.accent
        self._icon.setPixmap(icons.pixmap("pin", accent, 18, self.devicePixelRatioF()))
