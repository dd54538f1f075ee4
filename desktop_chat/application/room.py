"""The account in its window, as far as alerts are concerned with it."""

from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from desktop_chat.desktop.notifications import Notification
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.banner import Banner
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme


class WindowRoom:
    """See ``alerts.Room``. ``view`` gives the account's view, which another may take the place of;
    ``come_forward`` brings the account on screen and its window to the front."""

    def __init__(
        self,
        window: MainWindow,
        view: Callable[[], AccountView],
        look: Theme,
        come_forward: Callable[[], None],
    ) -> None:
        self._window = window
        self._view = view
        self._look = look
        self._come_forward = come_forward
        self._banner: Banner | None = None

    def is_looking_at(self, conversation_id: int) -> bool:
        """See ``Room.is_looking_at``."""
        return self._view().is_looking_at(conversation_id)

    def show_message(self, conversation_id: int, seq: int) -> None:
        """See ``Room.show_message``."""
        self._come_forward()
        self._view().show_conversation(conversation_id, seq or None)

    def show_banner(self, notification: Notification) -> None:
        """See ``Room.show_banner``. The taskbar says it too, since the window may be behind another."""
        if self._banner is None:
            self._banner = Banner(self._look, self._window)
            self._banner.opened.connect(self.show_message)
        told = notification
        self._banner.show_alert(told.conversation_id, told.seq, told.title, told.body, told.image_png)
        QApplication.alert(self._window)

    def correct_banner(self, notification: Notification) -> None:
        """See ``Room.correct_banner``."""
        if self._banner is not None:
            told = notification
            self._banner.correct(told.conversation_id, told.seq, told.title, told.body)

    def withdraw_banner(self, conversation_id: int) -> None:
        """See ``Room.withdraw_banner``."""
        if self._banner is not None:
            self._banner.withdraw(conversation_id)

    def end_banner(self) -> None:
        """See ``Room.end_banner``."""
        if self._banner is not None:
            self._banner.hide()
            self._banner.deleteLater()
            self._banner = None

    def give_back(self, conversation_id: int, text: str) -> bool:
        """See ``Room.give_back``."""
        composer = self._view().chat.composer
        if composer.conversation_id != conversation_id:
            return False
        composer.give_back(text)
        return True
