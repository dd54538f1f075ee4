"""The running application of one profile: which accounts are open in its window, and what ends it.

What the first window does not show is imported when it is needed: the first paint does not wait for it.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from desktop_chat.application.account_store import open_client
from desktop_chat.application.hosting import Hosting
from desktop_chat.application.open_account import OpenAccount
from desktop_chat.application.outside import Outside
from desktop_chat.language import tr
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.pinning import KnownServers
from desktop_chat.net.transport import open_websocket
from desktop_chat.paths import ProfilePaths
from desktop_chat.qt_async import spawn
from desktop_chat.services.client import Client
from desktop_chat.services.errors import ClientError
from desktop_chat.settings import Account, SettingsStore
from desktop_chat.store.migrations import NewerSchemaError
from desktop_chat.ui import icons
from desktop_chat.ui.locale import speak
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from desktop_chat.application.welcome import Welcome
    from desktop_chat.desktop.app_id import Action
    from desktop_chat.desktop.keyring_store import KeyringStore
    from desktop_chat.desktop.tray import Tray

_log = logging.getLogger(__name__)
_SIGNING_OUT_S = 5.0
"""How long a server is waited for that may not answer."""


class Application(QObject):
    """Opens a window as soon as it is asked to, and everything that waits for anything after that.

    ``open`` shows the first window, from the cache where there is an account; ``run`` is the application's
    life on the loop.
    """

    def __init__(self, qt: QApplication, paths: ProfilePaths, settings: SettingsStore) -> None:
        super().__init__(qt)
        self._qt = qt
        self._paths = paths
        self._settings = settings
        self._look = Theme(qt, settings.current.theme, settings.current.text_px)
        self._pins = KnownServers(paths.known_servers)
        self._open_transport = partial(open_websocket, pins=self._pins)
        self._keyring: KeyringStore | None = None
        self._window: MainWindow | None = None
        self._accounts: dict[str, OpenAccount] = {}
        """Those in the window, by their keys."""
        self._box: QMessageBox | None = None
        self._welcome: Welcome | None = None
        self._tray: Tray | None = None
        self.outside = Outside(self, settings, paths.profile)
        self._hosting = Hosting(paths.hosted_server, self._hosted_moved, self._tell)
        self._hidden = False
        """Whether the window waits in the tray for somebody to ask for it."""
        self._quitting = asyncio.Event()
        self._signing_out: set[asyncio.Task[Any]] = set()

    def open(self, *, hidden: bool = False) -> None:
        """Show the first window; ``hidden``, only what a person has to answer to. Needs no running loop."""
        self._hidden = hidden
        settings = self._settings.current
        words = _no_account() if settings.account and settings.shown is None else ""
        for account in sorted(settings.accounts, key=lambda each: each.key != settings.account):
            words = self._open_account(account)
            if not words:
                self._show_account(account.key)
                return
        if self._settings.current.accounts:
            self._tell(words, then_quit=True)
        else:
            self._show_first_start(reason=words)

    async def run(self, errand: Callable[[], None] | None = None) -> int:
        """Live until somebody quits; returns the exit code. ``errand`` is what this start is for."""
        try:
            await asyncio.sleep(0)  # the first paint goes first
            self._show_tray()
            self._show_without_tray()
            for opened in list(self._accounts.values()):
                self._start_account(opened)
            if errand is not None:
                errand()
            # Where none could be opened, that was told already.
            for account in self._settings.current.accounts if self._accounts else ():
                await asyncio.sleep(0)
                if account.key not in self._accounts:
                    self._open_and_start(account)
            self.outside.listen()
            await self._quitting.wait()
        finally:
            await self._end()
        return 0

    @property
    def quitting(self) -> bool:
        """Whether it is about to end."""
        return self._quitting.is_set()

    @property
    def clients(self) -> dict[str, Client]:
        """The engines of the accounts in the window, by their keys."""
        return {key: opened.client for key, opened in self._accounts.items()}

    def come_forward(self) -> None:
        """Show what there is to show, before other windows."""
        if self._welcome is not None:
            self._welcome.come_forward()
        elif self._window is not None:
            self._window.come_forward()

    def open_link(self, url: str) -> None:
        """Do what a link says, or say why not. It comes from anywhere: nobody is signed in or out by it."""
        from desktop_chat.desktop.links import JoinLink, LinkError, parse

        try:
            link = parse(url)
        except LinkError as error:
            self.come_forward()
            self._tell_of_link(str(error))
            return
        if isinstance(link, JoinLink):
            self._add_account()
            if self._welcome is not None:
                self._welcome.fill_in(link.address, link.user_name, link.invite)
        else:
            self.come_forward()
            self._show_linked(link.conversation_id, link.seq)

    def act(self, action: "Action") -> None:
        """Do what an action of the desktop file says."""
        if action == "do-not-disturb":
            self._do_not_disturb(not self._settings.current.do_not_disturb)
            self._settings_changed()
            return
        self.come_forward()
        # What a person is asked already goes first.
        if self._welcome is None and self._shown is not None and QApplication.activeModalWidget() is None:
            self._shown.view.interactions.begin_chat()

    def quit(self) -> None:
        """End the application."""
        self._quitting.set()

    # -- the accounts and their window

    @property
    def _shown(self) -> OpenAccount | None:
        """The account on screen."""
        return self._accounts.get(self._settings.current.account)

    def _open_account(self, account: Account) -> str:
        """Have an account in the window, from its cache; where that is not possible, why, in words."""
        try:
            path = self._paths.account_cache(account.key)
            token = partial(self._token, account.key)
            client, trouble = open_client(
                path, account.user_id, account.server_address, token, self._open_transport, self._pins
            )
        except NewerSchemaError as error:
            return str(error)
        except ValueError as error:
            _log.warning("the account of the settings: %s", error)
            self._forget(account.key)
            return _no_account()
        except OSError as error:
            return tr("The folder of this profile cannot be used: {reason}.", reason=str(error))
        if self._window is None:
            self._window = self._make_window()
        opened = OpenAccount(account, client, self._settings, self._look, self._window, self._show_account)
        self._accounts[account.key] = opened
        opened.signed_out.connect(partial(self._signed_out, opened))
        self._listen_to_view(opened)
        if trouble:
            self._tell(trouble)
        return ""

    def _listen_to_view(self, opened: OpenAccount) -> None:
        view = opened.view
        view.quit_requested.connect(self.quit)
        view.sign_in_requested.connect(partial(self._sign_in_asked, opened))
        view.sign_out_requested.connect(partial(self._sign_out_asked, opened))
        view.add_account_requested.connect(self._add_account)
        view.test_notification_requested.connect(partial(self._test_asked, opened))
        view.settings_changed.connect(self._settings_changed)

    def _open_and_start(self, account: Account) -> None:
        words = self._open_account(account)
        if words:
            self._tell(words, then_quit=not self._accounts)
        else:
            self._start_account(self._accounts[account.key])

    def _make_window(self) -> MainWindow:
        window = MainWindow(self._settings, self._look)
        window.close_requested.connect(self._window_closed)
        window.account_chosen.connect(self._choose_account)
        window.add_account_requested.connect(self._add_account)
        window.total_unread_changed.connect(self._unread_changed)
        return window

    def _show_account(self, key: str) -> None:
        """Bring an account on screen, and note that it is."""
        opened, window = self._accounts.get(key), self._window
        if opened is None or window is None:
            return
        window.show_view(key)
        if not self._hidden:
            window.show()
        if key != self._settings.current.account:
            self._keep(account=key)

    def _choose_account(self, key: str) -> None:
        """A person wants to see an account, and is asked now what could wait while it was not on screen."""
        self._show_account(key)
        opened = self._accounts.get(key)
        if opened is not None and opened.reason is not None:
            self._signed_out(opened)

    def _start_account(self, opened: OpenAccount) -> None:
        """Connect, once there is a loop."""
        from desktop_chat.desktop import autostart

        account, kept_password = self._account(opened.key), None
        if account is not None and account.hosted:
            from desktop_chat.application.host_password import HostPassword

            self._hosting.start(account.server_address)
            kept_password = HostPassword(self._secrets(), account.user_name)
        opened.start(autostart.for_this_platform(self._paths.profile), kept_password)

    def _account(self, key: str) -> Account | None:
        return next((each for each in self._settings.current.accounts if each.key == key), None)

    def _show_without_tray(self) -> None:
        """A window that nobody could ask for is put where it can be found."""
        if self._hidden and self._tray is None and self._window is not None:
            self._window.showMinimized()
        self._hidden = False

    def _show_linked(self, conversation_id: int, seq: int) -> None:
        """Show a conversation of the account on screen, or, where it has none of this id, of another."""
        opened = sorted(self._accounts.values(), key=lambda each: each is not self._shown)
        account = next((each for each in opened if each.has(conversation_id)), None)
        if account is None:
            self._tell_of_link(tr("This link leads to a conversation that you are not in."))
            return
        self._show_account(account.key)
        account.view.show_conversation(conversation_id, seq or None)

    async def _close_account(self, opened: OpenAccount) -> None:
        self._accounts.pop(opened.key, None)  # first: nothing new is asked of it
        await self.outside.let_go(opened.client)
        await opened.close()

    async def _token(self, key: str) -> str | None:
        from desktop_chat.desktop.keyring_store import SecretUnavailableError

        # Somebody else may listen where the own server did: it gets no token.
        account = self._account(key)
        if account is not None and account.hosted and not self._hosting.server.listens:
            raise ConnectionLost(tr("Your server on this computer is starting."))
        try:
            return await self._secrets().get(key)
        except SecretUnavailableError as error:
            raise ConnectionLost(str(error)) from None
        except OSError as error:
            raise ConnectionLost(
                tr("The sign-in kept on this computer cannot be read: {reason}.", reason=str(error))
            ) from None

    def _unread_changed(self, count: int) -> None:
        if self._tray is not None:
            self._tray.set_unread(count)

    def _window_closed(self) -> None:
        tray = self._tray
        if not (self._settings.current.close_to_tray and tray is not None and tray.available()):
            self.quit()

    def _test_asked(self, opened: OpenAccount) -> None:
        spawn(self._test_notification(opened), "test notification")

    async def _test_notification(self, opened: OpenAccount) -> None:
        if opened.alerts is not None:
            shown, backend = await opened.alerts.test()
            if shown:
                self._tell(
                    tr("A test notification was sent. What shows notifications here: {name}.", name=backend)
                )
            else:
                self._tell(
                    tr(
                        "Nothing shows notifications here: {reason}. The window tells of new messages.",
                        reason=backend,
                    )
                )

    # -- signing in and out

    def _show_first_start(self, *, account: Account | None = None, reason: str = "") -> None:
        """Ask who one is: ``account``, where that is known."""
        if self._welcome is None:
            from desktop_chat.application.signing_in import SigningIn
            from desktop_chat.application.welcome import Welcome

            self._welcome = Welcome(
                self._look,
                SigningIn(self._settings, self._secrets(), self._open_transport, self._hosting.server),
                entered=self._entered,
                closed=self._first_start_closed,
            )
        settings = self._settings.current
        if account is not None:
            address = "" if account.hosted else account.server_address
            self._welcome.show(address, account.user_name, reason)
        elif self._accounts:
            self._welcome.fill_in("", "", "")
            self._welcome.show("", "", reason)
        else:
            self._welcome.show(settings.server_address, settings.user_name, reason)

    def _add_account(self) -> None:
        if self._welcome is None:
            self._show_first_start()
        self.come_forward()

    def _signed_out(self, opened: OpenAccount) -> None:
        """The server does not know this device any more. Nobody is asked about an account they do not see, or
        while they are signing in to another."""
        if opened is self._shown and self._welcome is None:
            self._show_first_start(account=self._account(opened.key), reason=opened.reason or "")

    def _sign_in_asked(self, opened: OpenAccount) -> None:
        self._show_first_start(account=self._account(opened.key))
        self.come_forward()

    def _first_start_closed(self) -> None:
        if not self._accounts:
            self.quit()
        elif self._welcome is not None:
            self._welcome.close()
            self._welcome = None

    async def _entered(self) -> None:
        """Somebody has signed in, and the settings say who: to an account that is open, or to another."""
        self._welcome = None
        account = self._settings.current.shown
        if account is None:
            return
        opened = self._accounts.get(account.key)
        if opened is not None:
            await opened.renew(account.server_address)
        else:
            self._open_and_start(account)
        self._show_account(account.key)
        self.come_forward()

    def _sign_out_asked(self, opened: OpenAccount, forget: bool) -> None:
        task = spawn(self._sign_out(opened, forget=forget), "sign out")
        self._signing_out.add(task)
        task.add_done_callback(self._signing_out.discard)

    async def _sign_out(self, opened: OpenAccount, *, forget: bool) -> None:
        opened.view.leaving = True
        try:
            async with asyncio.timeout(_SIGNING_OUT_S):
                await opened.client.sign_out()
        except (ClientError, TimeoutError) as error:
            # The token is forgotten here all the same; the server keeps it until it is revoked there.
            _log.info("the server was not told of the sign-out: %s", error)
        await self._close_account(opened)
        self._forget(opened.key)
        await self._secrets().delete(opened.key)
        if forget:
            try:
                await asyncio.to_thread(shutil.rmtree, self._paths.account_cache(opened.key).parent)
            except OSError as error:
                self._tell(
                    tr("Not everything of this account could be deleted here: {reason}.", reason=str(error))
                )
        if self._quitting.is_set():
            return  # the window is closed once all that is in it is
        if self._accounts:
            self._show_account(self._settings.current.account)
        else:
            self._close_window()
            self._show_first_start()

    def _forget(self, key: str) -> None:
        """Note that an account is signed out."""
        settings = self._settings.current
        accounts = [each for each in settings.accounts if each.key != key]
        shown = settings.account if settings.account in self._accounts else next(iter(self._accounts), "")
        self._keep(accounts=accounts, account=shown)

    def _close_window(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            window.remember()
            window.hide()
            window.deleteLater()

    # -- what runs beside the window

    def _secrets(self) -> "KeyringStore":
        if self._keyring is None:
            from desktop_chat.desktop.keyring_store import KeyringStore

            self._keyring = KeyringStore(self._paths.secrets, self._paths.profile)
        return self._keyring

    def _hosted_moved(self, address: str) -> None:
        """Where the server of this profile listens now."""
        accounts = [
            msgspec.structs.replace(each, server_address=address) if each.hosted else each
            for each in self._settings.current.accounts
        ]
        self._keep(accounts=accounts)
        for each in accounts:
            if each.hosted and each.key in self._accounts:
                self._accounts[each.key].client.move_to(address)

    def _show_tray(self) -> None:
        from desktop_chat.desktop.tray import Tray

        if not Tray.available():
            return
        self._tray = Tray(icons.app_icon(), "desktop-chat", self)
        self._tray.open_asked.connect(self.come_forward)
        self._tray.quit_asked.connect(self.quit)
        self._tray.do_not_disturb_asked.connect(self._do_not_disturb)
        self._tray.set_do_not_disturb(self._settings.current.do_not_disturb)
        if self._window is not None:
            self._tray.set_unread(self._window.total_unread)
        self._tray.show()

    def _settings_changed(self) -> None:
        if speak(self._qt, self._settings.current.language):
            self._say_all()
        if self._window is not None:
            self._window.take_settings()
        if self._tray is not None:
            self._tray.set_do_not_disturb(self._settings.current.do_not_disturb)

    def _say_all(self) -> None:
        """Say everything anew, in the language that is spoken now."""
        if self._tray is not None:
            self._tray.say()
        if self._welcome is not None:
            self._welcome.say()
        if self._window is not None:
            self._window.say()
        shown = self._shown
        choosing = shown is not None and shown.view.close_settings()
        for opened in self._accounts.values():
            opened.show_anew()
            self._listen_to_view(opened)
        if shown is not None:
            self._show_account(shown.key)
            if choosing:
                shown.view.show_settings().go_to_language()

    def _do_not_disturb(self, quiet: bool) -> None:
        self._keep(do_not_disturb=quiet)
        self._settings_changed()

    def _keep(self, **changes: Any) -> None:
        try:
            self._settings.update(**changes)
        except OSError as error:
            self._tell(tr("This choice cannot be kept: {reason}.", reason=str(error)))

    def _tell(self, words: str, *, then_quit: bool = False) -> None:
        from desktop_chat.ui.message_box import message_box

        box = message_box("desktop-chat", words, self._window)
        if then_quit:
            box.finished.connect(self.quit)
        box.finished.connect(self._box_closed)
        self._box = box  # without a window to belong to, nobody else keeps it
        box.open()

    def _tell_of_link(self, words: str) -> None:
        """Whoever makes links may make many; there is one box for what they are not."""
        if self._box is not None and self._box.isVisible():
            self._box.setText(words)
        else:
            self._tell(words)

    def _box_closed(self) -> None:
        self._box = None

    async def _end(self) -> None:
        self._quitting.set()
        await self.outside.end()
        if self._tray is not None:
            self._tray.hide()
        if self._welcome is not None:
            self._welcome.close()
            self._welcome = None
        try:
            if self._window is not None:
                self._window.hide()
            if self._signing_out:
                # Who signs out and quits at once wants nothing to stay here.
                await asyncio.wait(self._signing_out)
            for opened in list(self._accounts.values()):
                await self._close_account(opened)
            self._close_window()
        finally:
            await self._hosting.stop()


def _no_account() -> str:
    return tr("The settings name no account that can be. Please sign in.")
