"""The field a message is written in: grows with its text, sends on Return, never during a composition."""

import re

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from desktop_chat.services.chat import MAX_DRAFT_CHARS
from desktop_chat.ui import icons, theme
from desktop_chat.ui.context_strip import ContextStrip
from desktop_chat.ui.given_files import has_files
from desktop_chat.ui.plain_label import PlainLabel, set_role_state
from desktop_chat.viewmodels.composer import Composer, Context

_LINES = 8
_MIN_HEIGHT = 36
_ENDLESS_WORD = re.compile(r"\S{1000}")
_BREAKS = str.maketrans(dict.fromkeys("\u2028\u2029\x85\x0b\x0c", "\n"))


class MessageField(QPlainTextEdit):
    """Return sends, Shift+Return breaks the line; while an input method composes, Return is its own.

    Takes ``MAX_DRAFT_CHARS`` code points, and lays out nothing beyond.
    """

    send_requested = Signal()
    left_out = Signal(int)
    """So many characters had no room and were not taken."""
    scroll_requested = Signal(QKeyEvent)
    focus_changed = Signal(bool)
    files_given = Signal(QMimeData)
    """Files or a picture were pasted or dropped."""
    edit_last_requested = Signal()
    """Up was pressed in an empty field."""

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

    def show_text(self, text: str) -> None:
        """Hold this text instead of what was there; not a change by a person, so no ``textChanged``."""
        self.blockSignals(True)
        self._wrap_for(text)
        self.setPlainText(text)
        self.blockSignals(False)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.fit()

    def insert(self, text: str) -> None:
        """Put text where the cursor is, in place of what is chosen, as much as there is room for."""
        cursor = self.textCursor()
        before = self.toPlainText()
        room = max(0, MAX_DRAFT_CHARS - len(before) + len(cursor.selectedText()))
        taken = text[:room].translate(_BREAKS)
        self._wrap_for(before + taken)
        cursor.insertText(taken)
        self.ensureCursorVisible()
        if len(text) > room:
            self.left_out.emit(len(text) - room)

    def put_before(self, text: str) -> None:
        """Put text before what is there; the cursor stays where it is in that."""
        self._wrap_for(text + self.toPlainText())
        cursor = QTextCursor(self.document())
        cursor.insertText(text)

    def take_all(self) -> None:
        """Empty the field; undo brings it back."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        self._wrap_for("")

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return has_files(source) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if has_files(source):
            self.files_given.emit(source)
        elif source.hasText():
            self.insert(source.text())

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        committed = event.commitString()
        if committed and self._is_full(committed):
            event.setCommitString("")
            self.left_out.emit(len(committed))
        super().inputMethodEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and not self._composing and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.send_requested.emit()
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scroll_requested.emit(event)
        elif event.key() == Qt.Key.Key_Up and not event.modifiers() and self.document().isEmpty():
            self.edit_last_requested.emit()
        elif event.text().isprintable() and event.text() and self._is_full(event.text()):
            self.left_out.emit(len(event.text()))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def _is_full(self, text: str) -> bool:
        cursor = self.textCursor()
        # Counted by Qt at first, which is quick and never less than the number of code points.
        if self.document().characterCount() + len(text) <= MAX_DRAFT_CHARS or cursor.hasSelection():
            return False
        return len(self.toPlainText()) + len(text) > MAX_DRAFT_CHARS

    def _wrap_for(self, text: str) -> None:
        """Looking for the word to break at makes the layout of one endless word quadratic."""
        mode = QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        if _ENDLESS_WORD.search(text):
            mode = QTextOption.WrapMode.WrapAnywhere
        if mode != self.wordWrapMode():
            self.setWordWrapMode(mode)


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
        self.attach = QToolButton(self)
        self.attach.setFixedSize(40, 40)
        self.attach.setIconSize(QSize(22, 22))
        self.attach.setAccessibleName("Attach files")
        self.attach.setToolTip("Attach files (Ctrl+O)")
        self.attach.setCursor(Qt.CursorShape.PointingHandCursor)
        self._send = QToolButton(self)
        self._send.setFixedSize(40, 40)
        self._send.setIconSize(QSize(20, 20))
        self._send.setAccessibleName("Send")
        self._send.setToolTip("Send (Enter)")
        self._send.setCursor(Qt.CursorShape.PointingHandCursor)
        self._words = PlainLabel("", "small", self)
        self._words.hide()
        self.context = ContextStrip(look, self)
        self.context.closed.connect(composer.end_context)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.attach, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._pill, 1)
        row.addSpacing(6)
        row.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 11, 16, 11)
        column.setSpacing(6)
        column.addWidget(self.context)
        column.addWidget(self._words)
        column.addLayout(row)
        self.field.textChanged.connect(self._text_changed)
        self.field.send_requested.connect(composer.send)
        self.field.left_out.connect(self._say_left_out)
        self.field.focus_changed.connect(self._focus_changed)
        self._send.clicked.connect(self._send_clicked)
        composer.context_changed.connect(self._context_changed)
        composer.text_replaced.connect(self._replace_text)
        composer.taken.connect(self.field.take_all)
        composer.given_back.connect(self.field.put_before)
        composer.failed.connect(self._show_error)
        composer.limit_changed.connect(self._show_limit)
        look.changed.connect(self._dress)
        self._dress()

    def switch(self, conversation_id: int, draft: str) -> None:
        """Write in another conversation."""
        self._words.hide()
        self._composer.switch(conversation_id, draft)
        self.field.show_text(self._composer.text)
        self._dress()

    def take_key(self, event: QKeyEvent) -> None:
        """Write what was typed elsewhere."""
        self.field.setFocus()
        self.field.insert(event.text())

    def _context_changed(self, context: Context | None) -> None:
        self.context.show_context(context)
        self._dress()
        if context is not None:
            self.field.setFocus()

    def _replace_text(self, text: str) -> None:
        self.field.show_text(text)
        self._dress()

    def _text_changed(self) -> None:
        self._composer.text_changed(self.field.toPlainText())
        if self._words.property("role") == "error":
            self._words.hide()
        self._dress()

    def _send_clicked(self) -> None:
        self._composer.send()
        self.field.setFocus()

    def _say_left_out(self, count: int) -> None:
        characters = "1 character" if count == 1 else f"{count:,} characters"
        was = "was" if count == 1 else "were"
        self._say(f"{characters} did not fit and {was} left out: the field is full", "error")

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
        self.attach.setIcon(icons.icon("attach", tokens.muted, 22))
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
