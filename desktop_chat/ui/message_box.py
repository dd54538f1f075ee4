"""The only message box: text in it is text, whatever it looks like."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def message_box(title: str, words: str, parent: QWidget | None) -> QMessageBox:
    """A box that goes when it is closed; it is to be opened."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(words)
    return box
