"""The members of a group as rows."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import row_painting, theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.person_delegate import paint_two_lines
from desktop_chat.ui.portrait_delegate import PortraitDelegate
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.conversation_info import ConversationInfo, MemberRole, MemberRow

Index = QModelIndex | QPersistentModelIndex

_HEIGHT = 58


class MemberDelegate(PortraitDelegate):
    """Paints a member, with the role at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: MemberRow = index.data(MemberRole.ROW)
        tokens = self._look.tokens
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hover = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        room = row_painting.paint_background(
            painter,
            option.rect,
            tokens,
            selected=selected,
            hover=hover,
            focus=row_painting.has_keyboard(option),
        )
        name = wording.person(row.user)
        online = row.user.online or row.own
        subject = Subject(row.user.user_id, name, portrait=row.user.picture)
        row_painting.paint_avatar(painter, room, self._look, subject, online=online, selected=selected)
        inner = row_painting.cut(room.translated(0, -1), end=70)
        paint_two_lines(painter, inner, row.title, row.words, tokens, lively=online)
        painter.setFont(theme.font(12))
        painter.setPen(QColor(tokens.muted))
        right = row_painting.cut(room, end=14)
        painter.drawText(
            right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, wording.role(row.role)
        )
        painter.restore()


class MemberList(SidebarList):
    """The members; a menu on each says what can be done."""

    menu_requested = Signal(object, QPoint)

    def __init__(self, info: ConversationInfo, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(tr("Members"), parent)
        self.setItemDelegate(MemberDelegate(look, self))
        self.setModel(info)
        self.chosen.connect(self._chosen)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            self._chosen(index)

    def _chosen(self, index: QModelIndex) -> None:
        row: MemberRow = index.data(MemberRole.ROW)
        self.menu_requested.emit(row, self.viewport().mapToGlobal(self.visualRect(index).center()))
