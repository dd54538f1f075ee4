"""Who a conversation is with, what a group is about, who is in it, and running it."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.limits import ABOUT_MAX_CHARS, TITLE_MAX_CHARS
from desktop_chat.ui import icons, row_painting, theme
from desktop_chat.ui.avatar import Avatar
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.person_delegate import paint_two_lines
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.conversation_info import ConversationInfo, MemberRole, MemberRow

Index = QModelIndex | QPersistentModelIndex

_HEIGHT = 58


class MemberDelegate(QStyledItemDelegate):
    """Paints a member, with the role at the right."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: MemberRow = index.data(MemberRole.ROW)
        tokens = self._look.tokens
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hover = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        room = row_painting.paint_background(
            painter, option.rect, tokens, selected=selected, hover=hover, focus=False
        )
        name = wording.person(row.user)
        online = row.user.online or row.own
        subject = (row.user.user_id, name, False)
        row_painting.paint_avatar(painter, room, tokens, subject, online=online, selected=selected)
        inner = QRect(room.x(), room.y() - 1, room.width() - 70, room.height())
        paint_two_lines(painter, inner, row.title, row.words, tokens, lively=online)
        painter.setFont(theme.font(12))
        painter.setPen(QColor(tokens.muted))
        right = room.adjusted(0, 0, -14, 0)
        painter.drawText(
            right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, wording.role(row.role)
        )
        painter.restore()


class MemberList(SidebarList):
    """The members; a menu on each says what can be done."""

    menu_requested = Signal(object, QPoint)

    def __init__(self, info: ConversationInfo, look: theme.Theme, parent: QWidget) -> None:
        super().__init__("Members", parent)
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


class InfoDialog(QDialog):
    """Follows its conversation while it is open."""

    message_requested = Signal(int)
    """A member is to be written to directly, by user id."""
    add_requested = Signal()
    leave_requested = Signal()

    def __init__(self, info: ConversationInfo, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._info = info
        self._look = look
        info.setParent(self)
        group = info.conversation.kind == "group"
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Group info" if group else "Profile")
        self.resize(420, 640 if group else 300)
        self._avatar = Avatar(88, self)
        self._title = QLineEdit(self)
        self._title.setProperty("role", "quiet-title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title.setMaxLength(TITLE_MAX_CHARS)
        self._title.setAccessibleName("Name")
        self._presence = PlainLabel("", "muted", self)
        self._presence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._about = QLineEdit(self)
        self._about.setProperty("role", "quiet")
        self._about.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._about.setMaxLength(ABOUT_MAX_CHARS)
        self._about.setPlaceholderText("What is this group about?" if info.manages else "")
        self._about.setAccessibleName("About")
        self._words = PlainLabel("", "error", self)
        self._words.setWordWrap(True)
        self._words.hide()
        self._board = QCheckBox("Notice board: only owners and admins write", self)
        self._add = QPushButton("Add people", self)
        self._add.setProperty("role", "row")
        self._leave = QPushButton("Leave group…", self)
        self._block = QPushButton("", self)
        for button in (self._add, self._leave, self._block):
            button.setAutoDefault(False)
        head = QVBoxLayout()
        head.setContentsMargins(20, 0, 20, 0)
        head.setSpacing(6)
        head.addWidget(self._avatar, 0, Qt.AlignmentFlag.AlignHCenter)
        for widget in (self._title, self._presence, self._about, self._words, self._board):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 22, 4, 14)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._add)
        self.list = MemberList(info, look, self)
        column.addWidget(self.list, 1)
        self.list.setVisible(group)
        if not group:
            column.addStretch()
        column.addLayout(self._buttons())
        self._title.editingFinished.connect(self._rename)
        self._about.editingFinished.connect(self._describe)
        self._board.clicked.connect(info.set_board)
        self._add.clicked.connect(self.add_requested)
        self._leave.clicked.connect(self.leave_requested)
        self._block.clicked.connect(self._toggle_block)
        self.list.menu_requested.connect(self._open_menu)
        info.changed.connect(self.refresh)
        info.gone.connect(self.reject)
        info.failed.connect(self._say)
        self.finished.connect(info.close)
        self.refresh()
        self.list.setFocus()

    def refresh(self) -> None:
        """Say everything anew."""
        info, conversation = self._info, self._info.conversation
        group, peer = conversation.kind == "group", info.peer
        title = wording.title(conversation)
        own_id = peer.user_id if peer is not None else 0
        self._avatar.show_subject(wording.avatar_id(conversation, own_id), title, conversation.kind == "note")
        about = conversation.info.about if group else peer.about if peer is not None else ""
        for field, words in ((self._title, title), (self._about, safe_text.one_line(about, ABOUT_MAX_CHARS))):
            field.setReadOnly(not info.manages)
            if not field.hasFocus() or not field.isModified():
                field.setText(words)
        self._about.setVisible(bool(about) or info.manages)
        user_name = f"@{safe_text.one_line(peer.user_name)}" if peer is not None else ""
        self._presence.setText(" · ".join(each for each in (user_name, info.presence) if each))
        self._board.setVisible(group and (info.owns or conversation.info.board))
        self._board.setEnabled(info.owns)
        self._board.setChecked(conversation.info.board)
        self._add.setVisible(info.manages)
        self._add.setIcon(icons.icon("plus", self._look.tokens.accent))
        self._leave.setVisible(group and not conversation.gone)
        self._block.setVisible(peer is not None)
        self._block.setText("Unblock" if info.blocked else "Block")

    def _buttons(self) -> QHBoxLayout:
        close = QPushButton("Close", self)
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.setContentsMargins(16, 4, 16, 0)
        row.addWidget(self._leave)
        row.addWidget(self._block)
        row.addStretch()
        row.addWidget(close)
        return row

    def _rename(self) -> None:
        # Focus alone comes by here too, and a field shows one line of what may have several.
        if not self._title.isModified():
            return
        title = self._title.text().strip()
        self._title.setModified(False)
        if title and title != self._info.conversation.info.title and self._info.manages:
            self._info.set_about(title=title)
        else:
            self.refresh()

    def _describe(self) -> None:
        if not self._about.isModified():
            return
        about = self._about.text().strip()
        self._about.setModified(False)
        if about != self._info.conversation.info.about and self._info.manages:
            self._info.set_about(about=about)

    def _toggle_block(self) -> None:
        self._info.block(not self._info.blocked)

    def _open_menu(self, row: MemberRow, at: QPoint) -> None:
        rights = self._info.rights(row)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        user_id = row.user.user_id
        if not row.own:
            menu.addAction("Write a message").triggered.connect(lambda: self._write_to(user_id))
        if rights.set_role:
            menu.addSeparator()
            roles: tuple[tuple[Role, str], ...] = (
                ("owner", "Make an owner"),
                ("admin", "Make an admin"),
                ("member", "Make a plain member"),
            )
            for role, words in roles:
                if role != row.role:
                    action = menu.addAction(words)
                    action.triggered.connect(lambda _=False, to=role: self._info.set_role(user_id, to))
        if rights.remove:
            menu.addSeparator()
            menu.addAction("Remove from the group").triggered.connect(lambda: self._info.remove(user_id))
        if not menu.isEmpty():
            menu.popup(at)

    def _write_to(self, user_id: int) -> None:
        self.message_requested.emit(user_id)
        self.accept()

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self._words.setVisible(bool(words))
