"""A long text in a window of its own, as plain text."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop_chat.language import trc
from desktop_chat.viewmodels import safe_text


class TextDialog(QDialog):
    """Shows a text that can be read, chosen and copied."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(620, 480)
        view = QPlainTextEdit(self)
        view.setReadOnly(True)
        view.setAccessibleName(title)
        # Wrapped anywhere, so that one endless word costs one pass over its letters.
        # Each line is a paragraph, with a direction of its own.
        view.setPlainText(safe_text.shown_body(text).replace("\u2028", "\n"))
        close = QPushButton(trc("button", "Close"), self)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(view, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
