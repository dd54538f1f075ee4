"""What can be done with a message, as a menu."""

from enum import Enum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget, QWidgetAction

from desktop_chat.core.rights import MessageRights
from desktop_chat.language import tr, trc
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.file_menu import ChosenDeed, add_files
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.menu import Menu
from desktop_chat.viewmodels.message_actions import QUICK_REACTIONS
from desktop_chat.viewmodels.timeline_rows import TimelineRow


class Deed(Enum):
    """Something to do with a message."""

    REPLY = "reply"
    COPY = "copy"
    COPY_CHOSEN = "copy chosen"
    EDIT = "edit"
    FORWARD = "forward"
    STAR = "star"
    PIN = "pin"
    DETAILS = "details"
    VERSIONS = "versions"
    DELETE = "delete"
    SELECT = "select"
    RETRY = "retry"
    DISCARD = "discard"


class _ReactionButton(QToolButton):
    """One of a line of them: the arrows move along the line, Enter and the space bar react, and every other
    key is the menu's."""

    def __init__(self, name: str, keys: str, line: QWidget) -> None:
        super().__init__(line)
        self._line = line
        self.setProperty("role", "emoji")
        self.setFixedSize(QSize(38, 38))
        self.setAccessibleName(name)
        self.setToolTip(with_keys(name, keys))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                step = 1 if (event.key() == Qt.Key.Key_Right) is not mirroring.mirrored() else -1
                line = self._line.findChildren(_ReactionButton)
                line[(line.index(self) + step) % len(line)].setFocus(Qt.FocusReason.TabFocusReason)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.click()
            case _:
                event.ignore()


class MessageMenu(Menu):
    """Offers what there is a right to; tells what was chosen. 1, 2 and on are the reactions."""

    deed_chosen = Signal(object)
    reaction_chosen = Signal(str)
    file_deed_chosen = Signal(object)
    """Something to do with one of its files: a ChosenDeed."""
    any_reaction_requested = Signal()
    """None of those offered: all emoji are to choose from."""

    def __init__(
        self, row: TimelineRow, rights: MessageRights, chosen: str, look: theme.Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._look = look
        self._reacts = False
        self.triggered.connect(self._choose)
        self.hovered.connect(self._leave_reactions)
        if rights.react:
            self.add_reactions()
            self.addSeparator()
        add_files(self, row.files, look.tokens)
        self._offer(rights.reply, Deed.REPLY, trc("menu", "Reply"), "reply")
        edit = trc("menu", "Edit")
        if row.files:
            edit = tr("Edit caption") if row.text.text else tr("Add a caption")
        self._offer(rights.edit, Deed.EDIT, edit, "edit")
        self._offer(bool(chosen), Deed.COPY_CHOSEN, tr("Copy selected text"), "copy")
        self._offer(not chosen and bool(row.text.text), Deed.COPY, tr("Copy text"), "copy")
        self._offer(rights.forward, Deed.FORWARD, trc("menu", "Forward…"), "forward")
        self._offer(rights.forward, Deed.SELECT, trc("menu", "Select"), "check")
        self._offer(rights.star, Deed.STAR, tr("Remove star") if row.starred else trc("menu", "Star"), "star")
        pin = trc("menu", "Unpin") if row.pinned else tr("Pin for everyone")
        self._offer(rights.pin, Deed.PIN, pin, "pin")
        self._offer(rights.details, Deed.DETAILS, trc("menu", "Details"), "info")
        self._offer(rights.versions, Deed.VERSIONS, tr("Earlier versions"), "versions")
        self._offer(rights.retry, Deed.RETRY, trc("menu", "Retry"), "send")
        if rights.delete or rights.discard:
            self.addSeparator()
        self._offer(rights.delete, Deed.DELETE, tr("Delete for everyone…"), "trash")
        self._offer(rights.discard, Deed.DISCARD, trc("menu", "Discard"), "trash")

    def add_reactions(self) -> None:
        """A line of reactions, each a button."""
        self._reacts = True
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(2)
        for number, key in enumerate(QUICK_REACTIONS, 1):
            button = _ReactionButton(tr("React with {emoji}", emoji=key), str(number), line)
            button.setText(key)
            button.setFont(theme.font(20))
            button.clicked.connect(self._react)
            row.addWidget(button)
        more = _ReactionButton(tr("React with another emoji"), "+", line)
        more.setIcon(icons.icon("plus", self._look.tokens.muted))
        more.clicked.connect(self._more)
        row.addWidget(more)
        # With the arrows one comes to the line, and with that to where it begins.
        line.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        line.setFocusProxy(line.findChildren(_ReactionButton)[0])
        action = QWidgetAction(self)
        action.setDefaultWidget(line)
        self.addAction(action)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = ord(event.text()) - ord("0") if event.text() in set("123456789") else 0
        if self._reacts and 0 < number <= len(QUICK_REACTIONS):
            self._react_with(QUICK_REACTIONS[number - 1])
        elif self._reacts and event.text() == "+":
            self._more()
        else:
            super().keyPressEvent(event)

    def _offer(self, offered: bool, deed: Deed, words: str, icon: str) -> None:
        if offered:
            tokens = self._look.tokens
            color = tokens.danger if icon == "trash" else tokens.muted
            action = self.addAction(icons.icon(icon, color, 18), words)
            action.setData(deed)

    def _choose(self, action: QAction) -> None:
        if isinstance(action.data(), Deed):
            self.deed_chosen.emit(action.data())
        elif isinstance(action.data(), ChosenDeed):
            self.file_deed_chosen.emit(action.data())

    def _leave_reactions(self, action: QAction) -> None:
        # The arrows take the keyboard along, and the mouse does not.
        if not isinstance(action, QWidgetAction):
            self.setFocus()

    def _more(self) -> None:
        self.close()
        self.any_reaction_requested.emit()

    def _react(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        self._react_with(button.text())

    def _react_with(self, key: str) -> None:
        self.reaction_chosen.emit(key)
        self.close()
