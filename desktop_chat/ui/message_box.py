"""The only message box: text in it is text, whatever it looks like."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import mirroring


def message_box(title: str, words: str, parent: QWidget | None) -> QMessageBox:
    """A box that goes when it is closed; it is to be opened."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(words)
    label = box.findChild(QLabel, "qt_msgbox_label")
    if mirroring.mirrored() and isinstance(label, QLabel):
        # Qt takes the side of each line from its letters: a name in Latin ones would stand apart.
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
    return box


def add_cancel(box: QMessageBox) -> None:
    """A button that does nothing, in the words of all the others: Qt has its own."""
    button = box.addButton(QMessageBox.StandardButton.Cancel)
    button.setText(tr("Cancel"))
