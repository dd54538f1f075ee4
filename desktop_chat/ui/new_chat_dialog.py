"""Choosing somebody to write to."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.core.models import User
from desktop_chat.ui import row_painting, theme
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.new_chat import PeopleModel, PeopleRole

Index = QModelIndex | QPersistentModelIndex

_HEIGHT = 60
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PersonDelegate(QStyledItemDelegate):
    """Paints one person."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        user: User = index.data(PeopleRole.USER)
        own = bool(index.data(PeopleRole.IS_SELF))
        tokens = self._look.tokens
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hover = bool(option.state & QStyle.StateFlag.State_MouseOver)
        title = wording.NOTE_TITLE if own else wording.person(user)
        words = "Only you see what you write there" if own else f"@{safe_text.one_line(user.user_name)}"
        painter.save()
        room = row_painting.paint_background(
            painter, option.rect, tokens, selected=selected, hover=hover, focus=False
        )
        subject = (user.user_id, title, own)
        row_painting.paint_avatar(
            painter, room, tokens, subject, online=user.online and not own, selected=selected
        )
        text = QRect(room.x() + 68, room.y() + 7, room.width() - 78, 21)
        painter.setFont(theme.font(theme.TEXT_PX, QFont.Weight.DemiBold))
        painter.setPen(QColor(tokens.text))
        painter.drawText(text, _FLAGS, row_painting.elided(title, text.width(), QFont.Weight.DemiBold))
        painter.setFont(theme.font(12))
        painter.setPen(QColor(tokens.muted))
        painter.drawText(text.translated(0, 21), _FLAGS, words)
        painter.restore()


class NewChatDialog(QDialog):
    """A field and the people it finds; ``conversation_opened`` tells the conversation with the one chosen."""

    conversation_opened = Signal(int)

    def __init__(self, model: PeopleModel, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._people = model
        model.setParent(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New conversation")
        self.resize(400, 520)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Name or user name")
        self.field.setAccessibleName("Find a person")
        self.field.setMaxLength(64)
        self._list = SidebarList("People", self)
        self._list.setItemDelegate(PersonDelegate(look, self._list))
        self._list.setModel(model)
        self._words = PlainLabel("", "muted", self)
        self._words.setWordWrap(True)
        self._words.hide()
        head = QVBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.setSpacing(12)
        head.addWidget(PlainLabel("New conversation", "heading", self))
        head.addWidget(self.field)
        head.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 20, 4, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._list, 1)
        self.field.textChanged.connect(model.set_query)
        self._list.chosen.connect(self._chosen)
        model.status_changed.connect(self._say)
        model.modelReset.connect(self._select_first)
        model.opened.connect(self._opened)
        model.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self._list.currentIndex().row()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._people.choose(max(0, row))
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._list.setCurrentIndex(
                self._people.index(max(0, min(row + step, self._people.rowCount() - 1)))
            )
        else:
            super().keyPressEvent(event)

    def _select_first(self) -> None:
        if self._people.rowCount():
            self._list.setCurrentIndex(self._people.index(0))

    def _chosen(self, index: QModelIndex) -> None:
        self._people.choose(index.row())

    def _opened(self, conversation_id: int) -> None:
        self.conversation_opened.emit(conversation_id)
        self.accept()

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self._words.setVisible(bool(words))
