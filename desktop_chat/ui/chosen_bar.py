"""The bar in the composer's place while messages are chosen: what is done with all of them."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop_chat.language import tr, trc, trn
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.plain_label import ElidedLabel
from desktop_chat.ui.tool_button import tool_button

_START, _END, _GAP = 14, 16, 8
_AROUND = _START + _END + 4 * _GAP


class ChosenBar(QWidget):
    """Hidden while nothing is chosen."""

    forward_requested = Signal()
    copy_requested = Signal()
    delete_requested = Signal()
    closed = Signal()

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("role", "footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(62)
        self._close = tool_button(with_keys(tr("Choose none"), "Esc"), self, icon_px=18)
        self._close.clicked.connect(self.closed)
        self.words = ElidedLabel("", "name", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(mirroring.margins(_START, 0, _END, 0))
        row.setSpacing(_GAP)
        row.addWidget(self._close)
        row.addWidget(self.words, 1)
        self._buttons = {
            "copy": self._button(trc("button", "Copy"), self.copy_requested.emit),
            "forward": self._button(trc("button", "Forward…"), self.forward_requested.emit),
            "trash": self._button(trc("button", "Delete…"), self.delete_requested.emit),
        }
        for button in self._buttons.values():
            row.addWidget(button)
        self.hide()
        look.changed.connect(self._dress)
        self._dress()

    def show_count(self, count: int) -> None:
        """Say how many are chosen; with none, hide."""
        self.words.setText(trn("{count} message", "{count} messages", count=count))
        self.setVisible(count > 0)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """No more than the icons need: the words are no reason to keep a window wide."""
        return QSize(300, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """With too little room for words the buttons are icons."""
        buttons = self._buttons.values()
        for button in buttons:
            button.setText(button.accessibleName())
        self.words.ensurePolished()
        needed = self.words.fontMetrics().horizontalAdvance(self.words.text()) + self._close.width() + _AROUND
        if needed + sum(button.sizeHint().width() for button in buttons) > self.width():
            for button in buttons:
                button.setText("")
        for button in buttons:
            button.setToolTip("" if button.text() else button.accessibleName())

    def _button(self, words: str, slot: Callable[[], Any]) -> QPushButton:
        button = QPushButton(words, self)
        button.setAccessibleName(words)
        button.clicked.connect(slot)
        return button

    def _dress(self) -> None:
        tokens = self._look.tokens
        self._close.setIcon(icons.icon("close", tokens.muted, 18))
        for name, button in self._buttons.items():
            button.setIcon(icons.icon(name, tokens.danger if name == "trash" else tokens.muted, 18))
