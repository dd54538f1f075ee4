"""The pictures that were shared, side by side."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_chat.core.transfers import TransferPhase
from desktop_chat.language import tr
from desktop_chat.ui import icons, theme
from desktop_chat.ui.attachments_painter import paint_transfer_button
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.pictures import Pictures, Wanted
from desktop_chat.viewmodels.shared import SharedItem, SharedRole

Index = QModelIndex | QPersistentModelIndex

_CELL_MIN = 108
_GAP = 4
_RADIUS = 8
_BUTTON = 40


class _ThumbnailDelegate(QStyledItemDelegate):
    def __init__(self, pictures: Pictures, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._look = look
        self.cell = QSize(_CELL_MIN, _CELL_MIN)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: SharedItem = index.data(SharedRole.ITEM)
        file = item.file
        if file is None:
            return
        tokens, ratio = self._look.tokens, painter.device().devicePixelRatioF()
        side = self.cell.width() - _GAP
        room = QRect(option.rect.x() + _GAP // 2, option.rect.y() + _GAP // 2, side, side)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        pixels = round(side * ratio)
        picture = None
        if file.path:
            picture = self._pictures.get(Wanted(file.path, pixels, pixels, True, round(_RADIUS * ratio)))
        if picture is None or picture.width() < pixels or picture.height() < pixels:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("field"))
            painter.drawRoundedRect(room, _RADIUS, _RADIUS)
        if picture is not None:
            shown = QRectF(0, 0, picture.width() / ratio, picture.height() / ratio)
            shown.moveCenter(QRectF(room).center())
            painter.drawPixmap(shown, picture, QRectF(picture.rect()))
        elif file.moving or file.phase in (TransferPhase.PAUSED, TransferPhase.FAILED) or not file.here:
            button = QRectF(0, 0, _BUTTON, _BUTTON)
            button.moveCenter(QRectF(room).center())
            paint_transfer_button(painter, button, file, tokens.color("badge"), tokens.color("on_accent"))
        else:
            name = "warning" if self._pictures.refusal(file.path) else "photo"
            glyph = icons.pixmap(name, tokens.faint, 26, ratio)
            painter.drawPixmap(room.center().x() - 12, room.center().y() - 12, glyph)
        if option.state & QStyle.StateFlag.State_Selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("panel"), 5))
            painter.drawRoundedRect(QRectF(room).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
            painter.setPen(QPen(tokens.color("accent"), 3))
            painter.drawRoundedRect(QRectF(room).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
        painter.restore()


class SharedGrid(SidebarList):
    """As many in a row as there is room for; the arrows go in four directions."""

    def __init__(self, pictures: Pictures, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(tr("Pictures"), parent)
        self._delegate = _ThumbnailDelegate(pictures, look, self)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSpacing(0)
        pictures.ready.connect(self._ready)
        look.changed.connect(self.viewport().update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = self.viewport().width()
        side = room // max(1, room // _CELL_MIN)
        if side != self._delegate.cell.width():
            self._delegate.cell = QSize(side, side)
            self.setGridSize(self._delegate.cell)
        super().resizeEvent(event)

    def _ready(self, path: str) -> None:
        self.viewport().update()
