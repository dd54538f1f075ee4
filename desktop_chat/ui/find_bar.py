"""The bar over a chat that finds words in it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from desktop_chat.language import tr, trc
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels.find import FindModel
from desktop_chat.viewmodels.search import MAX_QUERY_CHARS


class FindBar(QWidget):
    """Hidden until it is opened; Return goes up, Shift+Return down; the window closes it on Escape."""

    closed = Signal()

    def __init__(self, model: FindModel, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._look = look
        self.setProperty("role", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(52)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(tr("Find in this conversation"))
        self.field.setAccessibleName(tr("Find in this conversation"))
        self.field.setMaxLength(MAX_QUERY_CHARS)
        self.words = PlainLabel("", "small", self)
        self.words.setMinimumWidth(80)
        self._up = self._button(tr("Further up"), "Enter", lambda: model.step(1))
        self._down = self._button(tr("Further down"), "Shift+Enter", lambda: model.step(-1))
        self._close = self._button(trc("button", "Close"), "Esc", self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(mirroring.margins(16, 0, 14, 0))
        row.setSpacing(6)
        row.addWidget(self.field, 1)
        row.addWidget(self.words)
        for button in (self._up, self._down, self._close):
            row.addWidget(button)
        self.hide()
        self.field.textChanged.connect(model.set_query)
        model.words_changed.connect(self.words.setText)
        look.changed.connect(self._dress)
        self._dress()

    def open_bar(self, conversation_id: int) -> None:
        """Find in a conversation."""
        self._model.begin(conversation_id)
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._model.set_query(self.field.text())

    def close_bar(self) -> None:
        """Find nothing any more."""
        if self.isVisible():
            self.hide()
            self.field.clear()
            self._model.end()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            down = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._model.step(-1 if down else 1)
        else:
            super().keyPressEvent(event)

    def _button(self, name: str, keys: str, slot: object) -> QToolButton:
        button = tool_button(with_keys(name, keys), self, 34, 18)
        button.clicked.connect(slot)
        return button

    def _dress(self) -> None:
        muted = self._look.tokens.muted
        self._up.setIcon(icons.icon("up", muted, 18))
        self._down.setIcon(icons.icon("down", muted, 18))
        self._close.setIcon(icons.icon("close", muted, 16))
