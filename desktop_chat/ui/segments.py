"""A few choices side by side, of which one holds."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from desktop_chat.ui import theme

_HEIGHT = 34


class _Segment(QAbstractButton):
    """One choice. Painted, since a style sheet knows no weight that does not move its neighbours."""

    def __init__(self, words: str, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setText(words)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(72, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, chosen = self._look.tokens, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self.rect().adjusted(3, 3, -3, -3)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("field").lighter(150) if tokens.dark else tokens.color("panel"))
            painter.drawRoundedRect(room, 8, 8)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRoundedRect(room, 8, 8)
        painter.setFont(theme.font(13, QFont.Weight.DemiBold if chosen else QFont.Weight.Medium))
        painter.setPen(tokens.color("text" if chosen or self.underMouse() else "muted"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, self.text())

    def enterEvent(self, event: object) -> None:
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()


class Segments(QWidget):
    """``chosen`` tells the number of the choice, from 0; the arrows go from one to the next."""

    chosen = Signal(int)

    def __init__(self, name: str, words: Sequence[str], look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(name)
        self.setFixedHeight(_HEIGHT)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for number, each in enumerate(words):
            segment = _Segment(each, look, self)
            self._group.addButton(segment, number)
            row.addWidget(segment, 1)
        self._group.button(0).setChecked(True)
        self.setFocusProxy(self._group.button(0))
        self._group.idToggled.connect(self._toggled)
        look.changed.connect(self.update)

    @property
    def current(self) -> int:
        """The choice that holds."""
        return self._group.checkedId()

    def choose(self, number: int) -> None:
        """Let another choice hold."""
        self._group.button(number).setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.tokens.color("field"))
        painter.drawRoundedRect(self.rect(), 10, 10)

    def _toggled(self, number: int, on: bool) -> None:
        if on:
            self.chosen.emit(number)
