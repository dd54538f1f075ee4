"""Who a conversation is with, what a group is about, who is in it, and running it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr, trc
from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.limits import ABOUT_MAX_CHARS, TITLE_MAX_CHARS
from desktop_chat.ui import icons, theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.file_deeds import downloads_folder
from desktop_chat.ui.member_list import MemberList
from desktop_chat.ui.menu import Menu
from desktop_chat.ui.pictures import Pictures
from desktop_chat.ui.plain_label import PlainLabel, set_role_state
from desktop_chat.ui.portrait_button import PortraitButton
from desktop_chat.ui.portrait_choosing import PortraitChoosing
from desktop_chat.ui.segments import Segments
from desktop_chat.ui.shared_interactions import SharedInteractions
from desktop_chat.ui.shared_part import SharedPart
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.conversation_info import ConversationInfo, MemberRow

if TYPE_CHECKING:
    from desktop_chat.store.shared import What

_SHARED: "tuple[What, ...]" = ("picture", "file", "link")


class InfoDialog(QDialog):
    """Follows its conversation while it is open."""

    message_requested = Signal(int)
    """A member is to be written to directly, by user id."""
    add_requested = Signal()
    leave_requested = Signal()
    shown_in_chat = Signal(int)
    """A message of the conversation is to be shown in it, by its seq."""

    def __init__(
        self, info: ConversationInfo, pictures: Pictures, look: theme.Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._info = info
        self._look = look
        info.setParent(self)
        group = info.conversation.kind == "group"
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_title(info.conversation.kind))
        self.resize(440, 700 if group else 620)
        self.avatar = PortraitButton(88, tr("Picture of the group"), look, self)
        PortraitChoosing(self.avatar, info.portrait, look.portraits, self)
        self._title = QLineEdit(self)
        self._title.setProperty("role", "quiet-title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title.setMaxLength(TITLE_MAX_CHARS)
        self._title.setAccessibleName(trc("profile", "Name"))
        self._presence = PlainLabel("", "muted", self)
        self._presence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._about = QLineEdit(self)
        self._about.setProperty("role", "quiet")
        self._about.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._about.setMaxLength(ABOUT_MAX_CHARS)
        self._about.setPlaceholderText(tr("What is this group about?") if info.manages else "")
        self._about.setAccessibleName(trc("profile", "About"))
        self._words = PlainLabel("", "error", self)
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.hide()
        self._board = QCheckBox(tr("Notice board: only owners and admins write"), self)
        # What is on screen is made from the top down, for the tabulator follows.
        self.segments = Segments(
            tr("What is shown"), [*([tr("Members")] if group else []), *_shared_words()], look, self
        )
        self._add = QPushButton(tr("Add people"), self)
        self._add.setProperty("role", "row")
        head = QVBoxLayout()
        head.setContentsMargins(20, 0, 20, 0)
        head.setSpacing(6)
        head.addWidget(self.avatar, 0, Qt.AlignmentFlag.AlignHCenter)
        for widget in (self._title, self._presence, self._about, self._words, self._board):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 22, 4, 14)
        column.setSpacing(8)
        column.addLayout(head)
        self._members = QWidget(self)
        self.list = MemberList(info, look, self._members)
        below = QVBoxLayout(self._members)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(6)
        below.addWidget(self._add)
        below.addWidget(self.list, 1)
        self._members.setVisible(group)
        self.parts = [SharedPart(info.shared(what), pictures, look, self) for what in _SHARED]
        self._leave = QPushButton(tr("Leave group…"), self)
        self._block = QPushButton("", self)
        for button in (self._add, self._leave, self._block):
            button.setAutoDefault(False)
        line = QHBoxLayout()
        line.setContentsMargins(16, 8, 16, 4)
        line.addWidget(self.segments)
        column.addLayout(line)
        self._stack = QStackedWidget(self)
        if group:
            self._stack.addWidget(self._members)
        self.interactions = SharedInteractions(
            info.file_actions(downloads_folder), pictures, look, self, parent
        )
        for part in self.parts:
            self._stack.addWidget(part)
            self.interactions.serve(part)
        self.interactions.failed.connect(self._say)
        self.interactions.message_requested.connect(self._show_in_chat)
        self.segments.chosen.connect(self._stack.setCurrentIndex)
        column.addWidget(self._stack, 1)
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
        info.portrait.failed.connect(self._say)
        info.portrait.busy_changed.connect(self._say_busy)
        self.finished.connect(info.close)
        self.refresh()
        if group:
            self.list.setFocus()
        else:
            self.segments.setFocus()

    def refresh(self) -> None:
        """Say everything anew."""
        info, conversation = self._info, self._info.conversation
        group, peer = conversation.kind == "group", info.peer
        title = wording.title(conversation)
        own_id = peer.user_id if peer is not None else 0
        whose = wording.avatar_id(conversation, own_id)
        portrait = conversation.info.picture if group else peer.picture if peer is not None else ""
        self.avatar.show_subject(Subject(whose, title, conversation.kind == "note", portrait))
        self.avatar.set_changeable(info.manages)
        about = conversation.info.about if group else peer.about if peer is not None else ""
        for field, words in ((self._title, title), (self._about, safe_text.one_line(about, ABOUT_MAX_CHARS))):
            field.setReadOnly(not info.manages)
            if not field.hasFocus() or not field.isModified():
                field.setText(words)
                field.setCursorPosition(0)  # of a long one the beginning is to be seen
        self._about.setVisible(bool(about) or info.manages)
        user_name = f"@{safe_text.one_line(peer.user_name)}" if peer is not None else ""
        self._presence.setText(wording.beside(user_name, info.presence))
        self._board.setVisible(group and (info.owns or conversation.info.board))
        self._board.setEnabled(info.owns)
        self._board.setChecked(conversation.info.board)
        self._add.setVisible(info.manages)
        self._add.setIcon(icons.icon("plus", self._look.tokens.accent))
        self._leave.setVisible(group and not conversation.gone)
        self._block.setVisible(peer is not None)
        self._block.setText(trc("button", "Unblock") if info.blocked else trc("button", "Block"))
        for part in self.parts:
            part.show_reach(info.reach)

    def _buttons(self) -> QHBoxLayout:
        close = QPushButton(trc("button", "Close"), self)
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
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        user_id = row.user.user_id
        if not row.own:
            menu.addAction(tr("Write a message")).triggered.connect(lambda: self._write_to(user_id))
        if rights.set_role:
            menu.addSeparator()
            roles: tuple[tuple[Role, str], ...] = (
                ("owner", tr("Make an owner")),
                ("admin", tr("Make an admin")),
                ("member", tr("Make a plain member")),
            )
            for role, words in roles:
                if role != row.role:
                    action = menu.addAction(words)
                    action.triggered.connect(lambda _=False, to=role: self._info.set_role(user_id, to))
        if rights.remove:
            menu.addSeparator()
            menu.addAction(tr("Remove from the group")).triggered.connect(lambda: self._info.remove(user_id))
        if not menu.isEmpty():
            menu.popup(at)

    def _show_in_chat(self, seq: int) -> None:
        self.shown_in_chat.emit(seq)
        self.accept()

    def _write_to(self, user_id: int) -> None:
        self.message_requested.emit(user_id)
        self.accept()

    def _say_busy(self, words: str) -> None:
        set_role_state(self._words, "role", "muted")
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def _say(self, words: str) -> None:
        set_role_state(self._words, "role", "error")
        self._words.setText(words)
        self._words.setVisible(bool(words))


def _title(kind: str) -> str:
    if kind == "group":
        return tr("Group info")
    return tr("Profile") if kind == "direct" else wording.note_title()


def _shared_words() -> tuple[str, ...]:
    """What each of ``_SHARED`` is called."""
    return tr("Pictures"), tr("Files"), tr("Links")
