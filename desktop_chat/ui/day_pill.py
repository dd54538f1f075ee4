"""The day of what is on screen, floating over a timeline while it is scrolled."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_chat.ui import theme
from desktop_chat.ui.message_painter import paint_pill, pill_size

_TOP = 8


class DayPill(QWidget):
    """A widget of its own, so that a scrolled timeline keeps its pixels and paints only what came in. Says
    nothing to a screen reader: each message tells its own time."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_day(self, words: str, width: int) -> None:
        """Show a day in the middle of the upper edge of a timeline this wide; no words hide the pill."""
        self.setVisible(bool(words))
        if not words:
            return
        if words != self._words:
            self._words = words
            self.resize(pill_size(words))
            self.update()
        self.move((width - self.width()) // 2, _TOP)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_pill(painter, self.rect(), self._words, self._look.tokens)
