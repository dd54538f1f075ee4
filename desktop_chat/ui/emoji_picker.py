"""Choosing an emoji: by its picture, by what it is called, among those used last."""

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr, trc
from desktop_chat.ui import theme
from desktop_chat.viewmodels import emoji_table
from desktop_chat.viewmodels.emoji_table import TONES, Emoji

Index = QModelIndex | QPersistentModelIndex

_CELL = 40
_COLUMNS = 9
_EMOJI_PX = 24
_HAND = "✋"


class EmojiModel(QAbstractListModel):
    """The emoji used last, then all by their groups; or those that a query finds."""

    def __init__(self, recent: list[str], tone: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        known = {each.text: each for group in emoji_table.groups() for each in group.emoji}
        plain = [Emoji(text, (), tr("used before"), "", False) for text in recent]
        self._recent = [known.get(each.text, each) if not self._toned(each.text) else each for each in plain]
        self._all = [*self._recent, *(each for group in emoji_table.groups() for each in group.emoji)]
        self._shown = self._all
        at = len(self._recent)
        self.starts: list[tuple[str, str, int]] = [(tr("Used before"), "🕘", 0)] if self._recent else []
        """Of each group its name, an emoji that stands for it, and its first row."""
        for group in emoji_table.groups():
            self.starts.append((_group_words(group.name), group.emoji[0].text, at))
            at += len(group.emoji)

    def set_query(self, query: str) -> None:
        """Show what is found, or with no query all."""
        self.beginResetModel()
        self._shown = emoji_table.find(query) if query.strip() else self._all
        self.endResetModel()

    def set_tone(self, tone: int) -> None:
        """Show those that come in skin tones in this one."""
        self._tone = tone
        self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def text(self, row: int) -> str:
        """The emoji of a row, in the tone that is chosen."""
        return emoji_table.with_tone(self._shown[row], self._tone) if 0 <= row < len(self._shown) else ""

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid() or not 0 <= index.row() < len(self._shown):
            return None
        each = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return each.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f":{each.codes[0]}:" if each.codes else each.name
        return None

    @staticmethod
    def _toned(text: str) -> bool:
        return any(tone in text for tone in TONES[1:])


class _CellDelegate(QStyledItemDelegate):
    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_CELL, _CELL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            chosen = bool(state & QStyle.StateFlag.State_Selected)
            painter.setBrush(self._look.tokens.color("row_selected" if chosen else "row_hover"))
            painter.drawRoundedRect(option.rect.adjusted(2, 2, -2, -2), 8, 8)
        painter.setFont(theme.font(_EMOJI_PX))
        painter.setPen(self._look.tokens.color("text"))
        painter.drawText(option.rect, Qt.AlignmentFlag.AlignCenter, index.data())


class EmojiPicker(QFrame):
    """A popup; ``chosen`` tells the emoji. With Shift held it stays open for more."""

    chosen = Signal(str)
    tone_changed = Signal(int)

    def __init__(self, recent: list[str], tone: int, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._look = look
        self._tone = tone
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "popup")
        self.setWindowTitle(tr("Emoji"))
        self.model = EmojiModel(recent, tone, self)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(tr("Search emoji"))
        self.field.setAccessibleName(tr("Search emoji"))
        self.field.setMaxLength(40)
        self._hand = self._button("", tr("Skin tone"))
        self._hand.clicked.connect(self._next_tone)
        self.grid = QListView(self)
        self.grid.setAccessibleName(tr("Emoji"))
        self.grid.setViewMode(QListView.ViewMode.IconMode)
        self.grid.setMovement(QListView.Movement.Static)
        self.grid.setResizeMode(QListView.ResizeMode.Adjust)
        self.grid.setUniformItemSizes(True)
        self.grid.setGridSize(QSize(_CELL, _CELL))
        self.grid.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.grid.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.grid.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.grid.setMouseTracking(True)
        self.grid.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.grid.setItemDelegate(_CellDelegate(look, self.grid))
        self.grid.setModel(self.model)
        self.grid.clicked.connect(self._clicked)
        top = QHBoxLayout()
        top.addWidget(self.field, 1)
        top.addWidget(self._hand)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(8)
        column.addLayout(top)
        column.addLayout(self._groups())
        column.addWidget(self.grid, 1)
        self.setFixedSize(_COLUMNS * _CELL + 36, 420)
        self.field.textChanged.connect(self._search)
        self.setFocusProxy(self.field)
        self._show_tone()

    def pop_up(self, above: QPoint) -> None:
        """Show with the lower right corner at a point of the screen."""
        room = self.screen().availableGeometry()
        corner = above - QPoint(self.width(), self.height())
        x = max(room.left(), min(corner.x(), room.right() - self.width()))
        self.move(x, max(room.top(), min(corner.y(), room.bottom() - self.height())))
        self.show()
        self.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = max(0, self.grid.currentIndex().row())
        steps = {
            Qt.Key.Key_Down: _COLUMNS,
            Qt.Key.Key_Up: -_COLUMNS,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Left: -1,
        }
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(row, more=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() in steps:
            wanted = row + steps[Qt.Key(event.key())] if self.grid.currentIndex().isValid() else 0
            self.grid.setCurrentIndex(self.model.index(max(0, min(wanted, self.model.rowCount() - 1))))
        else:
            super().keyPressEvent(event)

    def _groups(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        for name, emoji, start in self.model.starts:
            button = self._button(emoji, name)
            button.clicked.connect(lambda _=False, at=start: self._go_to(at))
            row.addWidget(button, 1)
        return row

    def _button(self, emoji: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(emoji)
        button.setFont(theme.font(18))
        button.setProperty("role", "emoji")
        button.setFixedHeight(34)
        button.setMinimumWidth(34)
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def _go_to(self, row: int) -> None:
        self.field.clear()
        self.grid.scrollTo(self.model.index(row), QAbstractItemView.ScrollHint.PositionAtTop)
        self.grid.setCurrentIndex(self.model.index(row))

    def _search(self, query: str) -> None:
        self.model.set_query(query)
        if query.strip() and self.model.rowCount():
            self.grid.setCurrentIndex(self.model.index(0))

    def _clicked(self, index: QModelIndex) -> None:
        self._choose(index.row(), more=False)

    def _choose(self, row: int, *, more: bool) -> None:
        text = self.model.text(row)
        if text:
            self.chosen.emit(text)
            if not more:
                self.close()

    def _next_tone(self) -> None:
        self._tone = (self._tone + 1) % len(TONES)
        self.model.set_tone(self._tone)
        self._show_tone()
        self.tone_changed.emit(self._tone)

    def _show_tone(self) -> None:
        self._hand.setText(_HAND + TONES[self._tone])


def _group_words(name: str) -> str:
    """What one of Unicode's groups of emoji is called; one that is new keeps its own name."""
    words = {
        "Smileys & Emotion": tr("Smileys & Emotion"),
        "People & Body": tr("People & Body"),
        "Animals & Nature": tr("Animals & Nature"),
        "Food & Drink": tr("Food & Drink"),
        "Activities": trc("emoji", "Activities"),
        "Travel & Places": tr("Travel & Places"),
        "Objects": trc("emoji", "Objects"),
        "Symbols": trc("emoji", "Symbols"),
        "Flags": trc("emoji", "Flags"),
    }
    return words.get(name, name)
