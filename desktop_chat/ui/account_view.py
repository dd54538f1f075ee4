"""One account on screen: the conversations at the left, the open one at the right.

Dialogs are imported when they are opened: the first paint does not wait for them.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from desktop_chat.core.changes import Change, ConversationRemoved, UserChanged
from desktop_chat.language import tr
from desktop_chat.ui import icons, own_dialogs, timeline_accessible
from desktop_chat.ui.chat_panel import ChatPanel
from desktop_chat.ui.conversation_interactions import ConversationInteractions
from desktop_chat.ui.sidebar import Sidebar
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels import links, times, wording
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.connection import ConnectionModel
from desktop_chat.viewmodels.conversation_actions import ConversationActions
from desktop_chat.viewmodels.conversation_list import ConversationListModel
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.portraits import AccountPortraits
from desktop_chat.viewmodels.search import SearchModel
from desktop_chat.viewmodels.typing import TypingModel

if TYPE_CHECKING:
    from desktop_chat.services.client import Client
    from desktop_chat.settings import Account, Settings
    from desktop_chat.ui.settings_dialog import SettingsDialog
    from desktop_chat.viewmodels.composer import Composer
    from desktop_chat.viewmodels.preferences import AtLogin, KeptPassword

_log = logging.getLogger(__name__)
T = TypeVar("T")

_NARROW_PX = 640
RECENT_EMOJI_MAX = 27


class KeptSettings(Protocol):
    """What is kept between two starts; ``settings.SettingsStore`` is one."""

    @property
    def current(self) -> "Settings": ...

    def update(self, **changes: Any) -> "Settings": ...


class AccountView(QWidget):
    """Everything that one signed-in account shows, in a window that may have several.

    Built from the cache and complete before it is shown; needs no running loop until a person does
    something, since every coroutine goes through ``spawn``. What the view cannot do by itself it tells
    as a signal. Call ``release`` before the client is closed.
    """

    quit_requested = Signal()
    sign_out_requested = Signal(bool)
    """Whether what is kept of the account on this computer is to be deleted too."""
    sign_in_requested = Signal()
    """The server does not know this device any more, and the person wants to be let in again."""
    add_account_requested = Signal()
    own_changed = Signal()
    """The person of this account has another name or picture."""
    settings_changed = Signal()
    """A person chose something else, and it is in the settings: ``take_settings`` is to be called."""
    settings_taken = Signal()
    """What the settings say now is in effect."""
    test_notification_requested = Signal()
    total_unread_changed = Signal(int)
    looking_at_changed = Signal(int)
    """The conversation whose new messages are seen as they come, 0 for none: alerts for it are withdrawn."""

    def __init__(
        self,
        client: "Client",
        settings: KeptSettings,
        spawn: Spawn,
        look: Theme,
        now_ms: Callable[[], int] = times.wall_clock_ms,
        parent: QWidget | None = None,
        composer: "Composer | None" = None,
    ) -> None:
        """``composer`` is what a view before this one has handed over."""
        super().__init__(parent)
        self._client = client
        self._settings = settings
        self._spawn = spawn
        self._look = look
        self._now_ms = now_ms
        self._waiting_open = 0
        self._told_looking_at = 0
        self.account: Account | None = None
        """Whose view it is, once it is in a window."""
        self.at_login: AtLogin | None = None
        """What starts the app at login, where the platform offers it."""
        self.leaving = False
        """Whether the account is being signed out, or deleted: nobody is asked to sign in again."""
        self.kept_password: KeptPassword | None = None
        """Where the account's password is kept, if this app made it."""
        self._narrow = False
        timeline_accessible.install()
        self.feed = ChangeFeed(client, self)
        self.conversations = ConversationListModel(client, self.feed, now_ms, self)
        self.feed.listen(self._take)
        self.connection = ConnectionModel(client, self.feed, parent=self)
        self.search = SearchModel(client, spawn, self.conversations, now_ms, self)
        self.conversation_actions = ConversationActions(client, self.feed, spawn, self)
        self.interactions = ConversationInteractions(
            client, self.feed, spawn, self.conversations, self.conversation_actions, look, self
        )
        self.typing = TypingModel(client, self.feed, self)
        self.portraits = AccountPortraits(client, self.feed, self)
        look.portraits.add(self.portraits)
        self.portraits.changed.connect(look.portraits.changed)
        self.sidebar = Sidebar(self.conversations, self.search, look, self)
        if composer is not None:
            composer.move_to(self.feed)
        self.chat = ChatPanel(
            client, self.feed, spawn, self.connection, self.conversations, look, now_ms, self, composer
        )
        self.interactions.pictures = self.chat.timeline.pictures
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._chat_first = self.isRightToLeft()
        """From left to right, for good: in another language there is another view."""
        # From right to left Qt's own lies one pixel over the chat, whose scrolling then paints everything.
        self._splitter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        for pane in self._in_order([self.sidebar, self.chat]):
            pane.setLayoutDirection(self.layoutDirection())
            self._splitter.addWidget(pane)
            self._splitter.setStretchFactor(self._splitter.count() - 1, int(pane is self.chat))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._splitter)
        self._connect()
        self._make_shortcuts()
        self._midnight = QTimer(self)
        self._midnight.setSingleShot(True)
        self._midnight.timeout.connect(self._day_changed)
        self._midnight.start(times.ms_to_midnight(now_ms()))
        sizes = settings.current.splitter_sizes
        known = len(sizes) == 2 and all(each > 0 for each in sizes)
        self._splitter.setSizes(self._in_order(sizes if known else [330, 790]))
        self.take_settings()

    @property
    def own_name(self) -> str:
        """What to call the person of this account; empty until the server has told."""
        user = self._client.user(self._client.user_id)
        return "" if user is None else wording.person(user)

    @property
    def own_portrait(self) -> str:
        """The file_id of their picture; empty where there is none."""
        user = self._client.user(self._client.user_id)
        return "" if user is None else user.picture

    @property
    def total_unread(self) -> int:
        """Unread messages over all conversations."""
        return self.conversations.total_unread

    def show_conversation(self, conversation_id: int, message_seq: int | None = None) -> None:
        """Open a conversation, and one message of it where its seq is given. One that the cache does not
        know yet is opened as soon as it does."""
        # What the engine has told a moment ago must not wait for the tick.
        self.feed.flush()
        conversation = self.conversations.conversation(conversation_id)
        if conversation is None:
            self._waiting_open = conversation_id
            return
        self._waiting_open = 0
        self.conversations.keep(conversation_id)
        self.chat.open(conversation)
        self._typing_changed(conversation_id)
        self.sidebar.list.select(conversation_id)
        self._arrange()
        if message_seq is not None and self.chat.timeline_model is not None:
            self.chat.files.close_viewer()
            self.chat.timeline_model.jump_to(message_seq)
        self.chat.focus_field()
        self._tell_looking_at()

    @property
    def place(self) -> tuple[int, int | None]:
        """The conversation that is open, 0 for none, and the seq of the message that is being read in it;
        None at its end."""
        timeline = self.chat.timeline
        if self.chat.timeline_model is None or timeline.at_end or timeline.last_visible < 0:
            return self.chat.conversation_id, None
        first, last = timeline.seen
        return self.chat.conversation_id, self.chat.timeline_model.message((first + last) // 2).seq

    def is_looking_at(self, conversation_id: int) -> bool:
        """Whether a person sees new messages of this conversation as they come: account on screen, window
        active, conversation open, its end in sight."""
        return self.chat.conversation_id == conversation_id and self.isVisible() and self.chat.is_reading()

    def set_active(self, active: bool) -> None:
        """Whether the person is here: account on screen, and the window active."""
        self.chat.set_active(active)
        self._tell_looking_at()

    def take_keyboard(self) -> None:
        """Let the person begin at the list, or with the conversation that is open."""
        self._focus_something()

    def put_away(self) -> None:
        """Keep what is being written and how the panes are: the window may be gone for good."""
        self.chat.composer.save_draft()
        sizes = self._in_order(self._splitter.sizes())
        if not self._narrow and min(sizes) > 0:
            self._keep(splitter_sizes=sizes)

    def release(self) -> None:
        """Save what is to be saved and let go of the client. The view is of no use afterwards."""
        own_dialogs.close_all(self)
        self._let_go()
        self.chat.composer.close()
        self.feed.close()

    def hand_over(self) -> "Composer":
        """Let go of the client as ``release`` does, but not of what is being written: another view goes on
        with it."""
        self._let_go()
        self.feed.close()
        return self.chat.give_away_composer()

    def _let_go(self) -> None:
        self.put_away()
        self._midnight.stop()
        self._look.portraits.remove(self.portraits)
        self.chat.release()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (self.width() < _NARROW_PX) != self._narrow:
            self._arrange()

    def _in_order(self, panes: list[T]) -> list[T]:
        """What is said of the list and the chat, from left to right; and back."""
        return panes[::-1] if self._chat_first else panes

    def _connect(self) -> None:
        side = self.sidebar
        side.conversation_chosen.connect(self._open)
        side.message_chosen.connect(self.show_conversation)
        side.new_chat_requested.connect(self.interactions.begin_chat)
        side.settings_requested.connect(self.show_settings)
        side.starred_requested.connect(self._show_starred)
        side.shortcuts_requested.connect(self._show_shortcuts)
        side.about_requested.connect(self._show_about)
        side.add_account_requested.connect(self.add_account_requested)
        side.sign_out_requested.connect(self._ask_to_sign_out)
        side.quit_requested.connect(self.quit_requested)
        side.list.entered_list.connect(self._prepare, Qt.ConnectionType.SingleShotConnection)
        side.list.menu_requested.connect(self.interactions.open_menu)
        self.typing.changed.connect(self._typing_changed)
        side.search_left.connect(self._focus_something)
        self.chat.bar.emoji_used.connect(self._emoji_used)
        self.chat.bar.skin_tone_changed.connect(self._tone_changed)
        self.interactions.open_requested.connect(self._open)
        self.interactions.day_chosen.connect(self._go_to_day)
        self.interactions.message_chosen.connect(self.show_conversation)
        self.chat.interactions.forwarded.connect(self._open)
        self.chat.header.info_requested.connect(self._show_info)
        self.chat.header.menu_requested.connect(self._open_menu)
        self.chat.back_requested.connect(self.show_list)
        self.chat.sign_in_requested.connect(self.sign_in_requested)
        self.chat.timeline.at_end_changed.connect(self._tell_looking_at)
        self.chat.looked_at.connect(self._tell_looking_at)
        self.conversations.total_unread_changed.connect(self.total_unread_changed)
        self.conversations.conversation_changed.connect(self._conversation_changed)
        self.connection.changed.connect(self._connection_changed)
        self._connection_changed()
        self.conversations.modelReset.connect(self.chat.refresh_header)

    def _make_shortcuts(self) -> None:
        for keys, slot in (
            ("Ctrl+K", self._switch),
            ("Ctrl+Shift+F", self._search_all),
            ("Ctrl+F", self.chat.open_find),
            ("Ctrl+N", self.interactions.begin_chat),
            ("Ctrl+Shift+I", self._show_info),
            ("Ctrl+,", self.show_settings),
            ("Ctrl+.", self.chat.bar.open_emoji),
            ("Alt+Up", self._go_up),
            ("Alt+Down", self._go_down),
            ("Esc", self._escape),
            ("F1", self._show_shortcuts),
            ("Ctrl+Q", self.quit_requested.emit),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(slot)

    def _prepare(self) -> None:
        """Load what a conversation is laid out with while the person is on the way to one."""
        self._spawn(asyncio.to_thread(links.prepare))

    def _open(self, conversation_id: int) -> None:
        self.show_conversation(conversation_id)
        conversation = self.conversations.conversation(conversation_id)
        if conversation is not None:
            self.conversation_actions.look_at(conversation)

    def _conversation_changed(self, conversation_id: int) -> None:
        if conversation_id == self.chat.conversation_id:
            self.sidebar.list.select(conversation_id)
        elif conversation_id == self._waiting_open:
            self.show_conversation(conversation_id)

    def _connection_changed(self) -> None:
        self.conversations.set_heard(self.connection.online)

    def _typing_changed(self, conversation_id: int) -> None:
        conversation = self.conversations.conversation(conversation_id)
        if conversation is None:
            return
        words = self.typing.words(conversation_id, group=conversation.kind == "group")
        self.conversations.set_typing(conversation_id, words)
        if conversation_id == self.chat.conversation_id:
            self.chat.set_typing(words)

    def _take(self, changes: list[Change]) -> None:
        """Close what the user is not in any more, and tell of the user's own new name or picture."""
        for change in changes:
            if isinstance(change, UserChanged) and change.user.user_id == self._client.user_id:
                self.own_changed.emit()
            if not isinstance(change, ConversationRemoved):
                continue
            if change.conversation_id == self.chat.conversation_id:
                self.chat.close_conversation()
                self._arrange()
                self._tell_looking_at()

    def _tell_looking_at(self) -> None:
        looking = self.chat.conversation_id if self.chat.is_reading() else 0
        if looking != self._told_looking_at:
            self._told_looking_at = looking
            self.looking_at_changed.emit(looking)

    def _search_all(self) -> None:
        self._show_pane(chat=False)
        self.sidebar.search()

    def _go_to_day(self, conversation_id: int, day: date) -> None:
        self.show_conversation(conversation_id)
        if self.chat.timeline_model is not None:
            self.chat.timeline_model.jump_to_day(day)

    def _show_starred(self) -> None:
        from desktop_chat.ui.starred_dialog import StarredDialog
        from desktop_chat.viewmodels.starred import starred

        found, missing = starred(self._client, self.conversations, self._now_ms)
        dialog = StarredDialog(found, missing, self._look, self)
        dialog.chosen.connect(self.show_conversation)
        dialog.open()

    def _switch(self) -> None:
        from desktop_chat.ui.switcher_dialog import SwitcherDialog
        from desktop_chat.viewmodels.switcher import Switcher

        model = Switcher(self._client, self._spawn, self.conversations)
        dialog = SwitcherDialog(model, self._look, self)
        dialog.opened.connect(self._open)
        dialog.open()

    def _show_info(self) -> None:
        if self.chat.conversation_id:
            self.interactions.show_info(self.chat.conversation_id)

    def _open_menu(self, at: QPoint) -> None:
        self.interactions.open_menu(self.chat.conversation_id, at)

    def _go_up(self) -> None:
        self._step(-1)

    def _go_down(self) -> None:
        self._step(1)

    def _step(self, step: int) -> None:
        wanted = self.sidebar.list.neighbour(step)
        if wanted:
            self._open(wanted)

    def _escape(self) -> None:
        if self.chat.find_bar.isVisible():
            self.chat.find_bar.close_bar()
        elif self.chat.timeline.choosing:
            self.chat.timeline.choose_none()
        elif self.chat.composer.context is not None:
            self.chat.composer.end_context()
        else:
            self.sidebar.end_search()
        self._focus_something()

    def _focus_something(self) -> None:
        """The field is out of sight where nothing is open, or where there is room for one pane only."""
        if self.chat.isVisible() and self.chat.conversation_id:
            self.chat.focus_field()
        else:
            self.sidebar.list.setFocus()

    def show_list(self) -> None:
        """Where there is room for one pane only, show the conversations."""
        self._show_pane(chat=False)

    def show_settings(self) -> "SettingsDialog":
        """Show every choice there is."""
        from desktop_chat.ui.account_dialogs import DevicesDialog, KnownPasswordDialog, PasswordDialog
        from desktop_chat.ui.deletion_dialog import DeletionDialog
        from desktop_chat.ui.settings_dialog import SettingsDialog
        from desktop_chat.viewmodels.preferences import Preferences

        preferences = Preferences(
            self._client,
            self.feed,
            self._settings,
            self._spawn,
            at_login=self.at_login,
            kept_password=self.kept_password,
        )
        dialog = SettingsDialog(preferences, self._look, self)
        preferences.changed.connect(self.settings_changed)
        # What the tray can change too.
        self.settings_taken.connect(dialog.refresh)
        dialog.devices_requested.connect(lambda: DevicesDialog(preferences, self._look, dialog).open())
        dialog.password_requested.connect(lambda: PasswordDialog(preferences, dialog).open())
        dialog.known_password_requested.connect(lambda: KnownPasswordDialog(preferences, dialog).open())
        dialog.deletion_requested.connect(lambda: DeletionDialog(preferences, dialog).open())
        preferences.deleting.connect(self._set_leaving)
        preferences.deleted.connect(self._account_deleted)
        dialog.test_requested.connect(self.test_notification_requested)
        dialog.open()
        return dialog

    def close_settings(self) -> bool:
        """Close the choices; whether they were on screen."""
        from desktop_chat.ui.settings_dialog import SettingsDialog

        dialog = next((each for each in self.findChildren(SettingsDialog) if each.isVisible()), None)
        return dialog is not None and dialog.close()

    def _set_leaving(self, leaving: bool) -> None:
        self.leaving = leaving

    def _account_deleted(self) -> None:
        """What is kept of it here is nobody's any more."""
        self.sign_out_requested.emit(True)

    def take_settings(self) -> None:
        """Do as the settings say now."""
        settings, bar = self._settings.current, self.chat.bar
        bar.set_enter_sends(settings.enter_sends)
        bar.set_emoji(settings.recent_emoji, settings.skin_tone)
        self.settings_taken.emit()

    def _emoji_used(self, text: str) -> None:
        others = [each for each in self._settings.current.recent_emoji if each != text]
        self._keep(recent_emoji=[text, *others][:RECENT_EMOJI_MAX])

    def _tone_changed(self, tone: int) -> None:
        self._keep(skin_tone=tone)

    def _keep(self, **changes: Any) -> None:
        try:
            self._settings.update(**changes)
        except OSError as error:
            _log.warning("what was used last was not kept: %s", error)
        self.take_settings()

    def _show_shortcuts(self) -> None:
        from desktop_chat.ui.help_sheet import HelpSheet

        HelpSheet(self).open()

    def _show_about(self) -> None:
        from desktop_chat.ui.message_box import message_box

        what = tr("The messenger you own: a native desktop messenger and its own server.")
        words = f"desktop-chat\n\n{what}\nApache License 2.0"
        box = message_box(tr("About desktop-chat"), words, self)
        box.setIconPixmap(icons.pixmap(icons.APP_ICON, "", 64, self.devicePixelRatioF()))
        box.open()

    def _ask_to_sign_out(self) -> None:
        from PySide6.QtWidgets import QCheckBox, QMessageBox

        from desktop_chat.ui.message_box import add_cancel, message_box

        words = tr(
            "Sign out on this computer? Messages that were not sent yet stay here until you sign in again."
        )
        if self.account is not None:
            account = wording.whole_account(self.account, self._settings.current.accounts)
            words = f"{account}\n\n{words}"
        box = message_box(tr("Sign out"), words, self)
        everything = tr("Delete everything of this account on this computer, what was not sent too")
        forget = QCheckBox(everything, box)
        box.setCheckBox(forget)
        sign_out = box.addButton(tr("Sign out"), QMessageBox.ButtonRole.AcceptRole)
        add_cancel(box)
        # Or the keyboard would begin at what deletes everything: one press of the space bar.
        box.setDefaultButton(sign_out)
        sign_out.clicked.connect(lambda: self.sign_out_requested.emit(forget.isChecked()))
        box.open()

    def _day_changed(self) -> None:
        self.conversations.refresh()
        self.chat.refresh_times()
        self._midnight.start(times.ms_to_midnight(self._now_ms()))

    def _arrange(self) -> None:
        self._narrow = self.width() < _NARROW_PX
        self.chat.header.back.setVisible(self._narrow)
        self._show_pane(chat=self.chat.conversation_id != 0)

    def _show_pane(self, *, chat: bool) -> None:
        """Where there is room for one pane only, which one."""
        self.sidebar.setVisible(not (self._narrow and chat))
        self.chat.setVisible(not self._narrow or chat)
        if self.chat.isHidden():
            # Whether one is connected has to be seen wherever one is.
            self.chat.pill.put_over(self.sidebar, below=True)
        else:
            self.chat.place_pill()
