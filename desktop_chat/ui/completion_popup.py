"""The short list over the field with what may stand at the cursor."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr
from desktop_chat.ui import avatar, mirroring, theme
from desktop_chat.ui.portrait_delegate import PortraitDelegate
from desktop_chat.ui.row_painting import cut
from desktop_chat.viewmodels.completion import Completion, Item

Index = QModelIndex | QPersistentModelIndex

_KEYS = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Escape,
)
_ROW = 38
_WIDTH = 320
_PERSON = 26
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class _ItemDelegate(PortraitDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_WIDTH, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: Item = index.data(Qt.ItemDataRole.UserRole)
        tokens = self._look.tokens
        rect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("row_selected"))
            painter.drawRoundedRect(rect.adjusted(4, 1, -4, -1), 8, 8)
        left = QRect(rect.x() + 14, rect.y(), rect.width() - 28, rect.height())
        painter.setPen(QColor(tokens.text))
        if item.user_id:
            subject = avatar.Subject(item.user_id, item.label, portrait=item.portrait)
            place = QRect(left.x(), rect.center().y() - _PERSON // 2 + 1, _PERSON, _PERSON)
            at = mirroring.placed(place, left).topLeft()
            avatar.paint(painter, at, _PERSON, subject, self._look.portraits)
            left = cut(left, start=_PERSON + 10)
            painter.setFont(theme.font(theme.TEXT_PX, QFont.Weight.DemiBold))
        else:
            painter.setFont(theme.font(20))
        metrics = painter.fontMetrics()
        label = metrics.elidedText(item.label, Qt.TextElideMode.ElideRight, left.width() - 90)
        painter.drawText(left, _FLAGS, mirroring.in_its_order(label))
        left = cut(left, start=metrics.horizontalAdvance(label) + 10)
        painter.setFont(theme.font(13))
        painter.setPen(QColor(tokens.muted))
        words = painter.fontMetrics().elidedText(item.words, Qt.TextElideMode.ElideRight, left.width())
        painter.drawText(left, _FLAGS, mirroring.in_its_order(words))
        painter.restore()


class CompletionPopup(QFrame):
    """Takes no focus: the field hands it the keys that are its own. ``taken`` tells the item chosen."""

    taken = Signal(object)

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "popup")
        self.list = QListWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(tr("Suggestions"))
        self.list.setItemDelegate(_ItemDelegate(look, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        look.portraits.changed.connect(self.list.viewport().update)
        self.list.itemClicked.connect(self._clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 5, 1, 5)
        column.addWidget(self.list)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def offer(self, completion: Completion | None, above: QRect) -> None:
        """Show the items over a rectangle of the parent, or nothing."""
        self.setVisible(completion is not None)
        if completion is None:
            return
        self.list.clear()
        for each in completion.items:
            row = QListWidgetItem()
            row.setData(Qt.ItemDataRole.UserRole, each)
            # Translators: a person and the user name, or an emoji and its short name.
            spoken = tr("{label}, {words}", label=each.label, words=each.words)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            self.list.addItem(row)
        self.list.setCurrentRow(0)
        height = _ROW * len(completion.items) + 12
        self.setGeometry(
            mirroring.placed(QRect(above.left(), above.top() - height - 6, _WIDTH, height), above)
        )
        self.raise_()

    def wants_key(self, key: int) -> bool:
        """Whether a key that is pressed in the field is the list's."""
        return self.isVisible() and key in _KEYS

    def take_key(self, key: int) -> None:
        """Act on one of its keys."""
        row, count = self.list.currentRow(), self.list.count()
        if key == Qt.Key.Key_Up:
            self.list.setCurrentRow((row - 1) % count)
        elif key == Qt.Key.Key_Down:
            self.list.setCurrentRow((row + 1) % count)
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            self.taken.emit(self.list.currentItem().data(Qt.ItemDataRole.UserRole))

    def _clicked(self, row: QListWidgetItem) -> None:
        self.taken.emit(row.data(Qt.ItemDataRole.UserRole))
