"""The main window: one frame around the accounts of a person, one of them on screen."""

import logging
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from desktop_chat.settings import WINDOW_PLACES_MAX, Account
from desktop_chat.ui import icons, own_dialogs
from desktop_chat.ui.account_rail import AccountRail
from desktop_chat.ui.account_view import AccountView, KeptSettings
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels import wording

_log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Shows one account, and beside it, where there are several, the rail that leads to the others."""

    close_requested = Signal()
    """The window was closed by its frame. It is hidden already; the composition root decides to quit."""
    account_chosen = Signal(str)
    """The key of the account that a person wants to see."""
    add_account_requested = Signal()
    total_unread_changed = Signal(int)
    """Over all accounts, for the tray."""

    def __init__(self, settings: KeptSettings, look: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._look = look
        self._accounts: dict[str, Account] = {}
        self._views: dict[str, AccountView] = {}
        self._total_unread = 0
        self.rail = AccountRail(look, self)
        self.rail.chosen.connect(self.account_chosen)
        self.rail.add_requested.connect(self.add_account_requested)
        self._stack = QStackedWidget(self)
        middle = QWidget(self)
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self._stack, 1)
        self.setCentralWidget(middle)
        self.setMinimumSize(360, 420)
        self.setWindowIcon(icons.app_icon())
        self._restore()
        self._count()

    @property
    def total_unread(self) -> int:
        """Unread messages over all accounts."""
        return self._total_unread

    @property
    def view(self) -> AccountView | None:
        """The account on screen."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, AccountView) else None

    def add_view(self, account: Account, view: AccountView) -> None:
        """Have an account in the window. It is not on screen by that."""
        self._accounts[account.key] = account
        self._views[account.key] = view
        view.account = account
        self._stack.addWidget(view)
        order = [each.key for each in self._settings.current.accounts]
        here = sorted(self._views, key=lambda key: order.index(key) if key in order else len(order))
        self.rail.add(account.key, here.index(account.key), view.portraits)
        self._say_where()
        self._say_who(account, view)
        view.own_changed.connect(lambda: self._say_who(account, view))
        view.total_unread_changed.connect(self._count)
        self._count()

    def show_view(self, key: str) -> None:
        """Bring an account on screen."""
        view = self._views[key]
        untouched = view.focusWidget() is None
        self._look.portraits.use(view.portraits)
        if view is not self.view:
            before = self.view
            if before is not None:
                own_dialogs.put_away(before)
            self._stack.setCurrentWidget(view)
            if before is not None:
                before.set_active(False)
        own_dialogs.bring_back(view)
        view.set_active(self._active())
        self.rail.select(key)
        if untouched:
            # Qt would take what comes first, which is a button.
            view.take_keyboard()

    def remove_view(self, key: str) -> None:
        """Let go of an account, before its view is released."""
        view = self._views.pop(key)
        del self._accounts[key]
        self._stack.removeWidget(view)
        self.rail.remove(key)
        self._say_where()
        self._count()

    def take_settings(self) -> None:
        """Look as the settings say now."""
        settings = self._settings.current
        self._look.choose(settings.theme)
        self._look.set_text_px(settings.text_px)
        for view in self._views.values():
            view.take_settings()

    def say(self) -> None:
        """Say what the frame says anew, in the language that is spoken now."""
        self.rail.say()

    def come_forward(self) -> None:
        """Show the window before the others, with the keyboard."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ActivationChange, QEvent.Type.WindowStateChange):
            view = self.view
            if view is not None:
                view.set_active(self._active())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.remember()
        for view in self._views.values():
            view.put_away()
        event.accept()
        self.close_requested.emit()

    def remember(self) -> None:
        """Keep the window's place, for these screens."""
        places = {k: v for k, v in self._settings.current.window_places.items() if k != screens_now()}
        places[screens_now()] = bytes(self.saveGeometry().toBase64().data()).decode()
        kept = dict(list(places.items())[-WINDOW_PLACES_MAX:])
        try:
            self._settings.update(window_places=kept)
        except OSError as error:
            # A window in another place is no reason not to close.
            _log.warning("the window's place was not kept: %s", error)

    def _active(self) -> bool:
        return self.isActiveWindow() and not self.isMinimized()

    def _say_who(self, account: Account, view: AccountView) -> None:
        self.rail.set_person(account.key, view.own_name or account.user_name, view.own_portrait)

    def _say_where(self) -> None:
        """Call each server so that it is told from those of the other accounts."""
        accounts = list(self._accounts.values())
        for each in accounts:
            self.rail.set_server(each.key, wording.server(each, accounts))

    def _count(self, *_: Any) -> None:
        for key, view in self._views.items():
            self.rail.set_unread(key, view.total_unread)
        total = sum(view.total_unread for view in self._views.values())
        self.setWindowTitle(f"({total}) desktop-chat" if total else "desktop-chat")
        if total != self._total_unread:
            self._total_unread = total
            self.total_unread_changed.emit(total)

    def _restore(self) -> None:
        place = self._settings.current.window_places.get(screens_now(), "")
        geometry = QByteArray.fromBase64(place.encode())
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            self.resize(1120, 760)


def screens_now() -> str:
    """Names the screens as they stand now: a window has its place on each arrangement of them."""
    screens = (f"{each.name()}:{each.geometry().getRect()}" for each in QGuiApplication.screens())
    return " ".join(sorted(screens))
