"""The files or links that were shared, one below the other."""

from urllib.parse import urlsplit

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_chat.core.transfers import TransferPhase
from desktop_chat.ui import icons, mirroring, row_painting, theme
from desktop_chat.ui.attachments_painter import paint_transfer_button
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.link_dialog import honest
from desktop_chat.viewmodels.shared import SharedItem, SharedRole

Index = QModelIndex | QPersistentModelIndex

_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_HEIGHT = 60
_WORDS_HEIGHT = 80
_TILE = 42
_SHOWN_CHARS = 200


class _SharedDelegate(QStyledItemDelegate):
    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        item: SharedItem = index.data(SharedRole.ITEM)
        return QSize(200, _WORDS_HEIGHT if item.words else _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: SharedItem = index.data(SharedRole.ITEM)
        tokens, state = self._look.tokens, option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hover = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        room = row_painting.paint_background(
            painter,
            option.rect,
            tokens,
            selected=selected,
            hover=hover,
            focus=row_painting.has_keyboard(option),
        )
        tile = QRect(room.x() + 10, room.y() + (room.height() - _TILE) // 2, _TILE, _TILE)
        left = tile.right() + 13
        line = mirroring.placed(QRect(left, room.y() + 8, room.right() - 12 - left, 20), room)
        width = line.width()
        tile = mirroring.placed(tile, room)
        if item.words:
            tile.moveTop(room.y() + 8)
        failed = item.file is not None and item.file.phase is TransferPhase.FAILED
        if item.file is not None:
            paint_transfer_button(
                painter, QRectF(tile), item.file, tokens.color("badge"), tokens.color("on_accent")
            )
        else:
            self._paint_site(painter, tile, item.url)
        title = honest(item.title[:_SHOWN_CHARS]) if item.url else item.title
        mode = Qt.TextElideMode.ElideRight if item.url else Qt.TextElideMode.ElideMiddle
        painter.setFont(theme.font(theme.TEXT_PX, QFont.Weight.DemiBold))
        painter.setPen(tokens.color("link" if item.url else "text"))
        painter.drawText(
            line, _FLAGS, mirroring.in_its_order(painter.fontMetrics().elidedText(title, mode, width))
        )
        line.translate(0, 20)
        painter.setFont(theme.font(13))
        if item.words:
            painter.setPen(tokens.color("text"))
            painter.drawText(line, _FLAGS, mirroring.in_its_order(self._elided(painter, item.words, width)))
            line.translate(0, 20)
        painter.setFont(theme.font(12))
        painter.setPen(tokens.color("danger" if failed else "muted"))
        painter.drawText(line, _FLAGS, self._elided(painter, item.about, width))
        painter.restore()

    def _elided(self, painter: QPainter, words: str, width: int) -> str:
        shown = words[:_SHOWN_CHARS]
        return painter.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, width)

    def _paint_site(self, painter: QPainter, tile: QRect, url: str) -> None:
        """The first letter of where a link goes; its own picture would have to be fetched from there."""
        tokens = self._look.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        back = QColor(tokens.accent)
        back.setAlpha(44 if tokens.dark else 30)
        painter.setBrush(back)
        painter.drawRoundedRect(tile, 10, 10)
        letter = _site(url)[:1].upper()
        if letter.isalnum():
            painter.setPen(tokens.color("accent"))
            painter.setFont(theme.font(18, QFont.Weight.DemiBold))
            painter.drawText(tile, Qt.AlignmentFlag.AlignCenter, letter)
        else:
            ratio = painter.device().devicePixelRatioF()
            glyph = icons.pixmap("open", tokens.accent, 20, ratio)
            painter.drawPixmap(tile.center().x() - 9, tile.center().y() - 9, glyph)


class SharedList(SidebarList):
    """Rows in which everything that matters is written out."""

    def __init__(self, name: str, look: theme.Theme, parent: QWidget, *, with_words: bool) -> None:
        """``with_words``: some rows have words around them, and are higher."""
        super().__init__(name, parent)
        self.setUniformItemSizes(not with_words)
        # In batches the end would come nearer for a moment, and the place of a person with it.
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.setItemDelegate(_SharedDelegate(look, self))
        look.changed.connect(self.viewport().update)


def _site(url: str) -> str:
    """The name of the place that an address leads to."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
