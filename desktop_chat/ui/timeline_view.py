"""What a person does with a timeline: choose text, copy, follow links, retry, discard, move by keys."""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from desktop_chat.core.models import NOTICE, Message, SendState
from desktop_chat.ui import mirroring, theme
from desktop_chat.ui.message_layout import MessageLayout
from desktop_chat.ui.message_toolbar import MessageToolbar
from desktop_chat.ui.selection import Selection, word_at
from desktop_chat.ui.timeline_canvas import TimelineCanvas
from desktop_chat.viewmodels.timeline import TimelineModel
from desktop_chat.viewmodels.timeline_rows import TimelineRow, written

CHOSEN_MAX = 100
"""Messages that can be dealt with together."""


class TimelineView(TimelineCanvas):
    """A timeline under mouse and keyboard. The row that the keys act on has a ring while it has the focus."""

    link_requested = Signal(str)
    """A link was clicked; where it goes is to be shown before it is opened."""
    whole_message_requested = Signal(str)
    """The rest of a very long message was asked for."""
    menu_requested = Signal(object, QPoint)
    """What can be done with a TimelineRow is to be shown, at a point of the screen."""
    reaction_chosen = Signal(object, str)
    """A reaction under a message was clicked: the message, and the reaction."""
    quote_chosen = Signal(int)
    """What a message answers was clicked: its seq."""
    file_chosen = Signal(object, object, bool)
    """A file was clicked: its TimelineRow, the AttachedFile, and whether on its round button."""
    chosen_changed = Signal(int)
    """So many messages are chosen to be dealt with together."""
    typed = Signal(QKeyEvent)
    """A key that writes text: it belongs into the composer."""

    def __init__(self, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._pressed_at: QPoint | None = None
        self.toolbar = MessageToolbar(look, self.viewport())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def choosing(self) -> bool:
        """Whether clicks choose whole messages."""
        return bool(self._chosen)

    def chosen_messages(self) -> list[Message]:
        """The messages that are chosen, in their order."""
        if self._model is None:
            return []
        rows = sorted(row for row in map(self._model.row_of, self._chosen) if row >= 0)
        return [self._model.message(row) for row in rows]

    def choose(self, message: Message) -> None:
        """Take a message among those chosen, or out again."""
        if message.local_id in self._chosen:
            self._chosen.discard(message.local_id)
        elif may_be_chosen(message) and len(self._chosen) < CHOSEN_MAX:
            self._chosen.add(message.local_id)
        self._selection = None
        self.toolbar.leave()
        self.chosen_changed.emit(len(self._chosen))
        self.viewport().update()

    def choose_none(self) -> None:
        """Let go of those chosen."""
        if self._chosen:
            self._chosen.clear()
            self.chosen_changed.emit(0)
            self.viewport().update()

    def set_model(self, model: TimelineModel | None) -> None:
        self.choose_none()
        super().set_model(model)
        if model is not None:
            model.dataChanged.connect(self._drop_gone)
            model.rowsRemoved.connect(self._drop_gone)
            model.modelReset.connect(self._drop_gone)

    def _drop_gone(self) -> None:
        """What was deleted meanwhile, or is not here any more, is not chosen any more."""
        if not self._chosen:
            return
        still = {each.local_id for each in self.chosen_messages() if may_be_chosen(each)}
        if still != self._chosen:
            self._chosen = still
            self.chosen_changed.emit(len(still))

    def copy(self) -> None:
        """Put the chosen text, or else the whole message in focus, on the clipboard."""
        chosen = "\n\n".join(written(each) for each in self.chosen_messages())
        text = chosen or self.selected_text()
        if not text and self._model is not None and 0 <= self._focus_row < self._model.rowCount():
            text = self.layout_of(self._focus_row).row.copied
        if text:
            QGuiApplication.clipboard().setText(text)

    def focus_on(self, row: int) -> None:
        """Let the keys act on this row, and have it in sight."""
        if self._model is None or not self._model.rowCount():
            return
        self._focus_row = max(0, min(row, self._model.rowCount() - 1))
        self.ensure_visible(self._focus_row)
        self.focus_row_changed()

    def focus_row_changed(self) -> None:
        """Tell a screen reader which row has the focus."""
        from desktop_chat.ui.timeline_accessible import announce_focus

        announce_focus(self, self._focus_row)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._model is None:
            return
        point = event.position().toPoint()
        hit = self._hit(point)
        self._selection = None
        self._pressed_at = point
        if self.choosing or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pressed_at = None
            if hit is not None:
                self._focus_row = hit[2]
                self.choose(hit[0].row.message)
            return
        if hit is not None:
            layout, inside, row = hit
            self._focus_row = row
            if layout.bubble.contains(inside) and layout.file_at(inside) is None:
                at = layout.position_at(inside)
                self._selection = Selection(layout.row.message.local_id, at, at)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if (
            event.buttons() & Qt.MouseButton.LeftButton
            and self._selection is not None
            and self._model is not None
        ):
            row = self._model.row_of(self._selection.local_id)
            placed = next((each for each in self._placed if each.row == row), None)
            if placed is not None:
                at = self.layout_of(row).position_at(point - QPoint(0, placed.top))
                self._selection = Selection(self._selection.local_id, self._selection.anchor, at)
                self.viewport().update()
            return
        self.viewport().setCursor(self._cursor_for(point))
        self._hover(point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        pressed, self._pressed_at = self._pressed_at, None
        if event.button() is not Qt.MouseButton.LeftButton or pressed is None:
            return
        if (point - pressed).manhattanLength() > 4 or (
            self._selection is not None and not self._selection.empty
        ):
            return
        self._click(point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self._hit(event.position().toPoint())
        if hit is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        layout, inside, _ = hit
        if layout.on_text(inside):
            start, end = word_at(layout.text, layout.position_at(inside))
            end = min(end, layout.block.shown_length)
            self._selection = Selection(layout.row.message.local_id, start, end)
            self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.open_menu_for_row(self._focus_row)
            return
        hit = self._hit(self.viewport().mapFromGlobal(event.globalPos()))
        if hit is not None and hit[0].bubble.contains(hit[1]):
            self._ask_for_menu(hit[0].row, event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.toolbar.leave()
        super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.toolbar.leave()
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self._select_row()
            return
        if self.scroll_key(event):
            return
        key = event.key()
        if self.choosing and key == Qt.Key.Key_Space and self._model is not None and self._focus_row >= 0:
            self.choose(self._model.message(self._focus_row))
            return
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            last = self._model.rowCount() - 1 if self._model is not None else -1
            step = -1 if key == Qt.Key.Key_Up else 1
            self.focus_on(last if self._focus_row < 0 else self._focus_row + step)
        elif key == Qt.Key.Key_Home:
            self.go_to_start()
            self.focus_on(0)
        elif key == Qt.Key.Key_End:
            self.skip_to_end()
            if self._model is not None:
                self.focus_on(self._model.rowCount() - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._act_on_row()
        elif key == Qt.Key.Key_Delete:
            self._discard_row()
        elif key == Qt.Key.Key_Menu:
            self.open_menu_for_row(self._focus_row)
        elif (
            event.text().isprintable()
            and event.text()
            and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        ):
            self.typed.emit(event)
        else:
            event.ignore()

    def scroll_key(self, event: QKeyEvent) -> bool:
        """Scroll where the key is one that scrolls by pages, from the composer too; whether it was."""
        page = max(60, self.viewport().height() - 60)
        if event.key() == Qt.Key.Key_PageUp:
            self.scroll_by(page)
        elif event.key() == Qt.Key.Key_PageDown:
            self.scroll_by(-page)
        else:
            return False
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._focus_row < 0 and event.reason() is not Qt.FocusReason.MouseFocusReason and self._placed:
            self._focus_row = self.last_visible
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def _hit(self, point: QPoint) -> tuple[MessageLayout, QPoint, int] | None:
        placed = self.row_at(point.y())
        if placed is None:
            return None
        return self.layout_of(placed.row), point - QPoint(0, placed.top), placed.row

    def _click(self, point: QPoint) -> None:
        hit = self._hit(point)
        if hit is None or self._model is None:
            return
        layout, inside, _ = hit
        message = layout.row.message
        if layout.retry_rect.contains(inside):
            self._model.retry(message.client_id)
        elif layout.discard_rect.contains(inside):
            self._model.discard(message.client_id)
        elif (chip := layout.chip_at(inside)) is not None:
            self.reaction_chosen.emit(message, chip.key)
        elif (placed := layout.file_at(inside)) is not None:
            on_button = placed.button.contains(inside - layout.files_at)
            self.file_chosen.emit(layout.row, placed.file, on_button)
        elif layout.row.quote is not None and layout.on_quote(inside):
            self.quote_chosen.emit(layout.row.quote.seq)
        elif layout.opens_whole(inside):
            self.whole_message_requested.emit(written(message))
        elif (link := layout.link_at(inside)) is not None:
            self.link_requested.emit(link.url)

    def _cursor_for(self, point: QPoint) -> Qt.CursorShape:
        hit = self._hit(point)
        if hit is None:
            return Qt.CursorShape.ArrowCursor
        layout, inside, _ = hit
        if (
            layout.retry_rect.contains(inside)
            or layout.discard_rect.contains(inside)
            or layout.opens_whole(inside)
            or layout.chip_at(inside) is not None
            or layout.file_at(inside) is not None
            or layout.on_quote(inside)
            or layout.link_at(inside) is not None
        ):
            return Qt.CursorShape.PointingHandCursor
        return Qt.CursorShape.IBeamCursor if layout.on_text(inside) else Qt.CursorShape.ArrowCursor

    def _select_row(self) -> None:
        if self._model is not None and 0 <= self._focus_row < self._model.rowCount():
            layout = self.layout_of(self._focus_row)
            self._selection = Selection(layout.row.message.local_id, 0, layout.block.shown_length)
            self.viewport().update()

    def _focused_message(self, *states: SendState) -> Message | None:
        if self._model is None or not 0 <= self._focus_row < self._model.rowCount():
            return None
        message = self._model.message(self._focus_row)
        return message if message.state in states else None

    def _act_on_row(self) -> None:
        """Retry what failed; of every other message show what can be done."""
        message = self._focused_message(SendState.FAILED)
        if message is not None and self._model is not None:
            self._model.retry(message.client_id)
        else:
            self.open_menu_for_row(self._focus_row)

    def _discard_row(self) -> None:
        message = self._focused_message(SendState.FAILED, SendState.PENDING)
        if message is not None and self._model is not None:
            self._model.discard(message.client_id)

    def open_menu_for_row(self, row: int) -> None:
        """Ask for the menu of a message on screen."""
        placed = next((each for each in self._placed if each.row == row), None)
        if placed is None:
            return
        layout = self.layout_of(row)
        bubble = layout.bubble.translated(0, placed.top)
        corner = bubble.bottomRight() if mirroring.mirrored() else bubble.bottomLeft()
        self._ask_for_menu(layout.row, self.viewport().mapToGlobal(corner))

    def _ask_for_menu(self, row: TimelineRow, at: QPoint) -> None:
        if not row.notice:
            self.menu_requested.emit(row, at)

    def _hover(self, point: QPoint) -> None:
        placed = self.row_at(point.y())
        if placed is None or self._model is None or self.choosing:
            self.toolbar.leave()
            return
        layout = self.layout_of(placed.row)
        self.toolbar.show_beside(layout.row, layout.bubble.translated(0, placed.top))


def may_be_chosen(message: Message) -> bool:
    """Whether there is anything that could be done with it together with others."""
    return message.kind not in (NOTICE, "deleted")
