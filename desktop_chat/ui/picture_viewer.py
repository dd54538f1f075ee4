"""One picture, as large as there is room, over everything else."""

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop_chat.language import tr, trc
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.pictures import Pictures, Wanted
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels import times
from desktop_chat.viewmodels.viewed_pictures import Shown, ViewedPictures

_SIDE_MAX = 3200
"""A picture is decoded no larger than this: beyond, zooming in shows no more."""
_ZOOM_STEP = 1.25
_ZOOM_MAX = 12.0
_BACK = QColor(14, 15, 18, 245)
_FOOT = 56


class PictureViewer(QWidget):
    """Lies over the window. Wheel, + and - zoom, 0 fits, the mouse drags; Left and Right lead to the other
    pictures that there are; Ctrl+S saves, Esc closes."""

    save_requested = Signal(object)
    """The AttachedFile on screen is to be saved."""
    closed = Signal()
    """It is out of the way, and the keyboard with nobody."""
    wanted = Signal(object)
    """Files are on screen that may have to be fetched: a list of AttachedFile."""

    def __init__(
        self, viewed: ViewedPictures, pictures: Pictures, local_id: int, place: int, parent: QWidget
    ) -> None:
        super().__init__(parent.window())
        viewed.setParent(self)
        self._viewed = viewed
        self._pictures = pictures
        self._key = (local_id, place)
        self._shown = viewed.look(self._key)
        """What is on screen: to paint it must cost nothing more than that."""
        self._zoom = 1.0
        self._offset = QPointF()
        self._grabbed: QPointF | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("covers", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        back, on = ("Right", "Left") if mirroring.mirrored() else ("Left", "Right")
        self._before = self._button("back", tr("Picture before"), back)
        self._after = self._button("forward-arrow", tr("Picture after"), on)
        self._buttons = QWidget(self)
        line = QHBoxLayout(self._buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        out = self._button("zoom-out", tr("Zoom out"), "-")
        fit = self._button("fit", trc("button, of a picture", "Fit"), "0")
        bigger = self._button("zoom-in", tr("Zoom in"), "+")
        save = self._button("save", tr("Save as"), "Ctrl+S")
        close = self._button("close", trc("button", "Close"), "Esc")
        for each in (out, fit, bigger, save, close):
            line.addWidget(each)
        self._before.clicked.connect(lambda: self.step(-1))
        self._after.clicked.connect(lambda: self.step(1))
        out.clicked.connect(lambda: self.zoom_by(1 / _ZOOM_STEP))
        bigger.clicked.connect(lambda: self.zoom_by(_ZOOM_STEP))
        fit.clicked.connect(self.fit)
        save.clicked.connect(self._save)
        close.clicked.connect(self.close)
        pictures.ready.connect(self._picture_ready)
        viewed.changed.connect(self._look)
        viewed.gone.connect(self.close)

    @property
    def shown(self) -> Shown | None:
        """What is on screen; None where it has gone."""
        return self._shown

    @property
    def zoom(self) -> float:
        """How much larger than fitting into the window."""
        return self._zoom

    def open_over(self, window: QWidget) -> None:
        """Lie over the whole of a window, with the keyboard."""
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self._changed()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            # What lies below has shortcuts on the same keys, Esc among them.
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """The keyboard stays here while this is open."""
        return True

    def step(self, by: int) -> None:
        """Show the picture before or after."""
        keys = self._viewed.keys()
        if self._key in keys and 0 <= keys.index(self._key) + by < len(keys):
            self._key = keys[keys.index(self._key) + by]
            self._shown = self._viewed.look(self._key)
            self.fit()
            self._changed()

    def fit(self) -> None:
        """As large as there is room, and no larger than it is."""
        self._zoom, self._offset = 1.0, QPointF()
        self.update()

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Enlarge, with the point ``about`` where it is."""
        zoom = max(1.0, min(_ZOOM_MAX, self._zoom * factor))
        about = about - QPointF(self._room().center()) if about is not None else QPointF()
        self._offset = about - (about - self._offset) * (zoom / self._zoom)
        self._zoom = zoom
        self._keep_inside()
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.pixelDelta().y()
        if delta:
            self.zoom_by(_ZOOM_STEP ** (delta / 120), event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close()
        elif key == Qt.Key.Key_S and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._save()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            back = Qt.Key.Key_Right if mirroring.mirrored() else Qt.Key.Key_Left
            self.step(-1 if key == back else 1)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._grabbed = event.position() - self._offset
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self._offset = event.position() - self._grabbed
            self._keep_inside()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        grabbed, self._grabbed = self._grabbed, None
        beside = grabbed is not None and self._zoom == 1.0 and not self._frame().contains(event.position())
        if beside and event.button() is Qt.MouseButton.LeftButton:
            self.close()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._zoom > 1.0:
            self.fit()
        else:
            self.zoom_by(2.5, event.position())

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._buttons.adjustSize()
        middle = round(self._room().center().y()) - self._before.height() // 2
        for widget, x, y in (
            (self._buttons, self.width() - self._buttons.width() - 12, 12),
            (self._before, 12, middle),
            (self._after, self.width() - self._after.width() - 12, middle),
        ):
            widget.setGeometry(mirroring.placed(QRect(QPoint(x, y), widget.size()), self.rect()))
        self._keep_inside()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), _BACK)
        shown = self.shown
        if shown is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        picture = self._picture(shown)
        if picture is not None:
            painter.drawPixmap(self._frame(), picture, QRectF(picture.rect()))
        else:
            painter.setPen(QColor(220, 224, 230))
            painter.setFont(theme.font(14))
            words = self._pictures.refusal(shown.file.path) if shown.file.path else shown.file.words
            painter.drawText(self._room(), Qt.AlignmentFlag.AlignCenter, words or tr("Loading…"))
        self._paint_foot(painter, shown)

    def _paint_foot(self, painter: QPainter, shown: Shown) -> None:
        foot = self.rect()
        foot.setTop(foot.bottom() - _FOOT)
        painter.fillRect(foot, QColor(14, 15, 18, 190))
        painter.setPen(QColor("white"))
        painter.setFont(theme.font(14, QFont.Weight.DemiBold))
        metrics = painter.fontMetrics()
        room = foot.width() - 48
        line = metrics.elidedText(shown.sender, Qt.TextElideMode.ElideRight, room)
        painter.drawText(
            foot.adjusted(24, 8, -24, -28), Qt.AlignmentFlag.AlignCenter, mirroring.in_its_order(line)
        )
        painter.setFont(theme.font(12))
        painter.setPen(QColor(178, 185, 196))
        size = shown.file.described
        # Translators: below a picture: its file's name, its measures, its size, and when it was sent.
        words = tr(
            "{name} · {width} × {height} · {size} · {time}",
            name=shown.file.name,
            width=size.width,
            height=size.height,
            size=shown.file.words,
            time=times.clock(shown.sent_at_ms),
        )
        line = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(foot.adjusted(24, 28, -24, -8), Qt.AlignmentFlag.AlignCenter, line)

    def _room(self) -> QRectF:
        return QRectF(0, 0, self.width(), max(1, self.height() - _FOOT))

    def _frame(self) -> QRectF:
        """Where the picture is."""
        shown = self.shown
        room = self._room()
        if shown is None:
            return room
        size = QSize(shown.file.described.width, shown.file.described.height).toSizeF()
        box = room.size() - QSize(24, 24).toSizeF()
        if size.width() > box.width() or size.height() > box.height():
            size = size.scaled(box, Qt.AspectRatioMode.KeepAspectRatio)
        frame = QRectF(QPointF(0, 0), size * self._zoom)
        frame.moveCenter(room.center() + self._offset)
        return frame

    def _keep_inside(self) -> None:
        """A picture smaller than the room stays in its middle, a larger one is never dragged out of it."""
        frame, room = self._frame(), self._room()
        over_x = max(0.0, (frame.width() - room.width()) / 2)
        over_y = max(0.0, (frame.height() - room.height()) / 2)
        self._offset = QPointF(
            max(-over_x, min(over_x, self._offset.x())), max(-over_y, min(over_y, self._offset.y()))
        )

    def _picture(self, shown: Shown) -> QPixmap | None:
        if not shown.file.path:
            return None
        size = QSize(shown.file.described.width, shown.file.described.height)
        side = min(_SIDE_MAX, max(size.width(), size.height()))
        return self._pictures.get(Wanted(shown.file.path, side, side))

    def _look(self) -> None:
        self._shown = self._viewed.look(self._key)
        if self.isVisible():
            self._changed()

    def _changed(self) -> None:
        shown, keys = self.shown, self._viewed.keys()
        if shown is None or self._key not in keys:
            self.close()
            return
        here = keys.index(self._key)
        self._before.setVisible(here > 0)
        self._after.setVisible(here < len(keys) - 1)
        self.setAccessibleName(
            tr(
                "{picture}, from {sender}, {number} of {count}",
                picture=shown.file.spoken,
                sender=shown.sender,
                number=here + 1,
                count=len(keys),
            )
        )
        self.wanted.emit([shown.file])
        self.update()

    def _picture_ready(self, path: str) -> None:
        self.update()

    def _save(self) -> None:
        shown = self.shown
        if shown is not None:
            self.save_requested.emit(shown.file)

    def _button(self, name: str, words: str, keys: str) -> QToolButton:
        made = tool_button(with_keys(words, keys), self, 40)
        made.setIcon(icons.icon(name, "#FFFFFF", 20))
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setStyleSheet(
            "QToolButton { background: rgba(0, 0, 0, 110); border: none; border-radius: 20px; }"
            "QToolButton:hover { background: rgba(90, 96, 108, 190); }"
        )
        return made
