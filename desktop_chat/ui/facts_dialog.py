"""Facts in two columns: what, and how it stands."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import trc
from desktop_chat.ui import mirroring
from desktop_chat.ui.plain_label import ElidedLabel, PlainLabel
from desktop_chat.viewmodels.message_actions import Fact

_SHOWN_CHARS = 2_000
_LONG_WORD_CHARS = 24
"""A longer word may have no room: a label would cut it."""
_NAMES_PX = 150
_LINE_CHARS = 36


class FactsDialog(QDialog):
    """Shows them; texts can be chosen and copied."""

    def __init__(self, title: str, facts: Sequence[Fact], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        lines = sum(1 + len(each.words) // _LINE_CHARS for each in facts)
        self.resize(480, min(560, 150 + 9 * len(facts) + 20 * lines))
        inside = QWidget(self)
        grid = QGridLayout(inside)
        grid.setContentsMargins(mirroring.margins(0, 0, 8, 0))
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(9)
        grid.setColumnMinimumWidth(0, _NAMES_PX)
        grid.setColumnStretch(1, 1)
        for row, fact in enumerate(facts):
            name = ElidedLabel(fact.name, "muted", inside)
            name.setToolTip(escape(fact.name))
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_words(fact.words[:_SHOWN_CHARS], inside), row, 1)
        grid.setRowStretch(len(facts), 1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        close = QPushButton(trc("button", "Close"), self)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(mirroring.margins(24, 20, 16, 16))
        column.setSpacing(14)
        column.addWidget(PlainLabel(title, "heading", self))
        column.addWidget(scroll, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


class BrokenText(QPlainTextEdit):
    """As high as its text, which is broken within words too."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setProperty("role", "composer")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setPlainText(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        lines = max(1, round(self.document().size().height()))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 2)


def _words(text: str, parent: QWidget) -> QWidget:
    if any(len(each) > _LONG_WORD_CHARS for each in text.split()):
        return BrokenText(text, parent)
    words = PlainLabel(text, "", parent)
    words.setWordWrap(True)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return words
