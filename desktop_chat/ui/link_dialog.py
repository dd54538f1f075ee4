"""Shows where a link goes before anything is opened."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_chat.language import tr, trc
from desktop_chat.ui.plain_label import PlainLabel

_SHOWN_CHARS = 400
_LINE_CHARS = 60


def honest(url: str) -> str:
    """An address as it is shown: what cannot be seen, or turns the direction of text, as its percent code."""
    return "".join(
        each if each.isprintable() else "".join(f"%{byte:02X}" for byte in each.encode("utf-8", "replace"))
        for each in url
    )


class LinkDialog(QDialog):
    """Open, copy, or leave it."""

    def __init__(self, url: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._url = url
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Open link"))
        self.setMinimumWidth(420)
        whole = honest(url)
        shown = whole if len(whole) <= _SHOWN_CHARS else whole[:_SHOWN_CHARS] + "…"
        lines = [shown[at : at + _LINE_CHARS] for at in range(0, len(shown), _LINE_CHARS)]
        address = PlainLabel("\n".join(lines), "address", self)
        address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        opens = tr("Write a mail") if url.startswith("mailto:") else tr("Open in browser")
        go = QPushButton(opens, self)
        go.setProperty("role", "primary")
        copy = QPushButton(trc("button", "Copy"), self)
        cancel = QPushButton(tr("Cancel"), self)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for button in (cancel, copy, go):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(PlainLabel(tr("This link leads out of the app, to:"), "heading", self))
        column.addWidget(address)
        column.addLayout(buttons)
        go.clicked.connect(self._go)
        copy.clicked.connect(self._copy)
        cancel.clicked.connect(self.reject)
        go.setDefault(True)

    def _go(self) -> None:
        QDesktopServices.openUrl(QUrl(self._url))
        self.accept()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._url)
        self.accept()
