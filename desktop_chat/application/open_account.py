"""One signed-in account of the running application: its engine, what shows it, and its notifications."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop_chat.core.changes import Change, ConnectionChanged
from desktop_chat.core.models import ConnectionPhase
from desktop_chat.qt_async import spawn
from desktop_chat.services.client import Client
from desktop_chat.services.errors import ClientError
from desktop_chat.settings import Account, SettingsStore
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels import wording

if TYPE_CHECKING:
    from desktop_chat.application.alerts import Alerts
    from desktop_chat.application.room import WindowRoom
    from desktop_chat.viewmodels.composer import Composer
    from desktop_chat.viewmodels.preferences import AtLogin, KeptPassword

_log = logging.getLogger(__name__)


class OpenAccount(QObject):
    """Has its view in the window from the beginning; ``start`` needs the running loop, and ``close`` ends all
    of it. ``front`` brings the account on screen."""

    signed_out = Signal()
    """The server does not know this device any more; ``reason`` says why."""

    def __init__(
        self,
        account: Account,
        client: Client,
        settings: SettingsStore,
        look: Theme,
        window: MainWindow,
        front: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self.key = account.key
        self.client = client
        self.alerts: Alerts | None = None
        self._room: WindowRoom | None = None
        self._account = account
        self._settings = settings
        self._look = look
        self._window = window
        self._front = front
        self._renewing = False
        """Whether it signs out only to come back with another sign-in."""
        self._beginning: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[Any]]
        """What was begun in the view, and is not done yet."""
        self._unsubscribe = client.subscribe(self._on_change)
        self.view = self._make_view()

    @property
    def reason(self) -> str | None:
        """Why the person has to sign in again; None where nobody has to."""
        state = self.client.connection_state
        return state.reason if state.phase is ConnectionPhase.SIGNED_OUT else None

    def start(self, at_login: "AtLogin | None", kept_password: "KeptPassword | None") -> None:
        """Connect, and tell of what is new."""
        from desktop_chat.application.alerts import Alerts
        from desktop_chat.application.room import WindowRoom

        self.view.at_login, self.view.kept_password = at_login, kept_password
        self._room = room = WindowRoom(self._window, self._its_view, self._look, self._come_forward)
        self.alerts = Alerts(self.client, self._settings, spawn, room, where=self._where)
        self.client.start(fill=True)
        self._beginning = spawn(self._show_something(), "first conversation")

    def show_anew(self) -> None:
        """Show the account as before in a view that is made now, in the words of another language. What is
        being written goes on."""
        before, work = self.view, self._work
        conversation_id, seq = before.place
        if self._room is not None:
            self._room.end_banner()
        self._window.remove_view(self.key)
        composer = before.hand_over()
        spawn(_let_finish(before, work), "view before")
        self.view = self._make_view(composer)
        self.view.at_login, self.view.kept_password = before.at_login, before.kept_password
        self.view.leaving = before.leaving
        self.view.chat.attaching.go_on_from(before.chat.attaching)
        self._window.rail.set_signed_out(self.key, self.reason is not None)
        if conversation_id:
            self.view.show_conversation(conversation_id, seq)
            if before.chat.isHidden():
                self.view.show_list()

    def has(self, conversation_id: int) -> bool:
        """Whether the account is in a conversation."""
        return self.view.conversations.conversation(conversation_id) is not None

    async def renew(self, address: str) -> None:
        """Go on with the sign-in that was just made; the one before is given back, or it would stay among
        the devices, and be the one that is used until the next start."""
        self._renewing = True
        try:
            await self.client.sign_out()
        except ClientError as error:
            _log.info("the sign-in before was not given back: %s", error)
        self.client.move_to(address)

    async def close(self) -> None:
        """Save what is to be saved, and let go of everything."""
        self._unsubscribe()
        if self._beginning is not None:
            self._beginning.cancel()
        alerts, self.alerts = self.alerts, None
        if alerts is not None:
            await alerts.close()
        self._window.remove_view(self.key)
        self.view.release()
        await asyncio.sleep(0)  # a draft that was just saved reaches the store's thread
        self.view.deleteLater()
        await self.client.close()
        self.deleteLater()

    async def _show_something(self) -> None:
        """Nobody should look at an empty window: an account whose list is empty begins with its notes. Those
        it may well have already, from another device, and the list does not show them before they are
        written in."""
        await self.client.online()
        if self.alerts is None:
            return
        self.view.feed.flush()  # what came with the connection must not wait for the tick
        if self.view.conversations.rowCount() or self.view.chat.conversation_id:
            return
        try:
            self.view.show_conversation(await self.client.open_direct(self.client.user_id))
        except ClientError as error:
            _log.info("the notes were not opened: %s", error)  # the connection was lost again

    def _make_view(self, composer: "Composer | None" = None) -> AccountView:
        self._work = work = set[asyncio.Task[Any]]()

        def spawn_for_view(coroutine: Coroutine[Any, Any, Any]) -> None:
            task = spawn(coroutine)
            work.add(task)
            task.add_done_callback(work.discard)

        view = AccountView(
            self.client, self._settings, spawn_for_view, self._look, parent=self._window, composer=composer
        )
        view.looking_at_changed.connect(self._looking_at_changed)
        self._window.add_view(self._account, view)
        return view

    def _its_view(self) -> AccountView:
        return self.view

    def _come_forward(self) -> None:
        self._front(self.key)
        self._window.come_forward()

    def _where(self) -> str:
        """Which account an alert is from, where there could be a doubt."""
        accounts = self._settings.current.accounts
        return wording.account(self._account, accounts) if len(accounts) > 1 else ""

    def _on_change(self, change: Change) -> None:
        if not isinstance(change, ConnectionChanged):
            return
        self._window.rail.set_signed_out(self.key, self.reason is not None and not self._renewing)
        if change.state.phase is not ConnectionPhase.SIGNED_OUT:
            # Before it signs out it is online: what else comes is the new sign-in at work.
            self._renewing = self._renewing and change.state.phase is ConnectionPhase.ONLINE
        elif not self._renewing and not self.view.leaving:
            self.signed_out.emit()

    def _looking_at_changed(self, conversation_id: int) -> None:
        if self.alerts is not None:
            spawn(self.client.look_at(conversation_id or None), "look at")


async def _let_finish(view: AccountView, work: set[asyncio.Task[Any]]) -> None:
    """Let what was begun in a view come to its end, and tell it there: then it is gone."""
    while work:
        await asyncio.wait(work)
    view.deleteLater()
