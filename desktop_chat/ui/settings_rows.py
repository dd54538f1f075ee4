"""The parts of the settings: a card for each section, in it a row for each choice, found by its words."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop_chat.core.folding import fold
from desktop_chat.ui import mirroring, theme
from desktop_chat.ui.plain_label import PlainLabel

_SWITCH = QSize(40, 24)


class Switch(QAbstractButton):
    """On or off. ``toggled_by_hand`` tells only what a person did."""

    toggled_by_hand = Signal(bool)

    def __init__(self, name: str, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFixedSize(_SWITCH)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self.toggled_by_hand)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return _SWITCH

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.color("text"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("badge" if self.isChecked() else "faint"))
        painter.drawRoundedRect(self.rect().adjusted(1, 2, -1, -2), 10, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#FFFFFF"))
        knob = QRect(20 if self.isChecked() else 4, 5, 14, 14)
        painter.drawEllipse(mirroring.placed(knob, QRect(QPoint(2, 0), _SWITCH - QSize(4, 0))))


class Row(QWidget):
    """A choice: what it is, what it means, and a control at the right."""

    def __init__(self, title: str, words: str, control: QWidget | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._haystack = fold(f"{title}\n{words}")
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addStretch()
        lines.addWidget(PlainLabel(title, "", self))
        if words:
            below = PlainLabel(words, "small", self)
            below.setWordWrap(True)
            lines.addWidget(below)
        lines.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(mirroring.margins(16, 9, 14, 9))
        row.setSpacing(16)
        row.addLayout(lines, 1)
        if control is not None:
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)

    def matches(self, folded: str) -> bool:
        """Whether its words contain what is searched for."""
        return folded in self._haystack


class Section(QWidget):
    """A heading and a card with rows."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._folded = fold(title)
        self._rows: list[Row] = []
        card = QFrame(self)
        card.setProperty("role", "card")
        self._inside = QVBoxLayout(card)
        self._inside.setContentsMargins(0, 4, 0, 4)
        self._inside.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(PlainLabel(title, "heading", self))
        column.addWidget(card)

    def add(self, title: str, words: str = "", control: QWidget | None = None) -> Row:
        """A further row."""
        row = Row(title, words, control, self)
        self._rows.append(row)
        self._inside.addWidget(row)
        return row

    def remove_rows(self) -> None:
        """Let go of every row, to be filled anew."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows.clear()

    def filter(self, folded: str) -> bool:
        """Show the rows that match; all of them where the heading does. Whether anything is left."""
        whole = folded in self._folded
        found = [row for row in self._rows if whole or row.matches(folded)]
        for row in self._rows:
            row.setVisible(row in found)
        self.setVisible(bool(found))
        return bool(found)
