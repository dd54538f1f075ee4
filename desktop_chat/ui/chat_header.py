"""The upper edge of a chat: whose conversation it is, whether they are there, what can be done with it."""

from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop_chat.core.models import Conversation
from desktop_chat.language import tr, trc
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.avatar import Avatar, Subject
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.plain_label import ElidedLabel, set_role_state
from desktop_chat.ui.tool_button import tool_button
from desktop_chat.viewmodels import times, wording


class ChatHeader(QWidget):
    """Whose conversation this is, and whether they are there."""

    back_requested = Signal()
    search_requested = Signal()
    info_requested = Signal()
    """Who it is, or who is in it, is to be shown."""
    menu_requested = Signal(QPoint)
    """What can be done with the conversation is to be shown, at a point of the screen."""

    def __init__(self, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("role", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(64)
        self.back = self._button(tr("Back to the conversations"), self.back_requested)
        self.avatar = Avatar(40, look, self)
        self.name = ElidedLabel("", "name", self)
        self.presence = ElidedLabel("", "small", self)
        self.search = self._button(
            with_keys(tr("Search in this conversation"), "Ctrl+F"), self.search_requested
        )
        self.more = self._button(trc("button", "More"), self._ask_for_menu)
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addStretch()
        names.addWidget(self.name)
        names.addWidget(self.presence)
        names.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(mirroring.margins(18, 0, 14, 0))
        row.setSpacing(12)
        self.avatar.setCursor(Qt.CursorShape.PointingHandCursor)
        self.name.setCursor(Qt.CursorShape.PointingHandCursor)
        row.addWidget(self.back)
        row.addWidget(self.avatar)
        row.addLayout(names, 1)
        row.addWidget(self.search)
        row.addWidget(self.more)
        self.back.hide()
        look.changed.connect(self._dress)
        self._dress()

    def show_conversation(
        self, conversation: Conversation, own_id: int, now_ms: int, heard: bool, typing: str
    ) -> None:
        """Say who it is. ``heard`` is whether the server can be heard, without which no presence holds;
        ``typing`` who is writing."""
        title = wording.title(conversation)
        peer = conversation.peer
        note = conversation.kind == "note"
        whose = wording.avatar_id(conversation, own_id)
        self.avatar.show_subject(Subject(whose, title, note, wording.portrait(conversation)))
        self.name.setText(title)
        online = heard and not note and peer is not None and peer.online
        words = trc("presence", "online") if online else ""
        if peer is not None and not online:
            words = times.last_seen(peer.last_seen_ms, now_ms)
        words = typing or wording.subtitle(conversation, words)
        self.presence.setText(words)
        self.presence.setVisible(bool(words))
        set_role_state(self.presence, "online", "true" if online or typing else "false")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.info_requested.emit()

    def _ask_for_menu(self) -> None:
        self.menu_requested.emit(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _button(self, name: str, signal: Any) -> QToolButton:
        button = tool_button(name, self)
        button.clicked.connect(signal)
        return button

    def _dress(self) -> None:
        self.back.setIcon(icons.icon("back", self._look.tokens.muted))
        self.more.setIcon(icons.icon("more", self._look.tokens.muted))
        self.search.setIcon(icons.icon("search", self._look.tokens.muted))
