"""From what a person does with a conversation as a whole to intents: menus and dialogs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QWidget

from desktop_chat.core.models import Conversation
from desktop_chat.language import tr, trc
from desktop_chat.ui import own_dialogs, theme
from desktop_chat.ui.conversation_menu import ConversationMenu
from desktop_chat.ui.pictures import Pictures
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.conversation_actions import ConversationActions
from desktop_chat.viewmodels.conversation_list import ConversationListModel
from desktop_chat.viewmodels.intents import Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client
    from desktop_chat.viewmodels.conversation_info import ConversationInfo


class ConversationInteractions(QObject):
    """Belongs to the main window; dialogs are made when they are opened."""

    open_requested = Signal(int)
    """A conversation is to be opened."""
    message_chosen = Signal(int, int)
    """A message is to be shown in its conversation: the conversation's id, and its seq."""
    day_chosen = Signal(int, object)
    """What was written in a conversation on a day (datetime.date) is to be shown."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        conversations: ConversationListModel,
        actions: ConversationActions,
        look: theme.Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._conversations = conversations
        self._actions = actions
        self._look = look
        self._window = parent
        self.pictures: Pictures | None = None
        """What decodes pictures in the window."""
        actions.failed.connect(self._say)

    def open_menu(self, conversation_id: int, at: QPoint) -> None:
        """Show what can be done with a conversation."""
        conversation = self._conversations.conversation(conversation_id)
        if conversation is None:
            return
        menu = ConversationMenu(
            conversation,
            self._actions,
            self._look,
            self._window,
            show_info=lambda: self.show_info(conversation_id),
            go_to_day=lambda: self.ask_for_day(conversation_id),
            leave=lambda: self.ask_to_leave(conversation),
        )
        menu.popup(at)

    def begin_chat(self) -> None:
        """Choose somebody to write to, or begin a group."""
        from desktop_chat.ui.new_chat_dialog import NewChatDialog
        from desktop_chat.viewmodels.new_chat import PeopleModel

        dialog = NewChatDialog(PeopleModel(self._client, self._spawn), self._look, self._window)
        dialog.conversation_opened.connect(self.open_requested)
        dialog.group_requested.connect(self.begin_group)
        dialog.open()

    def begin_group(self) -> None:
        """Make a group."""
        from desktop_chat.ui.people_dialog import GroupDialog
        from desktop_chat.viewmodels.new_group import NewGroup

        dialog = GroupDialog(NewGroup(self._client, self._spawn), self._look, self._window)
        dialog.conversation_opened.connect(self.open_requested)
        dialog.open()

    def show_info(self, conversation_id: int) -> None:
        """Show what there is to know about a conversation and its people."""
        from desktop_chat.ui.info_dialog import InfoDialog
        from desktop_chat.viewmodels.conversation_info import ConversationInfo

        conversation = self._conversations.conversation(conversation_id)
        if conversation is None or self.pictures is None:
            return
        info = ConversationInfo(self._client, self._feed, self._spawn, conversation)
        dialog = InfoDialog(info, self.pictures, self._look, self._window)
        dialog.shown_in_chat.connect(lambda seq: self.message_chosen.emit(conversation_id, seq))
        dialog.message_requested.connect(self._write_to)
        dialog.leave_requested.connect(lambda: self.ask_to_leave(info.conversation))
        dialog.add_requested.connect(lambda: self._ask_whom_to_add(info, dialog))
        dialog.open()

    def ask_for_day(self, conversation_id: int) -> None:
        """Ask for a day, and go to what was written then."""
        from desktop_chat.ui.day_dialog import DayDialog

        dialog = DayDialog(self._look, self._window)
        dialog.chosen.connect(lambda day: self.day_chosen.emit(conversation_id, day))
        dialog.open()

    def _ask_whom_to_add(self, info: "ConversationInfo", parent: QWidget) -> None:
        from desktop_chat.ui.people_dialog import AddPeopleDialog
        from desktop_chat.viewmodels.people_picker import PeoplePicker

        picker = PeoplePicker(self._client, self._spawn, but=info.member_ids())
        dialog = AddPeopleDialog(picker, self._look, parent)
        dialog.chosen.connect(info.add)
        dialog.open()

    def _write_to(self, user_id: int) -> None:
        self._actions.do(self._open_direct(user_id))

    async def _open_direct(self, user_id: int) -> None:
        self.open_requested.emit(await self._client.open_direct(user_id))

    def ask_to_leave(self, conversation: Conversation) -> None:
        """Ask whether a group is to be left, and leave it."""
        from PySide6.QtWidgets import QMessageBox

        from desktop_chat.ui.message_box import add_cancel, message_box

        title = wording.title(conversation)
        words = tr("Leave “{title}”? Its messages are taken off your devices.", title=title)
        box = message_box(tr("Leave group"), words, self._window)
        leave = box.addButton(trc("button", "Leave"), QMessageBox.ButtonRole.DestructiveRole)
        add_cancel(box)
        leave.clicked.connect(lambda: self._actions.leave(conversation))
        box.open()

    def _say(self, words: str) -> None:
        from desktop_chat.ui.message_box import message_box

        own_dialogs.open_over(self._window, message_box("desktop-chat", words, self._window))
