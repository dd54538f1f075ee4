"""The field a message is written in: grows with its text, sends on Return, never during a composition."""

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QMouseEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from desktop_chat.language import tr, trc
from desktop_chat.services.chat import MAX_DRAFT_CHARS
from desktop_chat.ui.given_files import has_files
from desktop_chat.ui.selection import code_points, slice_utf16, utf16_length

_LINES = 8
_MIN_HEIGHT = 36
_ENDLESS_WORD = re.compile(r"\S{1000}")
_CTRL = Qt.KeyboardModifier.ControlModifier
_CTRL_SHIFT = _CTRL | Qt.KeyboardModifier.ShiftModifier
_MARKUP = {
    (_CTRL, Qt.Key.Key_B): "**",
    (_CTRL, Qt.Key.Key_I): "*",
    (_CTRL, Qt.Key.Key_E): "`",
    (_CTRL_SHIFT, Qt.Key.Key_X): "~~",
}
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
    text_before_changed = Signal(str)
    """The end of the line before the cursor; empty where something is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composing = False
        self._enter_sends = True
        self.wants_key: Callable[[int], bool] = lambda key: False
        """Asked first about every key without modifiers; those wanted go to ``take_key`` alone."""
        self.take_key: Callable[[int], None] = lambda key: None
        self.setProperty("role", "composer")
        self.setPlaceholderText(tr("Write a message…"))
        self.setAccessibleName(trc("field", "Message"))
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setViewportMargins(0, 8, 0, 8)
        self.textChanged.connect(self.fit)
        self._begin_at_side()

    def fit(self) -> None:
        """Grow and shrink with the text, up to some lines."""
        self._begin_at_side()
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
        if committed:
            self._tell_text_before()

    def replace_before(self, length: int, text: str) -> None:
        """Put text in the place of so many code points before the cursor."""
        cursor = self.textCursor()
        before = self.toPlainText()[: code_points(self.toPlainText(), cursor.position())]
        units = utf16_length(before[len(before) - length :])
        cursor.setPosition(cursor.position() - units, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.insert(text)

    def event(self, event: QEvent) -> bool:
        # Before Tab moves the focus, and before a shortcut of the window takes Escape.
        if isinstance(event, QKeyEvent) and not event.modifiers() and not self._composing:
            if event.type() == QEvent.Type.ShortcutOverride and self.wants_key(event.key()):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and self.wants_key(event.key()):
                self.take_key(event.key())
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (markers := _MARKUP.get((event.modifiers(), Qt.Key(event.key())))) is not None:
            self._wrap_chosen(markers)
            return
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and not self._composing and self._sends(event):
            self.send_requested.emit()
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scroll_requested.emit(event)
        elif event.key() == Qt.Key.Key_Up and not event.modifiers() and self.document().isEmpty():
            self.edit_last_requested.emit()
        elif event.text().isprintable() and event.text() and self._is_full(event.text()):
            self.left_out.emit(len(event.text()))
        else:
            super().keyPressEvent(event)
            # Not on cursorPositionChanged, in the midst of Qt's insertion: the text may be changed for it.
            self._tell_text_before()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._tell_text_before()

    def _wrap_chosen(self, markers: str) -> None:
        """Put Markdown around what is chosen or the cursor, or take it away again; at the end of what is
        marked already, step out of it."""
        cursor = self.textCursor()
        chosen = cursor.selectedText().translate(_BREAKS)
        length = len(markers)
        if chosen.startswith(markers) and chosen.endswith(markers) and len(chosen) > 2 * length:
            cursor.insertText(chosen[length:-length])
            return
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        before, after = self._beside(start, end)
        if closes(before, after, markers):
            if before.endswith(markers):
                cursor.setPosition(start - length)
                cursor.setPosition(end + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.insertText(chosen)
                start -= length
                cursor.setPosition(start)
                cursor.setPosition(start + utf16_length(chosen), QTextCursor.MoveMode.KeepAnchor)
                self.setTextCursor(cursor)
                return
            if not chosen:
                cursor.setPosition(end + length)
                self.setTextCursor(cursor)
                return
        if self._is_full(2 * markers):
            self.left_out.emit(2 * length)
            return
        cursor.insertText(f"{markers}{chosen}{markers}")
        cursor.setPosition(start + length)
        cursor.setPosition(start + length + utf16_length(chosen), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _beside(self, start: int, end: int) -> tuple[str, str]:
        """What stands in the same line before one position, and after another."""
        first, last = self.document().findBlock(start), self.document().findBlock(end)
        before = slice_utf16(first.text(), 0, start - first.position())
        return before, slice_utf16(last.text(), end - last.position(), last.length())

    def _tell_text_before(self) -> None:
        cursor = self.textCursor()
        block = cursor.block().text()
        position = cursor.positionInBlock()
        text = "" if cursor.hasSelection() else slice_utf16(block, max(0, position - 80), position)
        self.text_before_changed.emit(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    @property
    def enter_sends(self) -> bool:
        """Whether Return alone sends."""
        return self._enter_sends

    def set_enter_sends(self, enter_sends: bool) -> None:
        """Whether Return alone sends, or only with Ctrl."""
        self._enter_sends = enter_sends

    def _sends(self, event: QKeyEvent) -> bool:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return True
        return self._enter_sends and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier

    def _is_full(self, text: str) -> bool:
        cursor = self.textCursor()
        # Counted by Qt at first, which is quick and never less than the number of code points.
        if self.document().characterCount() + len(text) <= MAX_DRAFT_CHARS or cursor.hasSelection():
            return False
        return len(self.toPlainText()) + len(text) > MAX_DRAFT_CHARS

    def _begin_at_side(self) -> None:
        """What is written stands at the side that its first letter says; before there is one, at the side
        where the window begins."""
        document = self.document()
        option = document.defaultTextOption()
        side = Qt.AlignmentFlag.AlignLeft
        if document.isEmpty() and self.isRightToLeft():
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
        if option.alignment() != side:
            option.setAlignment(side)
            document.setDefaultTextOption(option)

    def _wrap_for(self, text: str) -> None:
        """Looking for the word to break at makes the layout of one endless word quadratic."""
        mode = QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        if _ENDLESS_WORD.search(text):
            mode = QTextOption.WrapMode.WrapAnywhere
        if mode != self.wordWrapMode():
            self.setWordWrapMode(mode)


def closes(before: str, after: str, markers: str) -> bool:
    """Whether these marks are open at the end of ``before``, and what comes ``after`` ends them."""
    mark = re.escape(markers[0])
    # What stands alone, as between two figures, marks nothing.
    runs = re.compile(rf"(?<!{mark})(?:(?<=\S){mark}+|{mark}+(?=\S|$))(?!{mark})")

    def marks(run: str) -> bool:
        # Three stars are bold and italic at once.
        return len(run) == len(markers) or run == "***"

    opened = sum(map(marks, runs.findall(before))) % 2 == 1
    end = re.match(f"{mark}+", after)
    return opened and end is not None and marks(end[0])
