"""The sheet of keyboard shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QPushButton, QVBoxLayout, QWidget

from desktop_chat.language import tr, trc
from desktop_chat.ui.keys import called
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels.message_actions import QUICK_REACTIONS


def shortcuts() -> tuple[tuple[str, str], ...]:
    """Keys, and what they do."""
    return (
        ("Ctrl+K", tr("Go to a conversation or a person")),
        ("Ctrl+F", tr("Find in this conversation")),
        ("Ctrl+Shift+F", tr("Search everything")),
        ("Ctrl+N", tr("New conversation or group")),
        ("Ctrl+Shift+I", tr("Who this conversation is with, or who is in it")),
        ("Ctrl+,", tr("Settings")),
        ("Ctrl+1, Ctrl+2, …", tr("Another account, where there are several")),
        ("Alt+Up, Alt+Down", tr("Conversation above, below")),
        ("Enter", trc("keys", "Send")),
        ("Ctrl+O, Ctrl+V", tr("Attach files, paste a picture or files")),
        ("Up", tr("Change your newest message (in an empty field)")),
        ("Shift+Enter", tr("New line")),
        ("Ctrl+B, Ctrl+I, Ctrl+E", tr("Bold, italic, code")),
        ("Ctrl+Shift+X", tr("Strike out")),
        ("Ctrl+.", tr("Emoji; or type : and its name")),
        ("@", tr("Mention somebody")),
        ("Page Up, Page Down", tr("Scroll the messages")),
        ("Tab", tr("Next part of the window")),
        ("Up, Down", tr("Message above, below (in the messages)")),
        ("Home, End", tr("Oldest, newest message (in the messages)")),
        ("Ctrl+C", tr("Copy chosen text or the message in focus")),
        ("Enter, Menu", tr("What can be done with the message in focus")),
        (f"1, …, {len(QUICK_REACTIONS)}, +", tr("React; + for all emoji (in the menu of a message)")),
        ("Ctrl+click, Space", tr("Choose several messages (in the messages)")),
        ("Enter, Delete", tr("Retry, discard a message that was not sent")),
        ("+, -, 0, Left, Right, Ctrl+S", tr("Zoom, fit, other pictures, save (in the picture viewer)")),
        ("Esc", tr("Do not reply, leave a change, end the search")),
        ("F1", tr("This sheet")),
        ("Ctrl+Q", trc("keys", "Quit")),
    )


class HelpSheet(QDialog):
    """What the keys do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(7)
        grid.setColumnMinimumWidth(2, 16)
        # In two columns: one would be higher than a small screen.
        told = shortcuts()
        rows = (len(told) + 1) // 2
        for number, (keys, words) in enumerate(told):
            half, row = divmod(number, rows)
            grid.addWidget(PlainLabel(called(keys), "key", self), row, half * 3, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(PlainLabel(words, "", self), row, half * 3 + 1)
        close = QPushButton(trc("button", "Close"), self)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(PlainLabel(tr("Keyboard shortcuts"), "heading", self))
        column.addLayout(grid)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
