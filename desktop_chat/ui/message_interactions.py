"""From what a person does in the timeline to intents: menus, toolbar and dialogs of messages."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop_chat.core.models import Message
from desktop_chat.language import tr, trc, trn
from desktop_chat.ui import theme
from desktop_chat.ui.file_menu import ChosenDeed
from desktop_chat.ui.message_menu import Deed, MessageMenu
from desktop_chat.ui.timeline_view import TimelineView
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.chooser import ConversationChooser
from desktop_chat.viewmodels.composer import Composer
from desktop_chat.viewmodels.conversation_list import ConversationListModel
from desktop_chat.viewmodels.message_actions import MessageActions
from desktop_chat.viewmodels.timeline_rows import TimelineRow

if TYPE_CHECKING:
    from desktop_chat.core.rights import MessageRights


class MessageInteractions(QObject):
    """Belongs to one chat panel. Dialogs are made when they are opened."""

    any_reaction_requested = Signal()
    """An emoji for ``react`` is to be chosen among all of them."""
    forwarded = Signal(int)
    """Messages are on their way to this conversation."""
    file_deed_chosen = Signal(object, object)
    """A message, and what is to be done with a file of it: a ChosenDeed."""

    def __init__(
        self,
        view: TimelineView,
        actions: MessageActions,
        composer: Composer,
        conversations: ConversationListModel,
        look: theme.Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._actions = actions
        self._composer = composer
        self._conversations = conversations
        self._look = look
        self._window = parent
        self._row: TimelineRow | None = None
        self._chosen_text = ""
        view.menu_requested.connect(self.open_menu)
        view.reaction_chosen.connect(actions.react)
        view.quote_chosen.connect(self._jump)
        view.link_requested.connect(self._ask_about_link)
        view.whole_message_requested.connect(self._show_whole)
        view.toolbar.more_requested.connect(self.open_menu)
        view.toolbar.react_requested.connect(self._open_reactions)
        view.toolbar.reply_requested.connect(self.reply)
        actions.details_ready.connect(self._show_details)
        actions.versions_ready.connect(self._show_versions)
        actions.failed.connect(self.say)
        composer.failed_elsewhere.connect(self.say)

    def say(self, conversation_id: int, words: str) -> None:
        """Why something was not done; of a conversation that was left meanwhile, with its name."""
        if conversation_id != self._composer.conversation_id:
            conversation = self._conversations.conversation(conversation_id)
            title = tr("A conversation that is gone") if conversation is None else wording.title(conversation)
            words = tr("{name}: {words}", name=title, words=words)
        self._composer.failed.emit(words)

    def open_menu(self, row: TimelineRow, at: QPoint) -> None:
        """Show what can be done with a message."""
        rights = self._rights(row)
        if rights is None:
            return
        self._row = row
        selection = self._view.selection
        of_row = selection is not None and selection.local_id == row.message.local_id
        self._chosen_text = self._view.selected_text() if of_row else ""
        # Not the timeline's: to a screen reader that is a list of messages and has no other children.
        menu = MessageMenu(row, rights, self._chosen_text, self._look, self._window)
        menu.deed_chosen.connect(self._do)
        menu.reaction_chosen.connect(self.react)
        menu.any_reaction_requested.connect(self.any_reaction_requested)
        menu.file_deed_chosen.connect(self._do_with_file)
        menu.popup(at)

    def react(self, key: str) -> None:
        """React to the message whose menu was open last."""
        if self._row is not None and self._is_here(self._row.message):
            self._actions.react(self._row.message, key)

    def _is_here(self, message: Message) -> bool:
        """Whether a message is of the conversation that is on screen: a notification may open another, or
        another account, while a menu stands open."""
        model = self._view.model
        there = model is not None and message.conversation_id == model.conversation.conversation_id
        return there and self._view.isVisible()

    def reply(self, row: TimelineRow) -> None:
        """Answer a message."""
        rights = self._rights(row)
        if rights is not None and rights.reply and self._view.model is not None:
            sender = "" if row.own else self._view.model.sender_title(row.message)
            self._composer.reply_to(row.message, sender)

    def edit_newest(self) -> None:
        """Change the newest message that one wrote, where that may be."""
        model = self._view.model
        message = model.newest_own() if model is not None else None
        if model is not None and message is not None:
            self._edit(model.row(model.row_of(message.local_id)))

    def _edit(self, row: TimelineRow) -> None:
        rights = self._rights(row)
        if rights is not None and rights.edit:
            self._composer.edit(row.message)

    def _rights(self, row: TimelineRow) -> "MessageRights | None":
        model = self._view.model
        return None if model is None else self._actions.rights(row.message, model.conversation)

    def _open_reactions(self, row: TimelineRow, at: QPoint) -> None:
        rights = self._rights(row)
        if rights is None or not rights.react:
            return
        self._row = row
        menu = MessageMenu(row, type(rights)(), "", self._look, self._window)
        menu.clear()
        menu.add_reactions()
        menu.reaction_chosen.connect(self.react)
        menu.any_reaction_requested.connect(self.any_reaction_requested)
        menu.popup(at)

    def _do(self, deed: Deed) -> None:
        row, model = self._row, self._view.model
        if row is None or model is None or not self._is_here(row.message):
            return
        message = row.message
        match deed:
            case Deed.REPLY:
                self.reply(row)
            case Deed.EDIT:
                self._edit(row)
            case Deed.COPY:
                QGuiApplication.clipboard().setText(row.copied)
            case Deed.COPY_CHOSEN:
                QGuiApplication.clipboard().setText(self._chosen_text)
            case Deed.FORWARD:
                self._ask_where([message])
            case Deed.SELECT:
                self._view.choose(message)
            case Deed.STAR:
                self._actions.star(message, not row.starred)
            case Deed.PIN:
                self._actions.pin(message, not row.pinned)
            case Deed.DETAILS:
                self._actions.load_details(message, model.conversation)
            case Deed.VERSIONS:
                self._actions.load_versions(message)
            case Deed.DELETE:
                self._ask_to_delete([message])
            case Deed.RETRY:
                model.retry(message.client_id)
            case Deed.DISCARD:
                model.discard(message.client_id)

    def _do_with_file(self, chosen: ChosenDeed) -> None:
        if self._row is not None:
            self.file_deed_chosen.emit(self._row.message, chosen)

    def _jump(self, seq: int) -> None:
        if self._view.model is not None:
            self._view.model.jump_to(seq)

    def forward_chosen(self) -> None:
        """Pass on the messages that are chosen."""
        messages = [each for each in self._view.chosen_messages() if each.seq is not None]
        if messages:
            self._ask_where(messages)

    def delete_chosen(self) -> None:
        """Take the messages that are chosen away for everybody, where that may be."""
        model = self._view.model
        if model is None:
            return
        chosen = self._view.chosen_messages()
        mine = [each for each in chosen if self._actions.rights(each, model.conversation).delete]
        if mine:
            self._ask_to_delete(mine, left=len(chosen) - len(mine))
        else:
            self._composer.failed.emit(tr("None of these messages can be deleted by you."))

    def copy_chosen(self) -> None:
        """Put the messages that are chosen on the clipboard."""
        self._view.copy()
        self._view.choose_none()

    def _ask_where(self, messages: list[Message]) -> None:
        from desktop_chat.ui.forward_dialog import ForwardDialog

        def forward(conversation_id: int) -> None:
            self._actions.forward(messages, conversation_id)
            self._view.choose_none()
            self.forwarded.emit(conversation_id)

        chooser = ConversationChooser(self._conversations)
        dialog = ForwardDialog(chooser, len(messages), self._look, self._window)
        dialog.chosen.connect(forward)
        dialog.open()

    def _ask_to_delete(self, messages: list[Message], left: int = 0) -> None:
        from PySide6.QtWidgets import QMessageBox

        from desktop_chat.ui.message_box import add_cancel, message_box

        words = trn(
            "Delete this message for everyone? What is said there is taken off every device and the server.",
            "Delete {count} messages for everyone? "
            "What is said there is taken off every device and the server.",
            count=len(messages),
        )
        if left:
            stay = trn(
                "{count} of those chosen stay: you may not delete them.",
                "{count} of those chosen stay: you may not delete them.",
                count=left,
            )
            words = f"{words} {stay}"
        box = message_box(tr("Delete message"), words, self._window)
        delete = box.addButton(trc("button", "Delete"), QMessageBox.ButtonRole.DestructiveRole)
        add_cancel(box)
        delete.clicked.connect(lambda: self._delete(messages))
        box.open()

    def _delete(self, messages: list[Message]) -> None:
        self._actions.delete(messages)
        self._view.choose_none()

    def _show_details(self, message: Message, facts: object) -> None:
        self._show_facts(tr("Message details"), message, facts)

    def _show_versions(self, message: Message, facts: object) -> None:
        self._show_facts(tr("Earlier versions"), message, facts)

    def _show_facts(self, title: str, message: Message, facts: object) -> None:
        if not self._is_here(message):
            return
        from desktop_chat.ui.facts_dialog import FactsDialog

        FactsDialog(title, facts, self._window).open()  # type: ignore[arg-type]

    def _ask_about_link(self, url: str) -> None:
        from desktop_chat.ui.link_dialog import LinkDialog

        LinkDialog(url, self._window).open()

    def _show_whole(self, text: str) -> None:
        from desktop_chat.ui.text_dialog import TextDialog

        TextDialog(tr("Whole message"), text, self._window).open()
