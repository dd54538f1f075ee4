"""The timeline on screen: lays out and paints the rows in sight and no others."""

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import mirroring, theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.day_pill import DayPill
from desktop_chat.ui.jump_button import JumpButton
from desktop_chat.ui.message_layout import DAY_HEIGHT, MessageLayout
from desktop_chat.ui.message_painter import MessagePainter, text_look
from desktop_chat.ui.pictures import Pictures
from desktop_chat.ui.scroll_anchor import Placed, ScrollAnchor, distance_moved
from desktop_chat.ui.selection import Selection, slice_utf16
from desktop_chat.ui.text_block import forget_fonts
from desktop_chat.viewmodels import times
from desktop_chat.viewmodels.timeline import TimelineModel

_MARGIN = 12
_LAYOUTS = 400
_WHEEL_STEP = 60
_BAR_UNIT = 50
_OLDER_BEFORE_ROW = 25
_MARK_MS = 1_600
_PILL_MS = 1_200


class TimelineCanvas(QAbstractScrollArea):
    """Layout, painting and scrolling; ``TimelineView`` adds what a person does with mouse and keys.

    The scroll bar shows rows, not pixels: heights out of sight are not known and never asked for.
    """

    seen_changed = Signal(int, int)
    """The highest row on screen, and the lowest whose end is on screen; -1 for none."""
    skipped_to_end = Signal()
    """A person chose to go to the newest message, past whatever lies between."""
    at_end_changed = Signal(bool)
    files_seen = Signal(object)
    """Files of a message on screen: a tuple of AttachedFile."""

    def __init__(self, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._model: TimelineModel | None = None
        self._anchor = ScrollAnchor(_MARGIN)
        self._layouts: OrderedDict[int, MessageLayout] = OrderedDict()
        self.pictures = Pictures(self)
        self.pictures.ready.connect(self._picture_ready)
        self._painter = MessagePainter(look.tokens, self.pictures, look.portraits)
        self._placed: list[Placed] = []
        self._seen = (-1, -1)
        self._left_behind = False
        self._syncing_bar = False
        self._was_at_end = True
        self._selection: Selection | None = None
        self._focus_row = -1
        self._marked = 0
        self._marked_words = ""
        self._chosen: set[int] = set()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName(tr("Messages"))
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(self._bar_moved)
        look.portraits.changed.connect(self.viewport().update)
        self._jump = JumpButton(look, self.viewport())
        self._jump.clicked.connect(self.skip_to_end)
        self._jump.hide()
        self._mark_timer = _single_shot(self, _MARK_MS)
        self._mark_timer.timeout.connect(self._unmark)
        self._pill_timer = _single_shot(self, _PILL_MS)
        self._day = DayPill(look, self.viewport())
        self._pill_timer.timeout.connect(self._day.hide)
        look.changed.connect(self._look_changed)

    @property
    def model(self) -> TimelineModel | None:
        """What is shown."""
        return self._model

    @property
    def at_end(self) -> bool:
        """Whether the newest message is in sight."""
        return self._anchor.at_end

    @property
    def placed(self) -> list[Placed]:
        """The rows on screen, top to bottom."""
        return self._placed

    @property
    def last_visible(self) -> int:
        """The lowest row whose end is on screen, -1 for none."""
        return self._seen[1]

    @property
    def seen(self) -> tuple[int, int]:
        """What ``seen_changed`` told last."""
        return self._seen

    @property
    def focus_row(self) -> int:
        """The row that the keys act on, -1 for none."""
        return self._focus_row

    @property
    def selection(self) -> Selection | None:
        """The text that is chosen."""
        return self._selection

    def set_model(self, model: TimelineModel | None) -> None:
        """Show another conversation, from its unread line or its end."""
        old, self._model = self._model, model
        if old is not None:
            old.disconnect(self)
        self._layouts.clear()
        self._anchor = ScrollAnchor(_MARGIN)
        self._selection = None
        self._focus_row = -1
        self._seen = (-1, -1)
        self._left_behind = False
        self._marked = 0
        if model is not None:
            model.rowsInserted.connect(self._rows_inserted)
            model.rowsAboutToBeRemoved.connect(self._rows_about_to_be_removed)
            model.rowsRemoved.connect(self._settle)
            model.rowsMoved.connect(self._rows_moved)
            model.dataChanged.connect(self._data_changed)
            model.modelReset.connect(self._model_reset)
            model.jumped.connect(self.show_row)
            model.loading_changed.connect(self._loading_changed)
            model.unread_changed.connect(self._jump.set_unread)
            self._jump.set_unread(model.unread)
            if (unread := model.unread_line_row) >= 0:
                # Some of what came before, and below the line what is new; the end, where all of it fits.
                above = self.viewport().height() // 4
                self._anchor.go_to(unread, above + self.layout_of(unread).height)
        self._settle()

    def row_at(self, y: int) -> Placed | None:
        """The row at this height of the viewport."""
        return next((each for each in self._placed if each.top <= y < each.top + each.height), None)

    def layout_of(self, row: int) -> MessageLayout:
        """A row laid out at the present width."""
        assert self._model is not None
        local_id = self._model.message(row).local_id
        width = self.viewport().width()
        held = self._layouts.get(local_id)
        if held is not None and (held.width == width or held.refit(width)):
            self._layouts.move_to_end(local_id)
            return held
        facts = self._model.row(row)
        look = self._look
        made = MessageLayout(facts, width, text_look(look.tokens, own=facts.own, pixels=look.text_px))
        self._layouts[local_id] = made
        if len(self._layouts) > _LAYOUTS:
            self._layouts.popitem(last=False)
        return made

    def scroll_by(self, pixels: int) -> None:
        """Scroll towards older messages by this many pixels, towards newer where it is negative."""
        self._anchor.scroll(pixels)
        self._pill_timer.start()
        self._settle(scrolled=True)

    def go_to_end(self) -> None:
        """Show the newest message."""
        self._anchor.go_to_end()
        self._settle()

    def skip_to_end(self) -> None:
        """Show the newest message because a person asked for it, whatever is unread above."""
        self.go_to_end()
        self.skipped_to_end.emit()

    def set_left_behind(self, left_behind: bool) -> None:
        """Whether unread messages above were not seen: then skipping them is offered at the end too."""
        self._left_behind = left_behind
        self._place_jump()

    def go_to_start(self) -> None:
        """Show the oldest row there is so far, and ask for older ones."""
        if self._model is not None and self._model.rowCount():
            self._anchor.go_to(0, self.layout_of(0).height + _MARGIN)
            self._settle()

    def show_row(self, row: int) -> None:
        """Bring a row into the middle and draw attention to it."""
        if self._model is None:
            return
        height = self.layout_of(row).height
        self._anchor.go_to(row, (self.viewport().height() + height) // 2)
        self._marked = self._model.message(row).local_id
        self._mark_timer.start()
        self._settle()

    def ensure_visible(self, row: int) -> None:
        """Scroll no further than is needed to have a row in sight."""
        height = self.layout_of(row).height
        view = self.viewport().height()
        at = next((each for each in self._placed if each.row == row), None)
        if at is None:
            above = not self._placed or row < self._placed[0].row
            self._anchor.go_to(row, height + _MARGIN if above else view - _MARGIN)
        elif at.top < 0:
            self._anchor.scroll(-at.top + _MARGIN)
        elif at.top + at.height > view:
            self._anchor.scroll(view - at.top - at.height - _MARGIN)
        self._settle()

    def mark_words(self, query: str) -> None:
        """Mark where these words stand in the messages, after folding; nothing where they are empty."""
        self._marked_words = query
        self.viewport().update()

    def selected_text(self) -> str:
        """What is chosen, as it is shown; empty without a selection."""
        selection = self._selection
        if self._model is None or selection is None or selection.empty:
            return ""
        row = self._model.row_of(selection.local_id)
        if row < 0:
            return ""
        chosen = slice_utf16(self.layout_of(row).text, selection.start, selection.end)
        return chosen.replace("\u2028", "\n")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.pixelDelta().y() or round(event.angleDelta().y() / 120 * _WHEEL_STEP)
        if delta:
            self.scroll_by(delta)
        event.accept()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Nothing: the bar tells its value as a signal, and Qt's own way paints everything."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._look.tokens.color("timeline"))
        model = self._model
        if model is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        exposed, width = event.region(), self.viewport().width()
        for placed in self._placed:
            if not exposed.intersects(QRect(0, placed.top, width, placed.height)):
                continue
            layout = self.layout_of(placed.row)
            message = layout.row.message
            chosen = (
                self._selection if self._selection and self._selection.local_id == message.local_id else None
            )
            self._painter.paint(
                painter,
                placed.top,
                layout,
                sender=Subject(
                    message.sender_id,
                    model.sender_title(message),
                    portrait=model.sender_portrait(message),
                ),
                selection=chosen,
                focused=placed.row == self._focus_row and self.hasFocus(),
                marked=message.local_id == self._marked or message.local_id in self._chosen,
                found=layout.block.places_of(self._marked_words) if self._marked_words else (),
            )

    def _place_day(self) -> None:
        model, words = self._model, ""
        if model is not None and self._pill_timer.isActive() and self._placed and not self._anchor.at_end:
            at_top = (each for each in self._placed[:3] if 0 <= each.top < DAY_HEIGHT)
            if not any(self.layout_of(each.row).row.day for each in at_top):
                first = model.message(self._placed[0].row)
                words = times.day_line(first.sent_at_ms, times.wall_clock_ms())
        self._day.show_day(words, self.viewport().width())

    def _settle(self, *, scrolled: bool = False) -> None:
        """Place the rows anew. Where the only change is that they were ``scrolled``, what stays in sight is
        moved, and only what came into sight is painted."""
        model = self._model
        count = model.rowCount() if model is not None else 0
        before = self._placed
        self._placed = self._anchor.settle(count, self.viewport().height(), self._height_of)
        distance = distance_moved(before, self._placed) if scrolled else None
        if distance is None:
            self.viewport().update()
        elif distance:
            self._move_pixels(distance)
        self._sync_bar(count)
        self._place_jump()
        self._place_day()
        if self._anchor.at_end != self._was_at_end:
            self._was_at_end = self._anchor.at_end
            self.at_end_changed.emit(self._was_at_end)
        self._tell_files()
        view = self.viewport().height()
        seen = [each.row for each in self._placed if each.top + each.height <= view]
        on_screen = (self._placed[0].row, seen[-1]) if seen else (-1, -1)
        if on_screen != self._seen:
            self._seen = on_screen
            self.seen_changed.emit(*on_screen)
        if (
            model is not None
            and self._placed
            and self._placed[0].row < _OLDER_BEFORE_ROW
            and self.isVisible()
        ):
            model.load_older()

    def _move_pixels(self, distance: int) -> None:
        # With a rectangle given Qt leaves the children where they are, but moves their pixels too. They are
        # children since over siblings it would move nothing and paint everything.
        view = self.viewport()
        view.scroll(0, distance, view.rect())
        for child in view.children():
            if isinstance(child, QWidget) and child.isVisible():
                view.update(child.geometry())
                view.update(child.geometry().translated(0, distance))

    def _height_of(self, row: int) -> int:
        return self.layout_of(row).height

    def _sync_bar(self, count: int) -> None:
        bar = self.verticalScrollBar()
        self._syncing_bar = True
        above, shown = self._rows_above_and_shown()
        hidden = max(0.0, count - shown)
        bar.setPageStep(max(1, round(shown * _BAR_UNIT)))
        bar.setSingleStep(_BAR_UNIT)
        bar.setRange(0, round(hidden * _BAR_UNIT))
        bar.setValue(bar.maximum() if self._anchor.at_end else round(above * _BAR_UNIT))
        bar.setEnabled(bar.maximum() > 0)
        self._syncing_bar = False

    def _rows_above_and_shown(self) -> tuple[float, float]:
        if not self._placed:
            return 0.0, 0.0
        view = self.viewport().height()
        first, last = self._placed[0], self._placed[-1]
        above = first.row + max(0.0, -first.top / first.height)
        below = last.row + min(1.0, (view - last.top) / last.height)
        return above, max(0.0, below - above)

    def _bar_moved(self, value: int) -> None:
        if self._syncing_bar or self._model is None or not self._model.rowCount():
            return
        if value >= self.verticalScrollBar().maximum():
            self._anchor.go_to_end()
        else:
            row = min(value // _BAR_UNIT, self._model.rowCount() - 1)
            height = self.layout_of(row).height
            self._anchor.go_to(row, height - round(value % _BAR_UNIT / _BAR_UNIT * height))
        self._pill_timer.start()
        self._settle(scrolled=True)

    def _place_jump(self) -> None:
        away = not self._anchor.at_end or self._left_behind
        self._jump.setVisible(away and bool(self._placed))
        view, button = self.viewport().rect(), self._jump.rect()
        button.moveBottomRight(view.bottomRight() - QPoint(11, 9))
        self._jump.move(mirroring.placed(button, view).topLeft())

    def _rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        assert self._model is not None
        own_new = last == self._model.rowCount() - 1 and self._model.message(last).seq is None
        self._anchor.inserted(first, last)
        if self._focus_row >= first:
            self._focus_row += last - first + 1
        if own_new:
            self._anchor.go_to_end()
        self._forget(first - 1, last + 1)
        self._settle()

    def _rows_about_to_be_removed(self, parent: QModelIndex, first: int, last: int) -> None:
        self._anchor.removed(first, last)
        if self._focus_row >= first:
            self._focus_row = max(-1, self._focus_row - (last - first + 1))

    def _rows_moved(self) -> None:
        self._layouts.clear()
        self._settle()

    def _data_changed(self, top_left: QModelIndex, bottom_right: QModelIndex) -> None:
        self._forget(top_left.row(), bottom_right.row())
        self._settle()

    def _model_reset(self) -> None:
        self._layouts.clear()
        self._selection = None
        self._focus_row = -1
        self._seen = (-1, -1)
        self._anchor.go_to_end()
        self._settle()

    def _loading_changed(self, loading: bool) -> None:
        if not loading:
            self._settle()

    def _forget(self, first: int, last: int) -> None:
        assert self._model is not None
        if last - first > _LAYOUTS:
            self._layouts.clear()
            return
        for row in range(max(0, first), min(last, self._model.rowCount() - 1) + 1):
            self._layouts.pop(self._model.message(row).local_id, None)

    def _picture_ready(self, path: str) -> None:
        width = self.viewport().width()
        for placed in self._placed:
            if any(each.path == path for each in self.layout_of(placed.row).row.files):
                self.viewport().update(QRect(0, placed.top, width, placed.height))

    def _tell_files(self) -> None:
        if not self.isVisible():
            return
        for placed in self._placed:
            files = self.layout_of(placed.row).row.files
            if files:
                self.files_seen.emit(files)

    def _unmark(self) -> None:
        self._marked = 0
        self.viewport().update()

    def _look_changed(self) -> None:
        forget_fonts()
        self._layouts.clear()
        self._painter = MessagePainter(self._look.tokens, self.pictures, self._look.portraits)
        self._settle()


def _single_shot(parent: QWidget, ms: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    return timer
