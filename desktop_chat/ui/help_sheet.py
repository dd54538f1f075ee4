"""The sheet of keyboard shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QPushButton, QVBoxLayout, QWidget

from desktop_chat.ui.plain_label import PlainLabel

SHORTCUTS = (
    ("Ctrl+K", "Go to a conversation or a person"),
    ("Ctrl+F", "Find in this conversation"),
    ("Ctrl+Shift+F", "Search everything"),
    ("Ctrl+N", "New conversation or group"),
    ("Ctrl+Shift+I", "Who this conversation is with, or who is in it"),
    ("Ctrl+,", "Settings"),
    ("Ctrl+1, Ctrl+2, …", "Another account, where there are several"),
    ("Alt+Up, Alt+Down", "Conversation above, below"),
    ("Enter", "Send"),
    ("Ctrl+O, Ctrl+V", "Attach files, paste a picture or files"),
    ("Up", "Change your newest message (in an empty field)"),
    ("Shift+Enter", "New line"),
    ("Ctrl+B, Ctrl+I, Ctrl+E", "Bold, italic, code"),
    ("Ctrl+Shift+X", "Strike out"),
    ("Ctrl+.", "Emoji; or type : and its name"),
    ("@", "Mention somebody"),
    ("Page Up, Page Down", "Scroll the messages"),
    ("Tab", "Next part of the window"),
    ("Up, Down", "Message above, below (in the messages)"),
    ("Home, End", "Oldest, newest message (in the messages)"),
    ("Ctrl+C", "Copy chosen text or the message in focus"),
    ("Enter, Menu", "What can be done with the message in focus"),
    ("Ctrl+click, Space", "Choose several messages (in the messages)"),
    ("Enter, Delete", "Retry, discard a message that was not sent"),
    ("+, -, 0, Left, Right, Ctrl+S", "Zoom, fit, other pictures, save (in the picture viewer)"),
    ("Esc", "Do not reply, leave a change, end the search"),
    ("F1", "This sheet"),
    ("Ctrl+Q", "Quit"),
)


class HelpSheet(QDialog):
    """What the keys do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(7)
        grid.setColumnMinimumWidth(2, 16)
        # In two columns: one would be higher than a small screen.
        rows = (len(SHORTCUTS) + 1) // 2
        for number, (keys, words) in enumerate(SHORTCUTS):
            half, row = divmod(number, rows)
            grid.addWidget(PlainLabel(keys, "key", self), row, half * 3, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(PlainLabel(words, "", self), row, half * 3 + 1)
        close = QPushButton("Close", self)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(PlainLabel("Keyboard shortcuts", "heading", self))
        column.addLayout(grid)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
