"""The field a message is written in: grows with its text, sends on Return, never during a composition."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from desktop_chat.ui import icons, theme
from desktop_chat.ui.plain_label import PlainLabel, set_role_state
from desktop_chat.viewmodels.composer import Composer

_LINES = 8
_MIN_HEIGHT = 36


class MessageField(QPlainTextEdit):
    """Return sends, Shift+Return breaks the line; while an input method composes, Return is its own."""

    send_requested = Signal()
    scroll_requested = Signal(QKeyEvent)
    focus_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composing = False
        self.setProperty("role", "composer")
        self.setPlaceholderText("Write a message…")
        self.setAccessibleName("Message")
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setViewportMargins(0, 8, 0, 8)
        self.textChanged.connect(self.fit)

    def fit(self) -> None:
        """Grow and shrink with the text, up to some lines."""
        line = self.fontMetrics().lineSpacing()
        rows = max(1, round(self.document().size().height()))
        height = max(_MIN_HEIGHT, min(rows, _LINES) * line + 18)
        if height != self.height():
            self.setFixedHeight(height)
        more = rows > _LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if more else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and not self._composing and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.send_requested.emit()
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scroll_requested.emit(event)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)


class ComposerBar(QWidget):
    """Field, round send button, and words about the length or an error above them. Always enabled."""

    def __init__(self, composer: Composer, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composer = composer
        self._look = look
        self.setProperty("role", "footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = MessageField(self)
        self._pill = QFrame(self)
        self._pill.setProperty("role", "field")
        inside = QHBoxLayout(self._pill)
        inside.setContentsMargins(14, 0, 12, 0)
        inside.addWidget(self.field)
        self._send = QToolButton(self)
        self._send.setFixedSize(40, 40)
        self._send.setIconSize(QSize(20, 20))
        self._send.setAccessibleName("Send")
        self._send.setToolTip("Send (Enter)")
        self._send.setCursor(Qt.CursorShape.PointingHandCursor)
        self._words = PlainLabel("", "small", self)
        self._words.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._pill, 1)
        row.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 11, 16, 11)
        column.setSpacing(6)
        column.addWidget(self._words)
        column.addLayout(row)
        self.field.textChanged.connect(self._text_changed)
        self.field.send_requested.connect(composer.send)
        self.field.focus_changed.connect(self._focus_changed)
        self._send.clicked.connect(self._send_clicked)
        composer.committed.connect(self._committed)
        composer.failed.connect(self._show_error)
        composer.limit_changed.connect(self._show_limit)
        look.changed.connect(self._dress)
        self._dress()

    def switch(self, conversation_id: int, draft: str) -> None:
        """Write in another conversation."""
        self._composer.switch(conversation_id, draft)
        self.field.blockSignals(True)
        self.field.setPlainText(draft)
        self.field.blockSignals(False)
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self.field.fit()
        self._words.hide()
        self._dress()

    def take_key(self, event: QKeyEvent) -> None:
        """Write what was typed elsewhere."""
        self.field.setFocus()
        self.field.insertPlainText(event.text())

    def _text_changed(self) -> None:
        self._composer.text_changed(self.field.toPlainText())
        if self._words.property("role") == "error":
            self._words.hide()
        self._dress()

    def _send_clicked(self) -> None:
        self._composer.send()
        self.field.setFocus()

    def _committed(self, conversation_id: int, text: str) -> None:
        """Take out what was stored; what was typed since stays."""
        if not self.field.toPlainText().startswith(text):
            return
        cursor = QTextCursor(self.field.document())
        cursor.setPosition(0)
        cursor.setPosition(
            len(text.encode("utf-16-le", "surrogatepass")) // 2, QTextCursor.MoveMode.KeepAnchor
        )
        cursor.removeSelectedText()

    def _show_error(self, words: str) -> None:
        self._say(words, "error")

    def _show_limit(self, words: str, over: bool) -> None:
        self._say(words, "error" if over else "small")

    def _say(self, words: str, role: str) -> None:
        set_role_state(self._words, "role", role)
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def _focus_changed(self, focused: bool) -> None:
        set_role_state(self._pill, "focused", focused)

    def _dress(self) -> None:
        tokens = self._look.tokens
        ready = self._composer.can_send
        self._send.setIcon(icons.icon("send", tokens.on_accent if ready else tokens.faint, 20))
        fill = tokens.badge if ready else tokens.field
        hover = tokens.own_bottom if ready else tokens.field_focus
        self._send.setStyleSheet(
            f"QToolButton {{ background: {fill}; border: 2px solid {fill}; border-radius: 20px;"
            " padding-right: 2px; }"
            f"QToolButton:hover {{ background: {hover}; border-color: {hover}; }}"
            f"QToolButton:focus {{ border-color: {tokens.text if ready else tokens.accent}; }}"
        )
