"""The running application of one profile: which window is open, for whom, and what ends it.

What the first window does not show is imported when it is needed: the first paint does not wait for it.
"""

import asyncio
import logging
import shutil
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from desktop_chat.application.account_store import open_client
from desktop_chat.core.changes import Change, ConnectionChanged
from desktop_chat.core.models import ConnectionPhase
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.pinning import KnownServers
from desktop_chat.net.transport import open_websocket
from desktop_chat.paths import ProfilePaths
from desktop_chat.qt_async import spawn
from desktop_chat.services.client import Client
from desktop_chat.services.errors import ClientError
from desktop_chat.settings import SettingsStore
from desktop_chat.store.migrations import NewerSchemaError
from desktop_chat.ui import icons
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from desktop_chat.application.alerts import Alerts
    from desktop_chat.application.welcome import Welcome
    from desktop_chat.commands.answering import Answering
    from desktop_chat.desktop.hosted_server import HostedServer
    from desktop_chat.desktop.instance_messages import Request
    from desktop_chat.desktop.instance_talk import Talk
    from desktop_chat.desktop.keyring_store import KeyringStore
    from desktop_chat.desktop.tray import Tray

_log = logging.getLogger(__name__)


class Application(QObject):
    """Opens a window as soon as it is asked to, and everything that waits for anything after that.

    ``open`` shows the first window, from the cache where there is an account; ``run`` is the application's
    life on the loop.
    """

    def __init__(self, qt: QApplication, paths: ProfilePaths, settings: SettingsStore) -> None:
        super().__init__(qt)
        self._paths = paths
        self._settings = settings
        self._look = Theme(qt, settings.current.theme, settings.current.text_px)
        self._pins = KnownServers(paths.known_servers)
        self._open_transport = partial(open_websocket, pins=self._pins)
        self._keyring: KeyringStore | None = None
        self._client: Client | None = None
        self._window: MainWindow | None = None
        self._open_key = ""
        self._box: QMessageBox | None = None
        self._welcome: Welcome | None = None
        self._alerts: Alerts | None = None
        self._tray: Tray | None = None
        self._hosted: HostedServer | None = None
        self._hosting: asyncio.Task[None] | None = None
        self._hidden = False
        """Whether the window waits in the tray for somebody to ask for it."""
        self._answering: Answering | None = None
        self._quitting = asyncio.Event()

    def open(self, *, hidden: bool = False) -> None:
        """Show the first window; ``hidden``, only what a person has to answer to. Needs no running loop."""
        self._hidden = hidden
        if self._settings.current.account:
            self._open_account()
        else:
            self._show_first_start()

    async def run(self) -> int:
        """Live until somebody quits; returns the exit code."""
        try:
            await asyncio.sleep(0)  # the first paint goes first
            self._show_tray()
            self._show_without_tray()
            self._start_account()
            await self._quitting.wait()
        finally:
            await self._end()
        return 0

    def come_forward(self) -> None:
        """Show what there is to show, before other windows."""
        if self._welcome is not None:
            self._welcome.come_forward()
        elif self._window is not None:
            self._window.come_forward()

    def take(self, request: "Request", talk: "Talk") -> None:
        """Do what a later start was started for."""
        from desktop_chat.commands.answering import Answering
        from desktop_chat.desktop.activation import take_token
        from desktop_chat.desktop.instance_messages import Done, OpenLink, Raise

        if isinstance(request, Raise | OpenLink):
            take_token(request.token)
        if isinstance(request, Raise):
            self.come_forward()
            talk.close(Done())
        elif isinstance(request, OpenLink):
            self.open_link(request.url)
            talk.close(Done())
        else:
            if self._answering is None:
                self._answering = Answering(spawn)
            self._answering.answer(self._client, request, talk)

    def open_link(self, url: str) -> None:
        """Do what a link says, or say why not. It comes from anywhere: nobody is signed in or out by it."""
        from desktop_chat.desktop.links import JoinLink, LinkError, parse

        self.come_forward()
        try:
            link = parse(url)
        except LinkError as error:
            self._tell(str(error))
            return
        settings = self._settings.current
        if not isinstance(link, JoinLink):
            self._show_linked(link.conversation_id, link.seq)
        elif settings.account:
            self._tell(
                f"This link invites to the server {link.address.partition('#')[0]}. You are signed in as "
                f"{settings.user_name} at {settings.server_address}: sign out first, or start the app with "
                "another profile, and open the link again."
            )
        elif self._welcome is not None:
            self._welcome.fill_in(link.address, link.user_name, link.invite)

    def quit(self) -> None:
        """End the application."""
        self._quitting.set()

    # -- the account's window

    def _open_account(self) -> None:
        settings = self._settings.current
        try:
            path = self._paths.account_cache(settings.account)
            token = partial(self._token, settings.account)
            self._client, trouble = open_client(
                path, settings.user_id, settings.server_address, token, self._open_transport, self._pins
            )
        except NewerSchemaError as error:
            self._tell(str(error), then_quit=True)
            return
        except ValueError as error:
            _log.warning("the account of the settings: %s", error)
            self._show_first_start(reason="The settings name no account that can be. Please sign in.")
            return
        except OSError as error:
            self._tell(f"The folder of this profile cannot be used: {error}.", then_quit=True)
            return
        self._open_key = settings.account
        self._client.subscribe(self._on_change)
        window = MainWindow(self._client, self._settings, spawn, self._look)
        window.quit_requested.connect(self.quit)
        window.close_requested.connect(self._window_closed)
        window.sign_in_requested.connect(self._sign_in_asked)
        window.sign_out_requested.connect(self._sign_out_asked)
        window.test_notification_requested.connect(self._test_asked)
        window.settings_changed.connect(self._settings_changed)
        window.total_unread_changed.connect(self._unread_changed)
        window.looking_at_changed.connect(self._looking_at_changed)
        self._window = window
        if not self._hidden:
            window.show()
        if trouble:
            self._tell(trouble)

    def _start_account(self) -> None:
        """Connect, once there is a loop."""
        if self._client is None or self._window is None:
            return
        from desktop_chat.application.alerts import Alerts
        from desktop_chat.application.room import WindowRoom
        from desktop_chat.desktop import autostart

        self._window.at_login = autostart.for_this_platform(self._paths.profile)
        room = WindowRoom(self._window, self._look)
        self._alerts = Alerts(self._client, self._settings, spawn, room)
        self._unread_changed(self._window.total_unread)
        if self._settings.current.hosted and not self._hosted_server().listens:
            self._hosting = spawn(self._start_hosted(), "hosted server")
        self._client.start(fill=True)
        spawn(self._show_something(), "first conversation")

    def _show_without_tray(self) -> None:
        """A window that nobody could ask for is put where it can be found."""
        if self._hidden and self._tray is None and self._window is not None:
            self._window.showMinimized()
        self._hidden = False

    def _show_linked(self, conversation_id: int, seq: int) -> None:
        known = self._client.conversations() if self._client is not None else []
        if self._window is not None and any(each.conversation_id == conversation_id for each in known):
            self._window.show_conversation(conversation_id, seq or None)
        else:
            self._tell("This link leads to a conversation that you are not in.")

    async def _close_account(self) -> None:
        if self._answering is not None:
            await self._answering.end()
        alerts, window, client = self._alerts, self._window, self._client
        self._alerts = self._window = self._client = None
        if alerts is not None:
            await alerts.close()
        if window is not None:
            window.hide()
            window.release()
            await asyncio.sleep(0)  # a draft that was just saved reaches the store's thread
            window.deleteLater()
        if client is not None:
            await client.close()

    async def _token(self, account: str) -> str | None:
        from desktop_chat.desktop.keyring_store import SecretUnavailableError

        # Somebody else may listen where the own server did: it gets no token.
        if self._settings.current.hosted and not self._hosted_server().listens:
            raise ConnectionLost("Your server on this computer is starting.")
        try:
            return await self._secrets().get(account)
        except SecretUnavailableError as error:
            raise ConnectionLost(str(error)) from None
        except OSError as error:
            raise ConnectionLost(f"The sign-in kept on this computer cannot be read: {error}.") from None

    def _on_change(self, change: Change) -> None:
        if isinstance(change, ConnectionChanged) and change.state.phase is ConnectionPhase.SIGNED_OUT:
            self._show_first_start(reason=change.state.reason)

    def _looking_at_changed(self, conversation_id: int) -> None:
        if self._client is not None and self._alerts is not None:
            spawn(self._client.look_at(conversation_id or None), "look at")

    def _unread_changed(self, count: int) -> None:
        if self._tray is not None:
            self._tray.set_unread(count)

    def _window_closed(self) -> None:
        tray = self._tray
        if not (self._settings.current.close_to_tray and tray is not None and tray.available()):
            self.quit()

    def _test_asked(self) -> None:
        spawn(self._test_notification(), "test notification")

    async def _test_notification(self) -> None:
        if self._alerts is not None:
            shown, backend = await self._alerts.test()
            if shown:
                self._tell(f"A test notification was sent. What shows notifications here: {backend}.")
            else:
                self._tell(f"Nothing shows notifications here: {backend}. The window tells of new messages.")

    # -- signing in and out

    def _show_first_start(self, *, reason: str = "") -> None:
        if self._welcome is None:
            from desktop_chat.application.signing_in import SigningIn
            from desktop_chat.application.welcome import Welcome

            self._welcome = Welcome(
                self._look,
                SigningIn(self._settings, self._secrets(), self._open_transport),
                self._hosted_server(),
                entered=self._entered,
                closed=self._first_start_closed,
            )
        settings = self._settings.current
        self._welcome.show(settings.server_address, settings.user_name, reason)

    def _sign_in_asked(self) -> None:
        self._show_first_start()
        self.come_forward()

    def _first_start_closed(self) -> None:
        if self._window is None:
            self.quit()
        elif self._welcome is not None:
            self._welcome.close()
            self._welcome = None

    async def _entered(self) -> None:
        """Somebody has signed in, and the settings say who: to the account that is open, or to another."""
        self._welcome = None
        settings = self._settings.current
        if self._client is not None and settings.account == self._open_key:
            self._client.move_to(settings.server_address)
            return
        await self._close_account()
        self._open_account()
        self._start_account()

    async def _show_something(self) -> None:
        """Nobody should look at an empty window: an account without conversations begins with its notes."""
        client, window = self._client, self._window
        if client is None or window is None:
            return
        await client.online()
        if client is self._client and not client.conversations():
            window.show_conversation(await client.open_direct(client.user_id))

    def _sign_out_asked(self, forget: bool) -> None:
        spawn(self._sign_out(forget), "sign out")

    async def _sign_out(self, forget: bool) -> None:
        if self._client is not None:
            try:
                await self._client.sign_out()
            except ClientError as error:
                # The token is forgotten here all the same; the server keeps it until it is revoked there.
                _log.info("the server was not told of the sign-out: %s", error)
        key = self._settings.current.account
        await self._close_account()
        self._settings.update(account="")
        await self._secrets().delete(key)
        if forget and key:
            try:
                await asyncio.to_thread(shutil.rmtree, self._paths.account_cache(key).parent)
            except OSError as error:
                self._tell(f"Not everything of this account could be deleted here: {error}.")
        self._show_first_start()

    # -- what runs beside the window

    def _secrets(self) -> "KeyringStore":
        if self._keyring is None:
            from desktop_chat.desktop.keyring_store import KeyringStore

            self._keyring = KeyringStore(self._paths.secrets, self._paths.profile)
        return self._keyring

    def _hosted_server(self) -> "HostedServer":
        if self._hosted is None:
            from desktop_chat.desktop.hosted_server import HostedServer

            self._hosted = HostedServer(
                self._paths.hosted_server,
                spawn,
                on_address=self._hosted_moved,
                on_trouble=self._hosted_in_trouble,
            )
        return self._hosted

    async def _start_hosted(self) -> None:
        from urllib.parse import urlsplit

        from desktop_chat.desktop.hosted_server import PREFERRED_PORT, HostedServerError

        port = urlsplit(self._settings.current.server_address).port
        try:
            address = await self._hosted_server().start(port or PREFERRED_PORT)
        except HostedServerError as error:
            self._tell(str(error))
            return
        if self._client is not None:
            self._client.move_to(address)

    def _hosted_moved(self, address: str) -> None:
        if self._settings.current.hosted:
            self._settings.update(server_address=address)
            if self._client is not None:
                self._client.move_to(address)

    def _hosted_in_trouble(self, words: str) -> None:
        _log.warning("%s", words)

    def _show_tray(self) -> None:
        from desktop_chat.desktop.tray import Tray

        if not Tray.available():
            return
        self._tray = Tray(icons.app_icon(), "desktop-chat", self)
        self._tray.open_asked.connect(self.come_forward)
        self._tray.quit_asked.connect(self.quit)
        self._tray.do_not_disturb_asked.connect(self._do_not_disturb)
        self._tray.set_do_not_disturb(self._settings.current.do_not_disturb)
        self._tray.show()

    def _settings_changed(self) -> None:
        if self._tray is not None:
            self._tray.set_do_not_disturb(self._settings.current.do_not_disturb)

    def _do_not_disturb(self, quiet: bool) -> None:
        try:
            self._settings.update(do_not_disturb=quiet)
        except OSError as error:
            self._tell(f"This choice cannot be kept: {error}.")

    def _tell(self, words: str, *, then_quit: bool = False) -> None:
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("desktop-chat")
        box.setText(words)
        if then_quit:
            box.finished.connect(self.quit)
        box.finished.connect(self._box_closed)
        self._box = box  # without a window to belong to, nobody else keeps it
        box.open()

    def _box_closed(self) -> None:
        self._box = None

    async def _end(self) -> None:
        if self._tray is not None:
            self._tray.hide()
        if self._welcome is not None:
            self._welcome.close()
        try:
            await self._close_account()
        finally:
            await self._stop_hosting()

    async def _stop_hosting(self) -> None:
        if self._hosting is not None:
            self._hosting.cancel()
            await asyncio.wait([self._hosting])
        if self._hosted is not None:
            await self._hosted.stop()
