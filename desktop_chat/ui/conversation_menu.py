"""What can be done with a conversation, as a menu."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QWidget

from desktop_chat.core.models import Conversation
from desktop_chat.language import tr, trc
from desktop_chat.protocol.records import Mute
from desktop_chat.ui import icons, theme
from desktop_chat.ui.menu import Menu
from desktop_chat.viewmodels.conversation_actions import ConversationActions


class ConversationMenu(Menu):
    """``show_info`` opens what there is to know about it, ``go_to_day`` asks for a day, ``leave`` asks before
    a group is left."""

    def __init__(
        self,
        conversation: Conversation,
        actions: ConversationActions,
        look: theme.Theme,
        parent: QWidget,
        *,
        show_info: Callable[[], None],
        go_to_day: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._conversation = conversation
        self._actions = actions
        self._look = look
        on = conversation
        self._offer("info", _info_words(on.kind), show_info)
        self.addSeparator()
        self._offer("calendar", tr("Go to a day…"), go_to_day)
        pin = trc("menu", "Unpin") if on.pinned else trc("menu", "Pin")
        self._offer("pin", pin, lambda: actions.pin(on, not on.pinned))
        if on.unread or on.marked_unread:
            self._offer("check", tr("Mark as read"), lambda: actions.mark_read(on))
        else:
            self._offer("unread", tr("Mark as unread"), lambda: actions.mark_unread(on))
        self._add_alerts()
        words = tr("Back into the list") if on.archived else trc("menu", "Archive")
        self._offer("archive", words, lambda: actions.archive(on, not on.archived))
        if on.kind == "group" and not on.gone:
            self.addSeparator()
            self._offer("leave", tr("Leave group…"), leave, danger=True)

    def _add_alerts(self) -> None:
        menu = Menu(self)
        menu.setTitle(tr("Notifications"))
        menu.setIcon(icons.icon("bell", self._look.tokens.muted, 18))
        self.addMenu(menu)
        group = QActionGroup(menu)
        for alerts, words in _alerts():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(self._conversation.alerts == alerts)
            action.setData(alerts)
            group.addAction(action)
        group.triggered.connect(lambda action: self._actions.mute(self._conversation, action.data()))

    def _offer(self, icon: str, words: str, slot: Callable[[], None], *, danger: bool = False) -> None:
        color = self._look.tokens.danger if danger else self._look.tokens.muted
        self.addAction(icons.icon(icon, color, 18), words).triggered.connect(slot)


def _info_words(kind: str) -> str:
    if kind == "group":
        return tr("Group info")
    return tr("Profile") if kind == "direct" else tr("Pictures, files and links")


def _alerts() -> tuple[tuple[Mute, str], ...]:
    """What a person may be told of."""
    return (
        # Translators: which messages of a conversation are told about.
        ("all", tr("All messages")),
        ("mentions", tr("Only mentions")),
        ("none", trc("notifications", "None (muted)")),
    )
