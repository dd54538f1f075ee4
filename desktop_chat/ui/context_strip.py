"""The strip over the field that says which message is being answered or changed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_chat.core.attachments import FILE_KINDS
from desktop_chat.language import tr
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.plain_label import ElidedLabel
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels.composer import Context


class ContextStrip(QWidget):
    """Hidden while there is nothing to say."""

    closed = Signal()

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._editing = False
        self.setProperty("role", "context")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel(self)
        self._title = ElidedLabel("", "context-title", self)
        self._words = ElidedLabel("", "small", self)
        self._close = tool_button(with_keys(tr("Do not reply"), "Esc"), self, 30, 16)
        self._close.clicked.connect(self.closed)
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self._title)
        lines.addWidget(self._words)
        row = QHBoxLayout(self)
        row.setContentsMargins(mirroring.margins(12, 5, 6, 5))
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addLayout(lines, 1)
        row.addWidget(self._close)
        self.hide()
        look.changed.connect(self._dress)

    def show_context(self, context: Context | None) -> None:
        """Say what is answered, and who wrote it, or what is changed."""
        self.setVisible(context is not None)
        if context is None:
            return
        self._editing = context.editing
        what = tr("Edit caption") if context.message.kind in FILE_KINDS else tr("Edit message")
        # Without a sender it is one's own.
        answer = tr("Reply to {name}", name=context.sender) if context.sender else tr("Reply to yourself")
        self._title.setText(what if context.editing else answer)
        self._words.setText(context.words)
        name = tr("Leave the message as it was") if context.editing else tr("Do not reply")
        self._close.setAccessibleName(with_keys(name, "Esc"))
        self._close.setToolTip(with_keys(name, "Esc"))
        self._dress()

    def _dress(self) -> None:
        tokens = self._look.tokens
        name = "edit" if self._editing else "reply"
        self._icon.setPixmap(icons.pixmap(name, tokens.accent, 20, self.devicePixelRatioF()))
        self._close.setIcon(icons.icon("close", tokens.muted, 16))
