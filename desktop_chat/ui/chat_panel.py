"""One conversation on screen: header, timeline, connection pill and composer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from desktop_chat.core.models import Conversation
from desktop_chat.core.rights import may_write
from desktop_chat.language import tr
from desktop_chat.ui import theme
from desktop_chat.ui.attaching import Attaching
from desktop_chat.ui.chat_header import ChatHeader
from desktop_chat.ui.chosen_bar import ChosenBar
from desktop_chat.ui.composer import ComposerBar
from desktop_chat.ui.connection_pill import ConnectionPill
from desktop_chat.ui.file_deeds import downloads_folder
from desktop_chat.ui.file_interactions import FileInteractions
from desktop_chat.ui.find_bar import FindBar
from desktop_chat.ui.message_interactions import MessageInteractions
from desktop_chat.ui.pin_bar import PinBar
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.timeline_view import TimelineView
from desktop_chat.viewmodels import times
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.composer import Composer
from desktop_chat.viewmodels.connection import ConnectionModel
from desktop_chat.viewmodels.conversation_list import ConversationListModel
from desktop_chat.viewmodels.file_actions import FileActions
from desktop_chat.viewmodels.find import FindModel
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.message_actions import MessageActions
from desktop_chat.viewmodels.read_marker import ReadMarker
from desktop_chat.viewmodels.timeline import TimelineModel
from desktop_chat.viewmodels.typing import TypingTeller

if TYPE_CHECKING:
    from desktop_chat.services.client import Client


class ChatPanel(QWidget):
    """Shows one conversation at a time, or words where none is open."""

    back_requested = Signal()
    looked_at = Signal()
    """Whether new messages are seen as they come may be another: ``is_reading``."""
    sign_in_requested = Signal()

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        connection: ConnectionModel,
        conversations: ConversationListModel,
        look: theme.Theme,
        now_ms: Callable[[], int] = times.wall_clock_ms,
        parent: QWidget | None = None,
        composer: Composer | None = None,
    ) -> None:
        """``composer`` is what a panel before this one has given away."""
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._connection = connection
        self._look = look
        self._now_ms = now_ms
        self._timeline_model: TimelineModel | None = None
        self._marker: ReadMarker | None = None
        self._active = False
        self._typing_words = ""
        self.typing = TypingTeller(client, spawn, self)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if composer is None:
            composer = Composer(client, feed, spawn)
        composer.setParent(self)
        self.composer = composer
        self.header = ChatHeader(look, self)
        self.timeline = TimelineView(look, self)
        self.pins = PinBar(look, self)
        self.finder = FindModel(client, spawn, self)
        self.find_bar = FindBar(self.finder, look, self)
        self.message_actions = MessageActions(client, feed, spawn, now_ms, self)
        self.interactions = MessageInteractions(
            self.timeline, self.message_actions, self.composer, conversations, look, self
        )
        self.bar = ComposerBar(self.composer, look, self)
        self.file_actions = FileActions(client, feed, spawn, downloads_folder, self)
        self.files = FileInteractions(self.timeline, self.file_actions, look, self)
        self.interactions.file_deed_chosen.connect(self.files.deeds.carry_out)
        self.file_actions.failed.connect(self.interactions.say)
        self.attaching = Attaching(
            self.bar, self.composer, self.file_actions, self.timeline.pictures, client.outgoing, look, self
        )
        self._chat = QWidget(self)
        column = QVBoxLayout(self._chat)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.find_bar)
        column.addWidget(self.pins)
        self._unreadable = PlainLabel("", "empty", self)
        self._unreadable.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._unreadable.setWordWrap(True)
        self._unreadable.hide()
        column.addWidget(self.timeline, 1)
        column.addWidget(self._unreadable, 1)
        column.addWidget(self.bar)
        self._no_writing = PlainLabel("", "no-writing", self)
        self._no_writing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._no_writing.hide()
        column.addWidget(self._no_writing)
        self.refusal = PlainLabel("", "refusal", self)
        """What was not done, while there is no field that it could stand over."""
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        column.addWidget(self.refusal)
        self.chosen_bar = ChosenBar(look, self)
        column.addWidget(self.chosen_bar)
        self._empty = PlainLabel(tr("Choose a conversation, or begin a new one."), "empty", self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._chat)
        self.pill = ConnectionPill(connection, self.timeline.viewport())
        self.pill.sign_in_requested.connect(self.sign_in_requested)
        self.place_pill()
        self.composer.failed.connect(self._show_failure)
        self.composer.typed.connect(self.typing.wrote)
        self.composer.taken.connect(self.typing.sent)
        self.header.back_requested.connect(self.back_requested)
        self.header.search_requested.connect(self.open_find)
        self.finder.place_changed.connect(self._jump)
        self.finder.query_changed.connect(self.timeline.mark_words)
        self.find_bar.closed.connect(self.focus_field)
        self.bar.field.scroll_requested.connect(self.timeline.scroll_key)
        self.timeline.typed.connect(self._typed)
        self.timeline.seen_changed.connect(self._saw)
        self.timeline.skipped_to_end.connect(self._skipped)
        self.bar.field.edit_last_requested.connect(self.interactions.edit_newest)
        self.pins.jump_requested.connect(self._jump)
        self.timeline.chosen_changed.connect(self._chosen_changed)
        self.chosen_bar.forward_requested.connect(self.interactions.forward_chosen)
        self.chosen_bar.copy_requested.connect(self.interactions.copy_chosen)
        self.chosen_bar.delete_requested.connect(self.interactions.delete_chosen)
        self.chosen_bar.closed.connect(self.timeline.choose_none)
        self.interactions.any_reaction_requested.connect(self._choose_reaction)
        connection.changed.connect(self.refresh_header)

    @property
    def conversation_id(self) -> int:
        """The conversation that is open, 0 for none."""
        model = self._timeline_model
        return model.conversation.conversation_id if model is not None else 0

    @property
    def timeline_model(self) -> TimelineModel | None:
        """The rows on screen."""
        return self._timeline_model

    def open(self, conversation: Conversation) -> None:
        """Show a conversation, from the cache, at once."""
        if conversation.conversation_id == self.conversation_id:
            return
        model = TimelineModel(self._client, self._feed, self._spawn, conversation, self._now_ms, self)
        self._close_timeline()
        self.find_bar.close_bar()
        self.typing.ended()
        self._typing_words = ""
        self.refusal.hide()
        self._timeline_model = model
        self._marker = ReadMarker(self._client, self._spawn, model, model)
        model.failed.connect(self.composer.failed)
        model.conversation_changed.connect(self.refresh_header)
        self._stack.setCurrentWidget(self._chat)
        self.bar.switch(conversation.conversation_id, conversation.draft)
        model.unreadable_changed.connect(self._show_unreadable)
        self._show_unreadable(model.unreadable)
        self.timeline.set_model(model)
        self.refresh_header()
        self._marker.left_behind_changed.connect(self.timeline.set_left_behind)
        self._marker.set_active(self._active and self.isVisible())
        self._saw(*self.timeline.seen)

    def close_conversation(self) -> None:
        """Show none."""
        self.find_bar.close_bar()
        self.timeline.choose_none()
        self.bar.switch(0, "")
        self._close_timeline()
        self._stack.setCurrentWidget(self._empty)
        self.place_pill()

    def release(self) -> None:
        """Show none, and let go of what runs."""
        self.close_conversation()
        self.timeline.pictures.close()

    def give_away_composer(self) -> Composer:
        """Let another panel go on with what is being written; this one hears of it no more."""
        self.typing.ended()
        for receiver in (self, self.bar, self.bar.field, self.interactions, self.typing):
            self.composer.disconnect(receiver)
        self.composer.setParent(None)
        return self.composer

    def set_active(self, active: bool) -> None:
        """The window became, or is no longer, the one a person works in."""
        self._active = active
        self._tell_marker()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_marker()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tell_marker()

    def _tell_marker(self) -> None:
        """Nobody reads where the window has room for the list alone and shows that."""
        if self._marker is not None:
            self._marker.set_active(self._active and self.isVisible())
        self.looked_at.emit()

    def open_find(self) -> None:
        """Find words in the conversation that is open."""
        if self.conversation_id:
            self.find_bar.open_bar(self.conversation_id)

    def is_reading(self) -> bool:
        """Whether new messages of the open conversation are seen as they come."""
        there = self._active and self.conversation_id != 0 and self.timeline.isVisible()
        return there and self.timeline.at_end

    def refresh_header(self) -> None:
        """Say anew who this is and whether they are there."""
        if self._timeline_model is not None:
            self.header.show_conversation(
                self._timeline_model.conversation,
                self._client.user_id,
                self._now_ms(),
                self._connection.online,
                self._typing_words,
            )
            self.pins.show_pins(self._timeline_model)
            self._offer_writing(self._timeline_model.conversation)

    def set_typing(self, words: str) -> None:
        """Say that somebody writes here, or with no words that nobody does."""
        if words != self._typing_words:
            self._typing_words = words
            self.refresh_header()

    def _offer_writing(self, conversation: Conversation) -> None:
        """The field, or why there is none."""
        allowed = may_write(conversation)
        words = tr("Only owners and admins write on this notice board.")
        if conversation.gone:
            words = tr("You are not in this group any more.")
        self._no_writing.setText(words)
        self._no_writing.setVisible(not allowed)
        self._show_bar(allowed and not self.timeline.choosing)

    def _show_bar(self, shown: bool) -> None:
        """Without the field the keyboard stays with the messages: nobody sees what a hidden one is given."""
        self.bar.setVisible(shown)
        if shown:
            self.refusal.hide()
        elif self.bar.isAncestorOf(self.focusWidget()):
            self.timeline.setFocus()

    def _show_failure(self, words: str) -> None:
        if self.bar.isHidden():
            self.refusal.setText(words)
            self.refusal.show()

    def refresh_times(self) -> None:
        """The day has changed."""
        if self._timeline_model is not None:
            self._timeline_model.refresh_times()
        self.refresh_header()

    def focus_field(self) -> None:
        """Let the person write, where there is a field, and nothing lies over the window."""
        focus = self.window().focusWidget()
        if focus is not None and focus.property("covers"):
            return
        if self.bar.isHidden():
            self.timeline.setFocus()
        else:
            self.bar.field.setFocus()

    def _close_timeline(self) -> None:
        model, marker = self._timeline_model, self._marker
        self._timeline_model = self._marker = None
        if marker is not None:
            marker.close()
        if model is not None:
            self.timeline.set_model(None)
            model.close()
            model.deleteLater()

    def _show_unreadable(self, words: str) -> None:
        self._unreadable.setText(words)
        self._unreadable.setVisible(bool(words))
        self.timeline.setVisible(not words)
        self.place_pill()

    def place_pill(self) -> None:
        """Without a conversation too, or with one that cannot be shown, a person has to know whether they are
        connected."""
        if self._stack.currentWidget() is self._empty:
            self.pill.put_over(self._empty)
        else:
            readable = self._unreadable.isHidden()
            self.pill.put_over(self.timeline.viewport() if readable else self._unreadable)

    def _saw(self, first_row: int, last_row: int) -> None:
        if self._marker is not None:
            self._marker.saw(first_row, last_row)

    def _skipped(self) -> None:
        if self._marker is not None:
            self._marker.skip_to_end()

    def _jump(self, seq: int) -> None:
        if self._timeline_model is not None:
            self._timeline_model.jump_to(seq)

    def _chosen_changed(self, count: int) -> None:
        self.chosen_bar.show_count(count)
        self.refusal.hide()
        self._show_bar(not count and self._no_writing.isHidden())
        self.focus_field()

    def _choose_reaction(self) -> None:
        self.bar.choose_emoji(self.interactions.react)

    def _typed(self, event: QKeyEvent) -> None:
        if not self.bar.isHidden():
            self.bar.take_key(event)
